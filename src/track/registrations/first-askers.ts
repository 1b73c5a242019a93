import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { Transaction } from "../transactions/transaction.ts";

const ASKERS_MAX = 8_192;
const DAY_US = 24 * 3_600_000_000;

/** Hosts that registered for a user whom they had no binding of: whether the registrar knew them before. */
export class FirstAskers {
  readonly #askers = new KeyMap<{ readonly wasPeer: boolean; readonly sinceUs: number }>(
    ASKERS_MAX,
  );

  /** Whoever asks again is no peer because the first request, such as a removal of nothing, was taken. */
  wasPeer({ aorKey, client, server }: Transaction, isPeer: boolean, nowUs: number): boolean {
    const key = combine53(combine53(server, aorKey), client);
    const before = this.#askers.get(key);
    if (before !== undefined && nowUs - before.sinceUs < DAY_US) return before.wasPeer;
    this.#askers.set(key, { wasPeer: isPeer, sinceUs: nowUs });
    this.#askers.touch(key);
    return isPeer;
  }
}
