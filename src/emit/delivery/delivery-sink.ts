import type { DeliveryRecord } from "./delivery-record.ts";

/**
 * A network output. It runs in the delivery thread, off the packet path, and may take its time: what it
 * has not acknowledged stays in the spool. One call at a time.
 */
export interface DeliverySink {
  /** For messages and metrics, such as `kafka://broker:9092/topic`; never holds a secret. */
  readonly name: string;
  /** What it has to say to people, one line; set by who owns the sink. */
  onLine?: (line: string) => void;
  /** Most records in one batch. */
  readonly batchRecords: number;
  /** Makes ready to send. Called before the first batch and after every failure. Rejects with DeliveryError. */
  connect(): Promise<void>;
  /**
   * Hands a batch over, in order; resolves when the receiver has acknowledged all of it. Rejects with
   * DeliveryError: then any part may have arrived, and the whole batch will be sent again.
   */
  send(batch: readonly DeliveryRecord[]): Promise<void>;
  /** Gives up what is open. Never rejects, and takes at most a second. */
  close(): Promise<void>;
}

/** Why a batch was not taken; the message is one line that says what failed and what cures it. */
export class DeliveryError extends Error {
  /**
   * True: sending it again later may work. False: the receiver will never take this batch as it is (too
   * large, refused as invalid): it is halved until the culprit stands alone in the dead-letter file.
   */
  readonly isTemporary: boolean;

  constructor(
    message: string,
    options: { readonly isTemporary: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "DeliveryError";
    this.isTemporary = options.isTemporary;
  }
}
