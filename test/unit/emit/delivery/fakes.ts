import { Deliverer } from "../../../../src/emit/delivery/deliverer.ts";
import type {
  DelivererEvent,
  DelivererOptions,
} from "../../../../src/emit/delivery/deliverer-options.ts";
import type { DeliveryRecord } from "../../../../src/emit/delivery/delivery-record.ts";
import { DeliveryError, type DeliverySink } from "../../../../src/emit/delivery/delivery-sink.ts";
import { ReadableTimes } from "../../../../src/emit/delivery/readable-times.ts";

/** An alert: of records without a type, no real output would take any. */
export function recordOf(sequence: number, keys = 7): DeliveryRecord {
  return {
    sequence,
    severity: 1 + (sequence % 3),
    alertId: `a${sequence}`,
    key: `host${sequence % keys}`,
    line: `{"event_type":"alert","n":${sequence}}`,
  };
}

export function recordsOf(count: number): DeliveryRecord[] {
  return Array.from({ length: count }, (_, i) => recordOf(i + 1));
}

/** A receiver whose behaviour a test sets; `received` is what it has taken, in order. */
export class FakeSink implements DeliverySink {
  readonly name = "fake";
  batchRecords = 10;
  received: DeliveryRecord[] = [];
  batches: number[] = [];
  connects = 0;
  closes = 0;
  underWay = 0;
  mostUnderWay = 0;
  onConnect: () => Promise<void> = async () => {};
  /** What happens before a batch is taken. */
  onSend: (batch: readonly DeliveryRecord[]) => Promise<void> = async () => {};

  async connect(): Promise<void> {
    this.connects++;
    await this.onConnect();
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    this.batches.push(batch.length);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      await this.onSend(batch);
    } finally {
      this.underWay--;
    }
    this.received.push(...batch);
  }

  async close(): Promise<void> {
    this.closes++;
  }
}

export class FakeCursor {
  sequence: number;
  holes = 0;
  writes = 0;
  onWrite: () => void = () => {};

  constructor(sequence = 0) {
    this.sequence = sequence;
  }

  write(sequence: number, holes: number): void {
    this.onWrite();
    this.sequence = sequence;
    this.holes = holes;
    this.writes++;
  }
}

export interface Bench {
  readonly sink: FakeSink;
  readonly cursor: FakeCursor;
  readonly events: DelivererEvent[];
  readonly aside: string[];
  readonly deliverer: Deliverer;
  /** Resolves when all records are acknowledged. */
  done(): Promise<void>;
  lines(): string[];
}

/** A deliverer over records in memory, with short times. */
export function bench(
  records: readonly DeliveryRecord[],
  setup: (sink: FakeSink) => void = () => {},
  options: Partial<DelivererOptions> = {},
  cursor = new FakeCursor(),
): Bench {
  const sink = new FakeSink();
  setup(sink);
  const events: DelivererEvent[] = [];
  const aside: string[] = [];
  const last = records.at(-1)?.sequence ?? 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const deliverer = new Deliverer({
    name: "fake",
    sink,
    cursor,
    gap: null,
    source: {
      read(after, upTo, limits) {
        const found = records
          .slice(firstAfter(records, after))
          .filter(({ sequence }) => sequence <= upTo)
          .slice(0, limits.records);
        const isAll = (found.at(-1)?.sequence ?? last) >= Math.min(upTo, last);
        return { records: found, through: isAll ? upTo : (found.at(-1)?.sequence ?? upTo) };
      },
    },
    deadLetters: {
      add(_output, { alertId }) {
        aside.push(alertId);
      },
    },
    readableTimes: new ReadableTimes(),
    onEvent(event) {
      events.push(event);
      if (event.kind === "progress" && deliverer.acknowledged >= last) finish();
    },
    ...options,
    times: {
      connectMs: 50,
      sendMs: 50,
      backOffFirstMs: 1,
      backOffLongestMs: 5,
      cursorMs: 1,
      ...options.times,
    },
  });
  const lines = () => events.flatMap((event) => (event.kind === "progress" ? [] : event.line));
  deliverer.offer(last);
  return { sink, cursor, events, aside, deliverer, done: () => finished, lines };
}

function firstAfter(records: readonly DeliveryRecord[], after: number): number {
  const at = records.findIndex(({ sequence }) => sequence > after);
  return at < 0 ? records.length : at;
}

export function refusal(message = "too large"): DeliveryError {
  return new DeliveryError(message, { isTemporary: false });
}

export function reset(message = "connection reset"): DeliveryError {
  return new DeliveryError(message, { isTemporary: true });
}

/** Whether each key's records came in order, when repeated ones are left out. */
export function isOrdered(records: readonly DeliveryRecord[]): boolean {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const { alertId, key, sequence } of records) {
    if (seen.has(alertId)) continue;
    seen.add(alertId);
    if (sequence < (last.get(key) ?? 0)) return false;
    last.set(key, sequence);
  }
  return true;
}
