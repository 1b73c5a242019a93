import type { Span } from "../base/ascii.ts";
import { hash53 } from "../base/hash.ts";
import type { HostNames } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import { SdpView } from "../decode/sdp.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { sessionBodyOf } from "../decode/sip/session-body.ts";
import { aorKeyOf } from "./account-keys.ts";
import { CallMedia } from "./call-media.ts";
import { CallTable } from "./call-table.ts";
import { CALLEE, CALLER, Call, type CallSide } from "./calls.ts";
import { type Deed, dialogOf, type MediaMove } from "./deed.ts";
import { type EventList, NO_SUBJECT } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import type { HostTable } from "./hosts.ts";
import { Hop, hopOf, isHopOf } from "./invite-hops.ts";
import type { MediaTracker } from "./media.ts";
import type { MessageKeys } from "./message-keys.ts";
import { contactUserKeyOf, hostsNamedIn } from "./party-names.ts";
import type { Peers } from "./peers.ts";
import type { Registrations } from "./registrations.ts";
import type { TrackSettings } from "./settings.ts";
import { Rank } from "./standing.ts";
import type { Statistics } from "./statistics.ts";
import { TeardownJudge, textsOf } from "./teardown.ts";
import type { Transaction } from "./transaction.ts";
import type { TransactionTable } from "./transaction-table.ts";
import { wayOf } from "./way.ts";

/** Texts of a call are cut at this length. */
const TEXT_MAX = 128;

export interface DialogParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly media: MediaTracker;
  readonly peers: Peers;
  readonly registrations: Registrations;
}

/** A call with a message's Call-ID, and whether both its tags are those of one of its dialogs. */
interface Found {
  readonly call: Call;
  readonly isMatching: boolean;
}

/**
 * Calls: who takes part in them, with which tags and media (RFC 3261 12, 13, 15). Only what is proven
 * makes a host a party; whether a request inside a dialog is to be believed, `TeardownJudge` says.
 */
export class DialogTracker {
  readonly calls: CallTable;
  readonly #parts: DialogParts;
  readonly #judge: TeardownJudge;
  readonly #sdp = new SdpView();
  readonly #body: Span = { start: 0, end: 0 };
  readonly #span: Span = { start: 0, end: 0 };

  constructor(settings: TrackSettings, parts: DialogParts) {
    this.#parts = parts;
    this.calls = new CallTable(settings.callsMax, {
      idleMs: settings.callIdleMs,
      lingerMs: settings.callLingerMs,
    });
    const media = new CallMedia(parts.media, parts.names);
    this.calls.hasTraffic = (call) => media.hasBothWays(call);
    this.calls.onRemove = (call) => parts.media.forget(call);
    const { names, events, peers, registrations } = parts;
    const judgeParts = { names, events, media, peers, registrations };
    this.#judge = new TeardownJudge(judgeParts, settings.callsMax);
  }

  isDue(nowUs: number): boolean {
    return this.#judge.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.#judge.advance(nowUs);
  }

  /** A new transaction's request. False when its sender is not believed to be who it says. */
  request(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    if (keys.hasToTag) return this.#inDialog(packet, message, keys, transaction);
    if (message.method !== SipMethod.INVITE) return true;
    return this.#invite(packet, message, keys, transaction);
  }

  /** An answer on the branch of a request from a host that was not asked. */
  foreignResponse(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    const call = this.#callOfHop(keys, transaction);
    if (call === null || !call.isLive) return;
    this.#judge.foreignAnswer(packet, transaction, message.statusCode, call);
  }

  /** An answer of the host that was asked. */
  response(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const status = message.statusCode;
    if (transaction.isInDialog) this.#inDialogAnswered(packet, message, keys, transaction);
    else if (transaction.methodId === SipMethod.INVITE && status > 100) {
      this.#inviteAnswered(packet, message, keys, transaction);
    }
    const isFinalOfBye = transaction.methodId === SipMethod.BYE && status === 481;
    if (isFinalOfBye && this.#first(keys, message) === null) {
      const unknown = EventKind.SIP_BYE_UNKNOWN_DIALOG;
      const event = this.#parts.events.raise(unknown, packet.timeUs, status);
      if (event === null) return;
      event.aimAtPacket(packet);
      event.subject = transaction;
      event.sip = message;
    }
  }

