import { type Span, toLower } from "../../base/ascii.ts";
import { hash53 } from "../../base/hash.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { accountText } from "../accounts/account-keys.ts";
import { isHopOf, PASSED_ON_US } from "../transactions/invite-hops.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { CallTable } from "./call-table.ts";
import { Call } from "./calls.ts";

/** Texts of a call are cut at this length. */
const TEXT_MAX = 128;

/** A call with a message's Call-ID, and whether both its tags are those of one of its dialogs. */
export interface FoundCall {
  readonly call: Call;
  readonly isMatching: boolean;
}

interface MessageEnds {
  readonly srcHost: HostKey;
  readonly dstHost: HostKey;
}

/** So much of a Call-ID tells one from another when upper and lower case do not count. */
const FOLDED_BYTES_MAX = 256;
const folded = Buffer.alloc(FOLDED_BYTES_MAX);

/** Which call a message is about: several may have its Call-ID (RFC 3261 12). */
export class MessageCalls {
  readonly calls: CallTable;
  readonly #names: HostNames;
  readonly #span: Span = { start: 0, end: 0 };

  constructor(calls: CallTable, names: HostNames) {
    this.calls = calls;
    this.#names = names;
  }

  /** A call for a message that is about none so far; null when the table is full of better ones. */
  open(
    message: SipMessageView,
    keys: MessageKeys,
    hop: { client: number; viaCount: number; cseq: number },
    nowUs: number,
  ): Call | null {
    const { callKey, fromTagKey, hopKey } = keys;
    const foldedKey = this.#foldedKey(message);
    const call = new Call({ callKey, foldedKey, fromTagKey }, hop, nowUs);
    call.addHop(hopKey);
    return this.calls.add(call, nowUs) ? call : null;
  }

