import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import type { DeliverySink } from "../delivery/delivery-sink.ts";

/** Before it a line holds a time, numbers and the name of an interface: no text of a packet. */
const TYPE = /"event_type":"([^"]+)"/;

/**
 * Hands on the records of some types; the others are nobody's business here, and count as delivered. A record whose type
 * cannot be told is handed on: what counts as delivered is gone from the spool, and nobody would miss it.
 */
export class TypedSink implements DeliverySink {
  readonly name: string;
  readonly batchRecords: number;
  readonly #sink: DeliverySink;
  readonly #types: ReadonlySet<string>;

  constructor(sink: DeliverySink, types: readonly string[], name: string) {
    this.#sink = sink;
    this.#types = new Set(types);
    this.name = name;
    this.batchRecords = sink.batchRecords;
  }

  set onLine(told: (line: string) => void) {
    this.#sink.onLine = told;
  }

  connect(): Promise<void> {
    return this.#sink.connect();
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    const wanted = batch.filter(({ line }) => this.#isWanted(line));
    if (wanted.length > 0) await this.#sink.send(wanted);
  }

  #isWanted(line: string): boolean {
    const type = TYPE.exec(line)?.[1];
    return type === undefined || this.#types.has(type);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
