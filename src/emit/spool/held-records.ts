import type { NewDeliveryRecord } from "../delivery/delivery-record.ts";

/** What is left after room was made, as a part of the limit: not every record shall cost a sweep. */
const AFTER_DROP = 0.9;

/** Records that wait in memory while the disk takes none, bounded by their bytes; the lowest severity goes first. */
export class HeldRecords {
  /** Records lost, by severity. */
  readonly dropped = new Map<number, number>();
  readonly #bytesMax: number;
  #records: NewDeliveryRecord[] = [];
  /** Taken from the front, and not yet cut off. */
  #taken = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#records.length - this.#taken;
  }

  add(record: NewDeliveryRecord): void {
    this.#records.push(record);
    this.#bytes += sizeOf(record);
    while (this.#bytes > this.#bytesMax && this.length > 0) this.#dropLowest();
  }

  /** The oldest record, which is then no longer held; null when there is none. */
  take(): NewDeliveryRecord | null {
    const record = this.#records[this.#taken];
    if (record === undefined) {
      this.#records = [];
      this.#taken = 0;
      return null;
    }
    this.#taken++;
    this.#bytes -= sizeOf(record);
    return record;
  }

  /** Counts a record that nobody can take. */
  refuse({ severity }: NewDeliveryRecord): void {
    this.dropped.set(severity, (this.dropped.get(severity) ?? 0) + 1);
  }

  /** Oldest first within the lowest severity that is there, until there is room. */
  #dropLowest(): void {
    const held = this.#records.slice(this.#taken);
    const lowest = held.reduce((worst, { severity }) => Math.max(worst, severity), 0);
    const target = this.#bytesMax * AFTER_DROP;
    this.#records = held.filter((record) => {
      if (record.severity !== lowest || this.#bytes <= target) return true;
      this.#bytes -= sizeOf(record);
      this.refuse(record);
      return false;
    });
    this.#taken = 0;
  }
}

/** Bytes in memory, about: texts that an alert is made of are mostly ASCII. */
function sizeOf({ line, key, alertId }: NewDeliveryRecord): number {
  return line.length + key.length + alertId.length + 64;
}
