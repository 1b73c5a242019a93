import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";

const ROWS_MAX = 65_536;
/** Tries of one user in an hour that are one failure: phones subscribe to a dead BLF key again each minute or half. */
const REPEATS_MAX = 120;
const REACHED = 1;
const MISSED = 2;

/** Which users a customer has reached, or asked for in vain, in its present hour. */
export class AskedUsers {
  readonly #table = new KeyTable(ROWS_MAX);
  readonly #sinceUs = column(Float64Array, ROWS_MAX);
  readonly #repeats = column(Uint8Array, ROWS_MAX);

  /** True once an hour: who calls the same colleague again and again reaches one user. */
  isNewlyReached(customer: number, user: number, hourUs: number, nowUs: number): boolean {
    const key = combine53(combine53(customer, REACHED), user);
    if (this.#find(key, hourUs) >= 0) return false;
    this.#note(key, nowUs);
    return true;
  }

  /** The server took it for that user in this hour, so it knows the user. */
  wasReached(customer: number, user: number, hourUs: number): boolean {
    return this.#find(combine53(combine53(customer, REACHED), user), hourUs) >= 0;
  }

  /** It was excused for that user in this hour: who asks again learns nothing more. Not without end. */
  isMissedAgain(customer: number, user: number, hourUs: number): boolean {
    const row = this.#find(combine53(combine53(customer, MISSED), user), hourUs);
    if (row < 0) return false;
    const repeats = this.#repeats[row] as number;
    if (repeats === REPEATS_MAX) return false;
    this.#repeats[row] = repeats + 1;
    return true;
  }

  missed(customer: number, user: number, nowUs: number): void {
    this.#note(combine53(combine53(customer, MISSED), user), nowUs);
  }

  #find(key: number, hourUs: number): number {
    const row = this.#table.find(key);
    return row >= 0 && (this.#sinceUs[row] as number) >= hourUs ? row : -1;
  }

  #note(key: number, nowUs: number): void {
    let row = this.#table.find(key);
    if (row < 0) row = this.#table.add(key);
    this.#sinceUs[row] = nowUs;
    this.#repeats[row] = 0;
  }
}
