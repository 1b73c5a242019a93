import { combineThree53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";

const PAIRS_MAX = 16_384;
const UNKNOWN = 1;
const CHALLENGED = 2;

/**
 * Registrars that answer who is asked for: 404 for some users, a challenge for others, to the same client. Both of one domain, as
 * 404 is also said of domains that are not served (RFC 3261 21.4.5).
 */
export class UserLeaks {
  readonly #seen = new KeyMap<number>(PAIRS_MAX);

  /** An answer to REGISTER without credentials; true when the two together tell which users exist. */
  note({ dstHost, srcHost }: PacketView, status: number, domain: string): boolean {
    const bit = status === 404 ? UNKNOWN : status === 401 || status === 407 ? CHALLENGED : 0;
    if (bit === 0) return false;
    const key = combineThree53(srcHost, dstHost, hashText53(domain));
    const seen = (this.#seen.get(key) ?? 0) | bit;
    this.#seen.set(key, seen);
    return seen === (UNKNOWN | CHALLENGED);
  }
}
