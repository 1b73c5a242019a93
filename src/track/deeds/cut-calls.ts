import type { HostNames } from "../../decode/host-names.ts";
import type { CallMedia } from "../calls/call-media.ts";
import { CALLEE, CALLER } from "../calls/calls.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import { wayText } from "../hosts/way.ts";
import { type Deed, DeedKind, Sign } from "./deed.ts";
import { WENT_ON_MS, WENT_ON_PACKETS } from "./deed-media.ts";

/** Media that ran for less before the request may be of the same moment. */
const BEFORE_US = 1_000_000;

export interface CutCallParts {
  readonly media: CallMedia;
  readonly names: HostNames;
  readonly peers: Peers;
}

/**
 * Calls that were up before the sensor was: the first request that it sees of one is taken for its party's, and may be a stranger's. The media tells: a host
 * that spoke with the other party before, was answered, and goes on to do so after that party's media was led elsewhere did not ask for that.
 * A party that moves takes its stream along, and a server that joins two legs is silent from then on. Limit: both directions of the media have to be seen.
 */
export class CutCalls {
  readonly #media: CallMedia;
  readonly #names: HostNames;
  readonly #peers: Peers;
  readonly #onLate: (deed: Deed, nowUs: number) => void;

  /** `onLate`: a deed that was settled before has got a sign. */
  constructor({ media, names, peers }: CutCallParts, onLate: (deed: Deed, nowUs: number) => void) {
    this.#onLate = onLate;
    this.#media = media;
    this.#names = names;
    this.#peers = peers;
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

  /** A request in such a call: with whom does who is asked talk? */
  listen(deed: Deed, nowUs: number): void {
    const { call, client, server } = deed;
    if (!call.isPartial) return;
    const talk = this.#media.talkOf(server, nowUs);
    if (talk === null) return;
    if (talk.partner === client) {
      deed.talk = talk;
      if (this.#media.isOtherWayThan(talk, deed.way)) this.#otherWay(deed);
      else this.#disown(deed, nowUs);
      return;
    }
    // A server that the sensor has heard of signals for others.
    if (this.#peers.rank(client, server, nowUs) < Rank.ACCEPTED) deed.talk = talk;
  }

  #otherWay(deed: Deed): void {
    const { client, way } = deed;
    const expected = `that of ${this.#names.text(client)}'s media`;
    const seen = wayText(way.mac, way.ttl);
    deed.accuse(Sign.OTHER_WAY, "way of the request; the call began before", expected, seen);
  }

  /** Who has talked with the other side all along speaks for itself: what another host has said in its name was not its own. */
  #disown(own: Deed, nowUs: number): void {
    const names = this.#names;
    for (const deed of own.call.deeds) {
      const { client, kind, raised, side } = deed;
      if (client === own.client || side !== own.side || raised > 0) continue;
      if (kind === DeedKind.BYE || names.mayBeNodes(client, own.client)) continue;
      const expected = `${names.text(own.client)}, which talks with the other side and goes on with the call`;
      deed.accuse(Sign.FOREIGN, "sender", expected, names.text(client));
      if (deed.isSettled) this.#onLate(deed, nowUs);
    }
  }

  /**
   * The BYE was accepted, and who took it goes on talking with the only host that it had media with. Another call of it may have been on hold, and
   * that one is over: a single sign. In the partner's name it is one where the BYE came by another way than the media.
   */
  weighTalk(deed: Deed): void {
    const { acceptedUs, client, talk } = deed;
    if (talk === null || acceptedUs === 0 || deed.kind !== DeedKind.BYE) return;
    const media = this.#media;
    const names = this.#names;
    const ms = media.talkWentOnMs(talk, acceptedUs, WENT_ON_PACKETS);
    if (ms < WENT_ON_MS) return;
    const partner = names.text(talk.partner);
    const isOwnName = talk.partner === client;
    if (!isOwnName) {
      const by = names.text(client);
      deed.accuse(Sign.FOREIGN, "sender", "not known", `${by}, of which nothing was seen`, 0);
    } else if (!deed.has(Sign.OTHER_WAY)) return;
    deed.accuse(
      Sign.MEDIA_WENT_ON,
      "media of who took the BYE; the beginning of the call was not seen",
      "silence",
      `went on with ${partner}, and with nobody else, both ways for ${ms} ms`,
      // Signalling may have a router of its own.
      isOwnName ? 0 : 1,
    );
  }

  /** Speaks for a sender whose media ran both ways in such a call before. */
  defend(deed: Deed): void {
    const { call, client, sentUs, side } = deed;
    if (!call.isPartial) return;
    if (deed.talk?.partner === client) {
      // Parties and numbers that were learned of whoever was seen first.
      deed.withdraw(Sign.FOREIGN, "the one who has talked with the receiver all along");
      deed.withdraw(Sign.UNKNOWN_HOST, "by its media");
      deed.withdraw(Sign.CSEQ, "the numbers before may be another's");
      deed.talk = null;
      return;
    }
    const other = side === CALLER ? CALLEE : CALLER;
    const incumbent = this.#media.spokeBefore(call, other, sentUs - BEFORE_US, sentUs);
    if (incumbent?.host !== client) return;
    deed.exonerate(
      "media of the sender",
      "ran both ways before anything else of the call was seen",
    );
  }
}
