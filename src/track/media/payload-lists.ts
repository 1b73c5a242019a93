import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PayloadRole, SdpMedia } from "../../decode/sdp-media.ts";

/** `PayloadRole` of each payload type of a section. */
export type PayloadRoles = Readonly<Record<number, PayloadRole>>;

/** Networks use a handful of lists. The oldest goes; whoever names it again gets another one of the same. */
const LISTS_MAX = 1024;
/** Words of four roles have 32 bits. */
const WORDS = 2 ** 32;

/** Payload types as session descriptions list them, each list kept once for all calls that have it. */
export class PayloadLists {
  readonly #lists = new KeyMap<PayloadRoles>(LISTS_MAX);

  of({ payloadRoles, roleWords }: SdpMedia): PayloadRoles {
    let key = 1;
    for (let i = 0; i < roleWords.length; i++) {
      const word = roleWords[i] as number;
      if (word !== 0) key = combine53(key, word + WORDS * i);
    }
    let roles = this.#lists.get(key);
    if (roles === undefined) {
      roles = payloadRoles.slice() as PayloadRoles;
      this.#lists.set(key, roles);
    }
    return roles;
  }
}