  /** An answer whose request the mirror did not show: 481 tells that a party hung up for itself. */
  strayResponse(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    if (message.cseqMethod !== SipMethod.BYE || message.statusCode !== 481) return;
    const found = this.#find(message, keys);
    if (found?.isMatching !== true || !found.call.parties.has(packet.dstHost)) return;
    this.#judge.strayRefusal(found.call, packet, keys);
  }

  /** ACK of a 2xx repeats the To tag that only the caller was told (RFC 3261 13.2.2.4). */
  ack(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    if (!keys.hasToTag) return;
    const found = this.#find(message, keys);
    if (found === null || !found.isMatching) return;
    const { call } = found;
    const { hosts, peers } = this.#parts;
    const { parties, dialogs } = call;
    const isCaller = packet.srcHost === call.client || parties.isAsked(packet.srcHost);
    if (!isCaller && !call.isParty(packet.srcHost)) return;
    const way = wayOf(packet);
    if (parties.otherWay(packet.srcHost, way) === null) {
      hosts.learnPath(hosts.source(packet), packet);
      parties.learnWay(packet.srcHost, way);
    }
    const isFirst = keys.fromTagKey === call.fromTagKey;
    const row = dialogs.find(isFirst ? keys.toTagKey : keys.fromTagKey);
    if (row >= 0 && dialogs.isAnswered(row) && isCaller) {
      dialogs.acknowledged(row);
      this.#prove(call, isFirst ? keys.toTagKey : keys.fromTagKey, Rank.ACCEPTED);
      this.#lift(call, Rank.ACCEPTED);
      if (parties.has(packet.dstHost)) {
        peers.prove(packet.srcHost, packet.dstHost, Rank.ACCEPTED, packet.timeUs);
      }
    }
    this.calls.touch(call, packet.timeUs);
    this.#session(message, call, isFirst ? CALLER : CALLEE);
  }

  cancel(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transactions: TransactionTable,
  ): void {
    const hopKey = keys.hopKeyOf(message, SipMethod.INVITE);
    const isItsBranch = transactions.find(hopKey, packet.srcHost) !== undefined;
    let found: Call | null = null;
    for (let call = this.calls.first(keys.callKey); call !== null; call = call.previous) {
      if (call.fromTagKey !== keys.fromTagKey || !call.isLive || call.answeredUs > 0) continue;
      if (this.calls.isOver(call, packet.timeUs)) continue;
      // Whoever sent the branch first owns it; a stranger's own INVITE with the Call-ID does not count.
      if (call.hopKeys.includes(hopKey)) {
        found = call;
        break;
      }
      const isOwn = isItsBranch && call.parties.isAsked(packet.srcHost);
      if (found === null || isOwn || call.rank >= found.rank) found = call;
      if (isOwn) break;
    }
    if (found === null) return;
    const subject = { ...NO_SUBJECT, ...this.#textsOf(message, keys), method: "CANCEL" };
    this.#judge.cancel(packet, keys, { cseq: message.cseq, subject }, found, isItsBranch);
  }

  /** An INVITE outside a dialog: a new call, the same one again, or another hop of it. */
  #invite(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    const { client, server, cseq } = transaction;
    const hop = { client, server, cseq, viaCount: transaction.viaCount, hopKey: keys.hopKey };
    const nowUs = packet.timeUs;
    for (let call = this.calls.first(keys.callKey); call !== null; call = call.previous) {
      if (call.fromTagKey !== keys.fromTagKey || call.isPartial) continue;
      if (this.calls.isOver(call, nowUs)) continue;
      const kind = hopOf(call, hop, nowUs);
      if (kind === Hop.OTHER) continue;
      if (kind === Hop.REPEATED) return false;
      this.#joinHop(call, kind, packet, message, hop);
      if (transaction.hasIssuedNonce) call.users.add(CALLER, transaction.accountKey);
      return true;
    }
    const call = this.#open(message, keys, hop, nowUs);
    if (call === null) return true;
    this.#parts.statistics.callAttempts++;
    this.#nameEnds(call, message, keys, transaction);
    this.#joinHop(call, Hop.CALLER, packet, message, hop);
    return true;
  }

