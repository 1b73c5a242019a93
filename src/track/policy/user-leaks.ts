import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";

const PAIRS_MAX = 16_384;
const UNKNOWN = 1;
const CHALLENGED = 2;

/** Registrars that answer who is asked for: 404 for some users, a challenge for others, to the same client. */
export class UserLeaks {
  readonly #seen = new KeyMap<number>(PAIRS_MAX);

  /** An answer to REGISTER; true when the two together tell which users exist. */
  note({ dstHost, srcHost }: PacketView, status: number): boolean {
    const bit = status === 404 ? UNKNOWN : status === 401 || status === 407 ? CHALLENGED : 0;
    if (bit === 0) return false;
    const key = combine53(srcHost, dstHost);
    const seen = (this.#seen.get(key) ?? 0) | bit;
    this.#seen.set(key, seen);
    return seen === (UNKNOWN | CHALLENGED);
  }
}
