import type { NewDeliveryRecord } from "../delivery/delivery-record.ts";
import { severityOf } from "./spool-format.ts";

/** Beside the texts: the record, its place here, and headers of strings. */
const OVERHEAD_BYTES = 128;
const COMPACT_AT = 1_024;

interface Held {
  readonly record: NewDeliveryRecord;
  /** Rises with each record, over all severities. */
  readonly order: number;
}

/** First in, first out, without moving all records at every turn. */
class Queue {
  #held: Held[] = [];
  #taken = 0;

  get first(): Held | undefined {
    return this.#held[this.#taken];
  }

  add(held: Held): void {
    this.#held.push(held);
  }

  removeFirst(): void {
    this.#taken++;
    if (this.#taken < COMPACT_AT || 2 * this.#taken < this.#held.length) return;
    this.#held = this.#held.slice(this.#taken);
    this.#taken = 0;
  }
}

/**
 * Records that wait in memory while the disk takes none, bounded by their bytes. At the limit the lowest
 * severity goes first, and of it the oldest record; each step is the same small amount of work however
 * many are held.
 */
export class HeldRecords {
  /** Records lost, by severity. */
  readonly dropped = new Map<number, number>();
  readonly #bytesMax: number;
  /** By severity; none of them is empty. */
  readonly #queues = new Map<number, Queue>();
  #length = 0;
  #order = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  add(record: NewDeliveryRecord): void {
    const severity = severityOf(record);
    let queue = this.#queues.get(severity);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(severity, queue);
    }
    queue.add({ record, order: this.#order++ });
    this.#bytes += bytesOf(record);
    this.#length++;
    while (this.#bytes > this.#bytesMax) this.refuse(severityOf(this.#remove(this.#lowest())));
  }

  /** The oldest record, which is then no longer held; null when there is none. */
  take(): NewDeliveryRecord | null {
    let oldest = Number.POSITIVE_INFINITY;
    let from = 0;
    for (const [severity, { first }] of this.#queues) {
      if (first === undefined || first.order >= oldest) continue;
      oldest = first.order;
      from = severity;
    }
    return from === 0 ? null : this.#remove(from);
  }

  /** Gives up all that is held; each is counted as lost. */
  giveUp(): void {
    for (let record = this.take(); record !== null; record = this.take()) {
      this.refuse(severityOf(record));
    }
  }

  /** Counts a record of this severity that is lost. */
  refuse(severity: number): void {
    this.dropped.set(severity, (this.dropped.get(severity) ?? 0) + 1);
  }

  /** The largest number is the lowest severity. */
  #lowest(): number {
    let lowest = 0;
    for (const severity of this.#queues.keys()) lowest = Math.max(lowest, severity);
    return lowest;
  }

  /** Takes the first record out of a queue that has one. */
  #remove(severity: number): NewDeliveryRecord {
    const queue = this.#queues.get(severity) as Queue;
    const { record } = queue.first as Held;
    queue.removeFirst();
    if (queue.first === undefined) this.#queues.delete(severity);
    this.#bytes -= bytesOf(record);
    this.#length--;
    return record;
  }
}

/** Bytes in memory, about: texts that an alert is made of are mostly ASCII. */
function bytesOf({ line, key, alertId }: NewDeliveryRecord): number {
  return line.length + key.length + alertId.length + OVERHEAD_BYTES;
}