  #open(
    message: SipMessageView,
    keys: MessageKeys,
    hop: { client: number; viaCount: number; cseq: number },
    nowUs: number,
  ): Call | null {
    const { callKey, fromTagKey, hopKey } = keys;
    const foldedKey = this.#foldedKey(message);
    const call = new Call({ callKey, foldedKey, fromTagKey, hopKey }, hop, nowUs);
    return this.calls.add(call, nowUs) ? call : null;
  }

  /** Who calls whom, as the first INVITE has it. */
  #nameEnds(
    call: Call,
    { bytes }: SipMessageView,
    { from, to }: MessageKeys,
    transaction: Transaction,
  ): void {
    const { users } = call;
    const { fromUserKey, toUserKey, uriUserKey } = transaction;
    users.add(CALLER, fromUserKey);
    if (fromUserKey !== 0) users.add(CALLER, aorKeyOf(bytes, from.user, from.host));
    if (transaction.hasIssuedNonce) users.add(CALLER, transaction.accountKey);
    users.add(CALLEE, toUserKey);
    users.add(CALLEE, uriUserKey);
    if (toUserKey !== 0) users.add(CALLEE, aorKeyOf(bytes, to.user, to.host));
  }

  #joinHop(
    call: Call,
    kind: Hop,
    packet: PacketView,
    message: SipMessageView,
    hop: { client: number; server: number; viaCount: number; cseq: number; hopKey: number },
  ): void {
    const { parties } = call;
    const claim = -hop.hopKey;
    call.addHop(hop.hopKey);
    if (kind === Hop.CALLER) {
      if (hop.cseq > call.cseq || !call.isLive) {
        call.cseq = hop.cseq;
        this.calls.change(call, () => {
          call.endedUs = 0;
        });
      }
      call.inviteUs = packet.timeUs;
    } else if (kind === Hop.BEFORE) {
      parties.addAsked(call.client, claim);
      call.client = hop.client;
      call.viaCount = hop.viaCount;
    }
    parties.add(hop.client, Rank.SEEN, claim);
    if (kind === Hop.TRANSLATED) parties.addAsked(hop.client, claim);
    parties.learnWay(hop.client, wayOf(packet));
    parties.addAsked(hop.server, claim);
    for (const host of hostsNamedIn(message)) parties.add(host, Rank.SEEN, claim);
    this.#session(message, call, CALLER);
  }

  /** An answer to an INVITE outside a dialog. */
  #inviteAnswered(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const call = this.#callOfHop(keys, transaction);
    if (call === null) return;
    const status = message.statusCode;
    this.#judge.answered(call);
    const isFirst = transaction.client === call.client;
    if (status >= 300) {
      if (isFirst) this.#failed(call, status, packet.timeUs);
      return;
    }
    if (!keys.hasToTag) return;
    this.#early(packet, message, keys, call, isFirst);
    if (status >= 200) this.#answered(packet, keys, call, isFirst);
    this.#session(message, call, CALLEE);
  }

  /** A To tag from who was asked. It is proven where it reaches the caller: a proxy passed it on. */
  #early(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    isFirst: boolean,
  ): void {
    const { parties, dialogs } = call;
    const { toTagKey } = keys;
    if (this.#isTagOfOther(call, toTagKey)) return;
    const isNew = dialogs.find(toTagKey) < 0;
    const row = dialogs.add(toTagKey, isFirst ? Rank.RETURNED : Rank.SEEN, call.cseq);
    const isProven = row >= 0 && dialogs.rank(row) > Rank.SEEN;
    parties.rename(-keys.hopKey, toTagKey);
    parties.add(packet.srcHost, Rank.SEEN, toTagKey);
    parties.learnWay(packet.srcHost, wayOf(packet));
    if (isNew || message.statusCode >= 200) {
      for (const host of hostsNamedIn(message)) parties.add(host, Rank.SEEN, toTagKey);
    }
    if (!isProven) return;
    parties.prove(toTagKey, Rank.RETURNED);
    call.users.add(CALLEE, contactUserKeyOf(message));
    if (call.texts === NO_SUBJECT) {
      call.texts = this.#textsOf(message, keys);
    }
    this.#lift(call, Rank.RETURNED);
    this.calls.touch(call, packet.timeUs);
  }

  #answered(packet: PacketView, keys: MessageKeys, call: Call, isFirst: boolean): void {
    const row = call.dialogs.find(keys.toTagKey);
    if (row < 0 || !isFirst) return;
    call.dialogs.answered(row);
    this.calls.change(call, () => {
      call.endedUs = 0;
    });
    if (call.answeredUs > 0) return;
    call.answeredUs = packet.timeUs;
    this.#parts.statistics.callsAnswered++;
  }

  /** The caller's own INVITE failed; whoever tries again with the same Call-ID goes on with the call. */
  #failed(call: Call, status: number, nowUs: number): void {
    // 401 and 407 ask for credentials, 491 for another moment.
    if (status === 401 || status === 407 || status === 491 || call.answeredUs > 0) return;
    this.#end(call, nowUs);
  }

  /** A request with both tags. */
  #inDialog(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    const found =
      this.#find(message, keys) ?? this.#begunBefore(packet, message, keys, transaction);
    if (found === null) return true;
    const { call, isMatching } = found;
    const side = keys.fromTagKey === call.fromTagKey ? CALLER : CALLEE;
    const move = this.#mediaMove(message, call, side);
    const deed = this.#judge.request(packet, keys, transaction, call, { isMatching, move });
    if (deed?.isAccused || deed?.move) {
      deed.subject = textsOf(transaction);
    }
    const isParty = call.isParty(packet.srcHost);
    if (!isParty || !isMatching) return false;
    const isFirst = keys.fromTagKey === call.fromTagKey;
    const row = call.dialogs.find(isFirst ? keys.toTagKey : keys.fromTagKey);
    if (row >= 0) call.dialogs.noteCseq(row, isFirst ? CALLER : CALLEE, transaction.cseq);
    // What it names is proven by its answer.
    for (const host of hostsNamedIn(message)) call.parties.add(host, Rank.SEEN, -keys.hopKey);
    call.parties.add(packet.dstHost, Rank.SEEN, -keys.hopKey);
    this.calls.touch(call, packet.timeUs);
    this.#session(message, call, isFirst ? CALLER : CALLEE);
    return deed === null || !deed.isAccused;
  }

  #inDialogAnswered(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const found = this.#find(message, keys);
    if (found === null) return;
    const { call } = found;
    const status = message.statusCode;
    const nowUs = packet.timeUs;
    const deed = status < 200 ? null : this.#judge.final(call, transaction, keys, status, nowUs);
    if (status >= 300 || status < 180) return;
    const isFirst = keys.fromTagKey === call.fromTagKey;
    const isParty = call.isParty(transaction.client);
    if (status >= 200 && transaction.methodId === SipMethod.BYE)
      this.#byeAccepted(call, deed, nowUs);
    if (!isParty && !call.isPartial) return;
    if (deed === null || !deed.isAccused) {
      if (status >= 200) {
        call.parties.prove(-keys.hopKey, Rank.ACCEPTED);
        call.parties.add(packet.srcHost, Rank.ACCEPTED, -keys.hopKey);
        call.parties.add(transaction.client, Rank.ACCEPTED, -keys.hopKey);
        call.parties.learnWay(packet.srcHost, wayOf(packet));
        this.#parts.peers.prove(packet.srcHost, transaction.client, Rank.ACCEPTED, nowUs);
        if (call.rank === Rank.ACCEPTED) this.#lift(call, Rank.PARTY);
      }
      this.#session(message, call, isFirst ? CALLEE : CALLER);
    }
    this.calls.touch(call, nowUs);
  }

  #byeAccepted(call: Call, deed: Deed | null, nowUs: number): void {
    if (deed === null) return;
    const row = dialogOf(deed);
    if (row >= 0) {
      call.dialogs.over(row);
      if (call.dialogs.hasOtherLive(row)) return;
    } else if (!call.isPartial) return;
    if (!call.isLive) return;
    if (call.answeredUs > 0) this.#parts.statistics.callsEnded++;
    this.#end(call, nowUs);
  }

  #end(call: Call, nowUs: number): void {
    this.calls.change(call, () => {
      call.endedUs = nowUs;
    });
  }

  #lift(call: Call, rank: Rank): void {
    if (call.rank >= rank) return;
    this.calls.change(call, () => {
      call.rank = rank;
    });
    if (rank >= Rank.ACCEPTED) this.#parts.media.answered(call);
  }

  #prove(call: Call, toTagKey: number, rank: Rank): void {
    const row = call.dialogs.find(toTagKey);
    if (row >= 0) call.dialogs.lift(row, rank);
    call.parties.prove(toTagKey, rank);
  }

  /** The dialog was up before the sensor was: whoever asks and who answers are taken for its ends. */
  #begunBefore(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): Found | null {
    const { methodId } = transaction;
    const isOfCall =
      methodId === SipMethod.BYE || methodId === SipMethod.INVITE || methodId === SipMethod.UPDATE;
    if (!isOfCall) return null;
    const hop = { client: packet.srcHost, viaCount: transaction.viaCount, cseq: transaction.cseq };
    const call = this.#open(message, keys, hop, packet.timeUs);
    if (call === null) return null;
    call.isPartial = true;
    call.dialogs.add(keys.toTagKey, Rank.RETURNED, -1);
    call.parties.add(packet.srcHost, Rank.RETURNED, 0);
    call.parties.add(packet.dstHost, Rank.RETURNED, 0);
    call.texts = this.#textsOf(message, keys);
    return { call, isMatching: true };
  }

  /** The newest call with the Call-ID, exactly or but for case. */
  #first(keys: MessageKeys, message: SipMessageView): Call | null {
    return this.calls.first(keys.callKey) ?? this.calls.firstFolded(this.#foldedKey(message));
  }

  /** The call whose dialog both tags name; else the newest live one of the Call-ID with the highest rank. */
  #find(message: SipMessageView, keys: MessageKeys): Found | null {
    const { fromTagKey, toTagKey } = keys;
    let best: Call | null = null;
    for (let call = this.#first(keys, message); call !== null; call = call.previous) {
      const { dialogs } = call;
      const isMatching =
        fromTagKey === call.fromTagKey
          ? dialogs.find(toTagKey) >= 0
          : toTagKey === call.fromTagKey && dialogs.find(fromTagKey) >= 0;
      if (isMatching) return { call, isMatching };
      const isBetter = best === null || (call.isLive && call.rank > best.rank) || !best.isLive;
      if (isBetter) best = call;
    }
    return best === null ? null : { call: best, isMatching: false };
  }

  #callOfHop(keys: MessageKeys, transaction: Transaction): Call | null {
    for (let call = this.calls.first(keys.callKey); call !== null; call = call.previous) {
      if (isHopOf(call, transaction)) return call;
    }
    return null;
  }

  /** A stranger who is answered with the To tag of another's dialog does not get it. */
  #isTagOfOther(call: Call, toTagKey: number): boolean {
    for (let other = this.calls.first(call.key); other !== null; other = other.previous) {
      if (other === call || other.fromTagKey !== call.fromTagKey) continue;
      const row = other.dialogs.find(toTagKey);
      if (row >= 0 && other.isLive && other.rank >= call.rank) return true;
    }
    return false;
  }

  #session(message: SipMessageView, call: Call, side: CallSide): void {
    if (!this.#decodeSession(message)) return;
    this.#parts.media.announce(this.#sdp, call, side);
  }

  #decodeSession(message: SipMessageView): boolean {
    if (!sessionBodyOf(message, this.#body)) return false;
    const { start, end } = this.#body;
    return this.#sdp.decode(message.bytes, start, end, message.domain);
  }

  /** An offer whose audio is at an address that the side did not have before; video may come and go beside it. */
  #mediaMove(message: SipMessageView, call: Call, side: CallSide): MediaMove | null {
    if (!this.#decodeSession(message)) return null;
    const named = this.#sdp.media.slice(0, this.#sdp.mediaCount);
    const audio = named.find(({ kind, port, host }) => kind === "audio" && port > 0 && host > 0);
    if (audio === undefined) return null;
    const own = call.endpoints.filter((_, index) => call.sideOfEndpoint(index) === side);
    const left = own.filter(
      (old) => !named.some(({ host, port }) => host === old.host && port === old.port),
    );
    const isKnown = own.some(({ host, port }) => host === audio.host && port === audio.port);
    return isKnown ? null : { host: audio.host, port: audio.port, left };
  }

  #textsOf(message: SipMessageView, { from, to }: MessageKeys) {
    const fromUser = message.text(from.user).slice(0, TEXT_MAX);
    return {
      callId: message.headerText(HeaderId.CALL_ID),
      fromUser,
      toUser: message.text(to.user).slice(0, TEXT_MAX),
      account: `${fromUser}@${message.text(from.host).slice(0, TEXT_MAX)}`,
    };
  }

  #foldedKey(message: SipMessageView): number {
    const span = this.#span;
    if (!message.value(HeaderId.CALL_ID, span)) return 0;
    const folded = Buffer.from(message.bytes.subarray(span.start, span.end));
    for (const [at, byte] of folded.entries()) {
      if (byte >= 0x41 && byte <= 0x5a) folded[at] = byte | 0x20;
    }
    return hash53(folded, 0, folded.length);
  }
}
