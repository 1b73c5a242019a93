import { combineThree53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";

const DAY_US = 86_400_000_000;
const NOTES_MAX = 65_536;

/** What was said of whom within 24 hours, so that nobody reads a thing twice a day. */
export class DailyNotes {
  readonly #saidUs = new KeyMap<number>(NOTES_MAX);

  /** True the first time in a day for that kind, those two hosts and that detail. */
  isNew(kind: number, one: HostKey, other: HostKey, nowUs: number, detail = ""): boolean {
    const key = combineThree53(combineThree53(kind, one, other), hashText53(detail), 0);
    const saidUs = this.#saidUs.get(key);
    if (saidUs !== undefined && nowUs - saidUs < DAY_US) return false;
    this.#saidUs.set(key, nowUs);
    return true;
  }
}
