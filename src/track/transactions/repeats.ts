import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";

const PAIRS_MAX = 16_384;
const SECOND_US = 1_000_000;
/** A busy proxy whose next hop is dead sends some tens of retransmissions a second; below this nothing is said. */
const REPORT_FROM = 64;

/** Rate of repeated requests between two hosts, by the second: a flood of one packet opens no transaction. */
export class Repeats {
  readonly #table = new KeyTable(PAIRS_MAX);
  readonly #secondUs = column(Float64Array, PAIRS_MAX);
  readonly #count = column(Int32Array, PAIRS_MAX);

  /** Counts one. Returns the number within this second at powers of two, else 0. */
  note(client: HostKey, server: HostKey, nowUs: number): number {
    const key = combine53(client, server);
    let row = this.#table.find(key);
    if (row < 0) row = this.#table.add(key);
    if (nowUs - (this.#secondUs[row] as number) >= SECOND_US) {
      this.#secondUs[row] = nowUs;
      this.#count[row] = 0;
      this.#table.touch(row);
    }
    const count = (this.#count[row] as number) + 1;
    this.#count[row] = count;
    return count >= REPORT_FROM && (count & (count - 1)) === 0 ? count : 0;
  }
}
