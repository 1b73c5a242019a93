import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";
import { LEARN_MIN } from "./baseline-row.ts";

/** Keys that are counted at once; the one that was silent for longest makes room. */
const KEYS = 16_384;

/** Which keys have so many events in an hour that a share, a mean or a mix of these says anything. */
export class BusyKeys {
  /** Made with the first key. */
  #counts: HourCounts | null = null;

  /** Counts an event of a key; true from the `LEARN_MIN`th within one hour (since 1970) on. */
  isBusy(key: number, hour: number): boolean {
    this.#counts ??= new HourCounts();
    return this.#counts.add(key, hour) >= LEARN_MIN;
  }
}

class HourCounts {
  readonly #table = new KeyTable(KEYS);
  readonly #hours = column(Int32Array, KEYS);
  /** No further than is asked for. */
  readonly #events = column(Uint8Array, KEYS);

  add(key: number, hour: number): number {
    const table = this.#table;
    const known = table.find(key);
    const row = known < 0 ? table.add(key) : known;
    if (known < 0 || this.#hours[row] !== hour) {
      this.#hours[row] = hour;
      this.#events[row] = 0;
      table.touch(row);
    }
    const events = Math.min(LEARN_MIN, (this.#events[row] as number) + 1);
    this.#events[row] = events;
    return events;
  }
}