  /** The newest call with the Call-ID, exactly or but for case. */
  first(keys: MessageKeys, message: SipMessageView): Call | null {
    return this.calls.first(keys.callKey) ?? this.calls.firstFolded(this.#foldedKey(message));
  }

  /**
   * The call whose dialog both tags name, that of the two hosts where a border controller has one on either side of it; else the nearest
   * one of the Call-ID.
   */
  find(message: SipMessageView, keys: MessageKeys, ends: MessageEnds): FoundCall | null {
    const { srcHost, dstHost } = ends;
    const newest = this.first(keys, message);
    let matching: Call | null = null;
    for (let call = newest; call !== null; call = call.previous) {
      if (!isDialogOf(call, keys)) continue;
      const isReceivers = call.isParty(dstHost);
      if (isReceivers && call.isParty(srcHost)) return { call, isMatching: true };
      // Who makes the tags known in a call of his own is no party of the one that his request goes to.
      if (matching === null || (isReceivers && !matching.isParty(dstHost))) matching = call;
    }
    if (matching !== null) return { call: matching, isMatching: true };
    const call = nearest(newest, keys, dstHost);
    return call === null ? null : { call, isMatching: false };
  }

  /** The call that an INVITE's transaction is a hop of. */
  ofHop(keys: MessageKeys, transaction: Transaction): Call | null {
    for (let call = this.calls.first(keys.callKey); call !== null; call = call.previous) {
      if (isHopOf(call, transaction)) return call;
    }
    return null;
  }

  /** The pending call that a CANCEL names: the one of its branch, else the sender's own, else the best proven one. */
  cancelled(
    packet: PacketView,
    keys: MessageKeys,
    { hopKey, isItsBranch }: { hopKey: number; isItsBranch: boolean },
  ): Call | null {
    const { calls } = this;
    let found: Call | null = null;
    for (let call = calls.first(keys.callKey); call !== null; call = call.previous) {
      if (call.fromTagKey !== keys.fromTagKey || !call.isLive || call.answeredUs > 0) continue;
      if (calls.isOver(call, packet.timeUs)) continue;
      // Whoever sent the branch first owns it; a stranger's own INVITE with the Call-ID does not count.
      if (call.hasHop(hopKey)) return call;
      const isOwn = isItsBranch && call.parties.isAsked(packet.srcHost);
      if (found === null || isOwn || call.rank >= found.rank) found = call;
      if (isOwn) break;
    }
    return found;
  }

  /** A stranger who is answered with the To tag of another's dialog does not get it. */
  isTagOfOther(call: Call, toTagKey: number): boolean {
    for (let other = this.calls.first(call.key); other !== null; other = other.previous) {
      if (other === call || other.fromTagKey !== call.fromTagKey) continue;
      if (isNextLeg(call, other)) continue;
      const row = other.dialogs.findDialog(toTagKey);
      if (row >= 0 && other.isLive && other.rank >= call.rank) return true;
    }
    return false;
  }

  /** Texts for alerts about a call. */
  textsOf(message: SipMessageView, { from, to }: MessageKeys, { server }: Call) {
    const fromUser = message.text(from.user).slice(0, TEXT_MAX);
    return {
      callId: message.headerText(HeaderId.CALL_ID),
      fromUser,
      toUser: message.text(to.user).slice(0, TEXT_MAX),
      account: accountText(fromUser, this.#names.text(server)),
    };
  }

  /** The account of who sends a request in a call: at the server that the call was set up by, whoever is asked now. */
  accountIn({ server }: Call, { fromUser }: Transaction): string {
    return accountText(fromUser, this.#names.text(server));
  }

  #foldedKey(message: SipMessageView): number {
    const span = this.#span;
    if (!message.value(HeaderId.CALL_ID, span)) return 0;
    const length = Math.min(span.end - span.start, FOLDED_BYTES_MAX);
    for (let at = 0; at < length; at++) {
      folded[at] = toLower(message.bytes[span.start + at] as number);
    }
    return hash53(folded, 0, length);
  }
}

/**
 * A border controller sends the INVITE that it was sent on as its own, with the same Call-ID and tags, and passes the answer back. A stranger
 * knows the Call-ID only once the INVITE is on its way.
 */
function isNextLeg(leg: Call, next: Call): boolean {
  const sinceUs = next.inviteUs - leg.inviteUs;
  return sinceUs >= 0 && sinceUs <= PASSED_ON_US;
}

/**
 * The newest live call of the highest rank that the receiver takes part in, or one of whose tags the message repeats. What goes to somebody
 * else with two other tags is in a dialog that was not seen (RFC 3261 12), as the other leg of a border controller, and does no call harm.
 */
function nearest(newest: Call | null, keys: MessageKeys, dstHost: HostKey): Call | null {
  let best: Call | null = null;
  let isBestReceivers = false;
  for (let call = newest; call !== null; call = call.previous) {
    const isReceivers = call.parties.isNamed(dstHost);
    if (isBestReceivers && !isReceivers) continue;
    const isNearer = isReceivers && !isBestReceivers;
    const isBetter = best === null || (call.isLive && call.rank > best.rank) || !best.isLive;
    if (isNearer || isBetter) best = call;
    isBestReceivers ||= isReceivers;
  }
  if (best === null || isBestReceivers || hasTagOf(best, keys)) return best;
  return null;
}

/** One of the tags is one of the call. */
function hasTagOf(
  { dialogs, fromTagKey: own }: Call,
  { fromTagKey, toTagKey }: MessageKeys,
): boolean {
  if (fromTagKey === own || toTagKey === own) return true;
  return dialogs.findDialog(fromTagKey) >= 0 || dialogs.findDialog(toTagKey) >= 0;
}

/** Both tags are those of one dialog of the call, sent by either side. */
function isDialogOf(
  { dialogs, fromTagKey: own }: Call,
  { fromTagKey, toTagKey }: MessageKeys,
): boolean {
  if (fromTagKey === own) return dialogs.findDialog(toTagKey) >= 0;
  return toTagKey === own && dialogs.findDialog(fromTagKey) >= 0;
}
