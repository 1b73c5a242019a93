import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { CallMedia } from "../calls/call-media.ts";
import type { Way } from "../calls/call-parties.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import { isSameTtl, wayText } from "../hosts/way.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import { type Deed, dialogOf, Sign } from "./deed.ts";

/** A stream whose packets come by another router by now is known by that way this soon. */
const MEDIA_WAY_US = 1_500_000;

/** Between a packet and its copy on the far side of a gateway. */
const COPY_US = 50_000;
/** No healthy agent says two things in one breath. */
const CONTRADICTION_WEIGHT = 2;

export interface DeedSignParts {
  readonly names: HostNames;
  readonly peers: Peers;
  readonly hosts: HostTable;
  readonly media: CallMedia;
}

/** What a request in a call shows at once against its sender: whence it comes, and what it repeats. */
export class DeedSigns {
  readonly #parts: DeedSignParts;

  constructor(parts: DeedSignParts) {
    this.#parts = parts;
  }

  /** `isMatching`: both tags of the request are those of one dialog of the call. */
  ofRequest(deed: Deed, keys: MessageKeys, isMatching: boolean): void {
    const { call } = deed;
    const { dialogs } = call;
    if (call.isParty(deed.client)) this.#otherWay(deed);
    else this.#foreign(deed);
    // Without an answer in sight the callee's tag is not known.
    if (!isMatching && call.rank >= Rank.ACCEPTED && !call.isPartial) {
      deed.accuse(Sign.TAGS, "tags", "those of a dialog of the call", "others");
    }
    const row = dialogOf(deed);
    const last = row < 0 ? -1 : dialogs.cseqOf(row, deed.side);
    // RFC 3261 12.2.2: higher than the last of its direction. Endpoints differ in whether they look.
    if (last >= 0 && deed.cseq <= last && deed.methodId !== SipMethod.ACK) {
      deed.accuse(Sign.CSEQ, "CSeq", `above ${last}`, String(deed.cseq));
    }
    if (!keys.via.hasCookie && deed.isAccused) {
      deed.accuse(Sign.NO_COOKIE, "branch", "starts with z9hG4bK (RFC 3261 8.1.1.7)", "does not");
    }
    if (deed.isAccused) this.#blind(deed);
  }

  /**
   * A host answers one offer twice. An ACK is sent again as it was (RFC 3261 13.2.2.4), so one of two that lead the media to two places is not its
   * own, by whatever way it came. What changes descriptions on their way (an ALG) is mirrored on both sides: the branch stays, and it is no slower
   * than a packet is.
   */
  ofSecondAck(deed: Deed, before: Deed): void {
    const { names } = this.#parts;
    const [one, other] = [before.move, deed.move];
    if (one === null || other === null) return;
    if (one.host === other.host && one.port === other.port) return;
    const isCopy = deed.hopKey === before.hopKey && deed.sentUs - before.sentUs < COPY_US;
    if (isCopy) return;
    deed.accuse(
      Sign.CONTRADICTED,
      "answer to the offer in the 2xx, by one host",
      `${names.text(one.host)}:${one.port}, as in the ACK before`,
      `${names.text(other.host)}:${other.port}`,
      CONTRADICTION_WEIGHT,
    );
  }

  /** CANCEL repeats the INVITE's branch and comes from the INVITE's sender (RFC 3261 9.1). */
  ofCancel(deed: Deed, isItsBranch: boolean): void {
    const { client, call } = deed;
    const mayCancel = client === call.client || call.parties.isAsked(client);
    if (!mayCancel) this.#foreign(deed);
    else {
      this.#otherWay(deed);
      if (!isItsBranch) {
        deed.accuse(Sign.BRANCH, "branch of the CANCEL", "that of the INVITE", "another one");
      }
    }
    if (deed.isAccused) this.#blind(deed);
  }

  /** An answer to a request of `asked` from another host (RFC 3261 18.1.2 matches by branch alone). */
  ofAnswer(deed: Deed, asked: HostKey): void {
    const { names } = this.#parts;
    deed.accuse(
      Sign.FOREIGN,
      `answer ${deed.status} to ${deed.subject.method}`,
      `from ${names.text(asked)}, which was asked`,
      `from ${names.text(deed.client)}`,
    );
  }

  #foreign(deed: Deed): void {
    const { names, peers } = this.#parts;
    deed.accuse(
      Sign.FOREIGN,
      "sender",
      "a party of the call",
      `${names.text(deed.client)} (${wayText(deed.way.mac, deed.way.ttl)})`,
    );
    if (peers.rank(deed.client, deed.server, deed.sentUs) >= Rank.ACCEPTED) {
      deed.remark("sender and receiver", "", "have dealt with each other before");
    } else {
      const receiver = names.text(deed.server);
      deed.accuse(Sign.UNKNOWN_HOST, `dealings with ${receiver}`, "some, accepted", "none");
    }
  }

  #otherWay(deed: Deed): void {
    const known = deed.call.parties.otherWay(deed.client, deed.way);
    if (known === null) return;
    deed.accuse(
      Sign.OTHER_WAY,
      "way of the sender's packets",
      wayText(known.mac, known.ttl),
      wayText(deed.way.mac, deed.way.ttl),
    );
  }

  /** The deed waits for its verdict: does its alleged sender go on by its own way meanwhile? */
  watchWay(deed: Deed): void {
    const known = twoSigns(deed);
    if (known !== null) deed.watch = this.#parts.hosts.watch(deed.client, known.mac, known.ttl);
  }

  /**
   * MAC and TTL change together where a router takes over from another. Where the host goes on by the old one, by SIP or by its
   * media in the call, and nobody's packets come by the new one they are two signs.
   */
  settleWay(deed: Deed): void {
    const { client, sentUs, watch } = deed;
    const { hosts, media } = this.#parts;
    if (watch !== null) hosts.unwatch(watch);
    deed.watch = null;
    const known = twoSigns(deed);
    if (known === null || hosts.bringsOthers(deed.way.mac)) return;
    const isHeard = watch !== null && watch.heardUs > sentUs;
    if (!isHeard && !media.comesBy(deed.call, client, known, sentUs + MEDIA_WAY_US)) return;
    deed.accuse(
      Sign.BESIDE,
      "packets of that address since",
      "by the new way, when a router took over",
      "by its own way, and nobody else's come by the new one",
    );
  }

  /** Where answers are not seen, a stranger may be a party that nobody could know. */
  #blind(deed: Deed): void {
    const { call } = deed;
    if (call.isPartial)
      deed.exonerate("beginning of the call", "not seen: its parties are not known");
    else if (call.rank === Rank.SEEN) {
      deed.exonerate("answers to the INVITE", "not seen: the other parties are not known");
    }
  }
}

/** The way of the deed's alleged sender, where MAC and TTL of the deed are both others; null elsewhere. */
function twoSigns(deed: Deed): Way | null {
  if (!deed.has(Sign.OTHER_WAY)) return null;
  const known = deed.call.parties.otherWay(deed.client, deed.way);
  if (known === null || known.mac === deed.way.mac) return null;
  return isSameTtl(known.ttl, deed.way.ttl) ? null : known;
}
