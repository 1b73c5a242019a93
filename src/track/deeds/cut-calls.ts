import type { HostNames } from "../../decode/host-names.ts";
import type { CallMedia } from "../calls/call-media.ts";
import { CALLEE, CALLER } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import { type Deed, DeedKind, Sign } from "./deed.ts";
import { WENT_ON_MS, WENT_ON_PACKETS } from "./deed-media.ts";

/** Media that ran for less before the request may be of the same moment. */
const BEFORE_US = 1_000_000;

/**
 * Calls that were up before the sensor was: the first request that it sees of one is taken for its party's, and may be a stranger's. The media tells: a host
 * that spoke with the other party before, was answered, and goes on to do so after that party's media was led elsewhere did not ask for that.
 * A party that moves takes its stream along, and a server that joins two legs is silent from then on. Limit: both directions of the media have to be seen.
 */
export class CutCalls {
  readonly #media: CallMedia;
  readonly #names: HostNames;

  constructor(media: CallMedia, names: HostNames) {
    this.#media = media;
    this.#names = names;
  }

  /** The deed moved media in such a call, while somebody else spoke there: what becomes of that is still to be seen. */
  isOpen(deed: Deed, nowUs: number): boolean {
    const { acceptedUs, call, client, kind, move, sentUs, side } = deed;
    if (!call.isPartial || kind !== DeedKind.MOVE || move === null) return false;
    if (acceptedUs === 0 || deed.incumbent !== null) return false;
    const other = side === CALLER ? CALLEE : CALLER;
    const incumbent = this.#media.spokeBefore(call, other, sentUs - BEFORE_US, nowUs);
    if (incumbent === null || incumbent.host === client || incumbent.host === move.host)
      return false;
    if (!this.#media.isLedTo(call, side, move)) return false;
    deed.incumbent = incumbent;
    return true;
  }

  /** The deed has waited once more. */
  weigh(deed: Deed): void {
    const { call, client, incumbent } = deed;
    if (incumbent === null) return;
    const { endpoint, ms, packets } = this.#media.sinceOf(incumbent);
    if (ms < WENT_ON_MS || packets < WENT_ON_PACKETS) return;
    const names = this.#names;
    const host = names.text(incumbent.host);
    deed.accuse(
      Sign.FOREIGN,
      "sender",
      `${host}, which spoke in the call before`,
      names.text(client),
    );
    deed.prove(
      Sign.MEDIA_WENT_ON,
      "media of the party that moved",
      "from its new address only",
      `${endpoint} went on for ${ms} ms, ${packets} packets`,
    );
    call.parties.add(incumbent.host, Rank.RETURNED, 0);
  }

  /** Speaks for a sender whose media ran both ways in such a call before. */
  defend(deed: Deed): void {
    const { call, client, sentUs, side } = deed;
    if (!call.isPartial) return;
    const other = side === CALLER ? CALLEE : CALLER;
    const incumbent = this.#media.spokeBefore(call, other, sentUs - BEFORE_US, sentUs);
    if (incumbent?.host !== client) return;
    deed.exonerate(
      "media of the sender",
      "ran both ways before anything else of the call was seen",
    );
  }
}
