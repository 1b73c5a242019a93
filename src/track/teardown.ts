import { DelayQueue } from "../base/delay-queue.ts";
import { combine53 } from "../base/hash.ts";
import { type HostKey, type HostNames, NO_HOST } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import type { CallMedia } from "./call-media.ts";
import { CALLEE, CALLER, type Call, type CallSide } from "./calls.ts";
import { Deed, DeedKind, dialogOf, type MediaMove, Sign } from "./deed.ts";
import { raiseDeed } from "./deed-facts.ts";
import { type EventList, NO_SUBJECT } from "./event.ts";
import { Intruders } from "./intruders.ts";
import type { MediaMark } from "./media-marks.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { Peers } from "./peers.ts";
import type { Registrations } from "./registrations.ts";
import { Rank } from "./standing.ts";
import type { Transaction } from "./transaction.ts";
import { wayOf, wayText } from "./way.ts";

/** Deeds that wait, for each call that there may be. */
const WAITING_PER_CALL = 2;
/** A deed is judged this long after it: by then it is answered, and media has stopped or gone on. */
const SETTLE_US = 2_500_000;
/** Honest senders stop their media within 0.12 s of their BYE. */
const WENT_ON_MS = 1_000;
const WENT_ON_PACKETS = 25;
/** An answer that came late: the media after it is looked at once more. */
const AFTER_ANSWER_US = 1_500_000;
/** Two BYEs of one side closer than this are glare or a retry, not a contradiction. */
const GLARE_US = 2_000_000;
/** A host that meddles with so many calls of others is no lost proxy. */
const CALLS_MANY = 3;
/** And who was suspected for one sign only, no sister node of a carrier. */
const SUSPECT_CALLS_MANY = 5;
/** Media that is not heard for so long has stopped. */
const STOPPED_US = 300_000;
/** Media that fell silent this shortly before or after another address took over has moved. */
const MOVED_US = 500_000;

const MediaAfter = { UNSEEN: 0, STOPPED: 1, WENT_ON: 2 } as const;
type MediaAfter = (typeof MediaAfter)[keyof typeof MediaAfter];

export interface TeardownParts {
  readonly names: HostNames;
  readonly events: EventList;
  readonly media: CallMedia;
  readonly peers: Peers;
  readonly registrations: Registrations;
}

/**
 * Who ends, moves or uses calls of others: weighs each request in a dialog by what its sender could not
 * fake, waits for its answer and the media, and raises one fact with everything for and against.
 */
export class TeardownJudge {
  readonly #parts: TeardownParts;
  readonly #waiting: DelayQueue<Deed>;
  readonly #intruders = new Intruders();
  readonly #suspects = new Intruders();

  constructor(parts: TeardownParts, callsMax: number) {
    this.#parts = parts;
    this.#waiting = new DelayQueue(SETTLE_US, WAITING_PER_CALL * callsMax);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const due = this.#waiting.takeDue(nowUs);
      if (due === undefined) return;
      this.#settle(due, nowUs);
    }
  }

  /** A request inside a dialog; `isMatching`: both its tags are those of one dialog of the call. */
  request(
    packet: PacketView,
    keys: MessageKeys,
    transaction: Transaction,
    call: Call,
    { isMatching, move }: { isMatching: boolean; move: MediaMove | null },
  ): Deed | null {
    const kind = kindOf(transaction.methodId);
    if (kind === null || (!call.isLive && !call.isDisputed && kind !== DeedKind.BYE)) return null;
    const side: CallSide = keys.fromTagKey === call.fromTagKey ? CALLER : CALLEE;
    if (this.#isCopy(call, keys, transaction)) return null;
    const deed = new Deed(kind, call, transaction_(transaction));
    deed.side = side;
    if (kind === DeedKind.MOVE) deed.move = move;
    this.#describe(deed, packet, keys, transaction);
    deed.dialogTagKey = side === CALLER ? keys.toTagKey : keys.fromTagKey;
    this.#weigh(deed, keys, isMatching);
    const isMove = deed.move !== null && call.answeredUs > 0;
    if (kind !== DeedKind.BYE && !deed.isAccused && !isMove) return deed;
    if (!call.isLive && !deed.call.isDisputed) {
      // A BYE for what has ended already: it only tells that an earlier one was not its sender's.
      deed.isSettled = true;
      call.addDeed(deed);
      return deed;
    }
    this.#wait(deed);
    return deed;
  }

  /** CANCEL repeats the INVITE's branch and comes from the INVITE's sender (RFC 3261 9.1). */
  cancel(
    packet: PacketView,
    keys: MessageKeys,
    request: { cseq: number; subject: Deed["subject"] },
    call: Call,
    isItsBranch: boolean,
  ): void {
    const deed = new Deed(DeedKind.CANCEL, call, {
      methodId: SipMethod.CANCEL,
      cseq: request.cseq,
      sentUs: packet.timeUs,
    });
    deed.client = packet.srcHost;
    deed.clientPort = packet.srcPort;
    deed.server = packet.dstHost;
    deed.serverPort = packet.dstPort;
    deed.way = wayOf(packet);
    deed.hopKey = keys.hopKey;
    deed.subject = request.subject;
    const { parties } = call;
    const mayCancel = packet.srcHost === call.client || parties.isAsked(packet.srcHost);
    if (!mayCancel) this.#accuseForeign(deed);
    else {
      this.#accuseWay(deed);
      if (!isItsBranch) {
        deed.accuse(Sign.BRANCH, "branch of the CANCEL", "that of the INVITE", "another one");
      }
    }
    if (!deed.isAccused) return;
    this.#accuseBlind(deed);
    this.#wait(deed);
  }

  /** An answer to an INVITE from a host that was not asked (RFC 3261 18.1.2 matches by branch alone). */
  foreignAnswer(packet: PacketView, transaction: Transaction, status: number, call: Call): void {
    const known = call.deeds.find(
      ({ kind, client }) => kind === DeedKind.ANSWER && client === packet.srcHost,
    );
    if (known !== undefined) return;
    const { names } = this.#parts;
    const request = transaction_(transaction);
    // What waits is the answer: its INVITE may have rung for long.
    const deed = new Deed(DeedKind.ANSWER, call, { ...request, sentUs: packet.timeUs });
    deed.client = packet.srcHost;
    deed.clientPort = packet.srcPort;
    deed.server = packet.dstHost;
    deed.serverPort = packet.dstPort;
    deed.way = wayOf(packet);
    deed.status = status;
    deed.subject = textsOf(transaction);
    deed.accuse(
      Sign.FOREIGN,
      `answer ${status} to INVITE`,
      `from ${names.text(transaction.server)}, which was asked`,
      `from ${names.text(packet.srcHost)}`,
    );
    this.#wait(deed);
  }

  /** Who was asked answered for itself: then the other answer was not its own. */
  answered(call: Call): void {
    for (const deed of call.deeds) {
      if (deed.kind !== DeedKind.ANSWER || deed.isSettled) continue;
      deed.accuse(
        Sign.CONTRADICTED,
        "answer of the host that was asked",
        "none beside it",
        "it answered for itself",
      );
    }
  }

  /** The final answer to a request in a call, from who was asked. */
  final(
    call: Call,
    transaction: Transaction,
    keys: MessageKeys,
    status: number,
    nowUs: number,
  ): Deed | null {
    const deed = this.#deedOf(call, transaction, keys);
    if (deed === null || deed.status >= 200) return null;
    deed.status = status;
    if (status < 300) {
      deed.acceptedUs = nowUs;
      const { media } = this.#parts;
      deed.wasTalking = nowUs - media.lastHeardUs(call, deed.side) <= STOPPED_US;
      if (deed.kind === DeedKind.BYE) deed.mediaMark = media.mark(call);
      else if (deed.move !== null) deed.mediaMark = leftOnly(media.mark(call), deed.move);
    }
    if (deed.kind === DeedKind.BYE) this.#compareByes(deed, nowUs);
    return deed;
  }

  /** 481 to a BYE of a party that was not seen, from who took an earlier BYE in its name. */
  strayRefusal(call: Call, packet: PacketView, keys: MessageKeys): void {
    const { names } = this.#parts;
    const nowUs = packet.timeUs;
    for (const earlier of call.deeds) {
      if (earlier.kind !== DeedKind.BYE || earlier.acceptedUs === 0) continue;
      if (earlier.fromTagKey !== keys.fromTagKey || earlier.hopKey === keys.hopKey) continue;
      if (earlier.server !== packet.srcHost || nowUs - earlier.acceptedUs <= GLARE_US) continue;
      const lateMs = Math.round((nowUs - earlier.sentUs) / 1000);
      const seen = `${names.text(packet.dstHost)} met 481 to another BYE ${lateMs} ms later`;
      this.#disown(earlier, packet.dstHost, seen, nowUs);
    }
  }

  #wait(deed: Deed): void {
    if (deed.call.addDeed(deed)) this.#waiting.push(deed, deed.sentUs);
  }

  #describe(deed: Deed, packet: PacketView, keys: MessageKeys, transaction: Transaction): void {
    deed.client = transaction.client;
    deed.clientPort = transaction.clientPort;
    deed.server = transaction.server;
    deed.serverPort = transaction.serverPort;
    deed.fromTagKey = keys.fromTagKey;
    deed.hopKey = keys.hopKey;
    deed.way = wayOf(packet);
    deed.hasCredentials = transaction.hasIssuedNonce;
    deed.digestAccountKey = transaction.hasCredentials ? transaction.accountKey : 0;
  }

  /** The next hop of a request that is judged already, or its copy beyond a NAT. */
  #isCopy(call: Call, keys: MessageKeys, { methodId, cseq, client }: Transaction): boolean {
    return call.deeds.some(
      (deed) =>
        deed.methodId === methodId &&
        deed.cseq === cseq &&
        deed.fromTagKey === keys.fromTagKey &&
        (deed.hopKey === keys.hopKey || (deed.server === client && call.isParty(client))),
    );
  }

  #weigh(deed: Deed, keys: MessageKeys, isMatching: boolean): void {
    const { call } = deed;
    const { dialogs } = call;
    if (call.isParty(deed.client)) this.#accuseWay(deed);
    else this.#accuseForeign(deed);
    // Without an answer in sight the callee's tag is not known.
    if (!isMatching && call.rank >= Rank.ACCEPTED && !call.isPartial) {
      deed.accuse(Sign.TAGS, "tags", "those of a dialog of the call", "others");
    }
    const row = dialogOf(deed);
    const last = row < 0 ? -1 : dialogs.cseq(row, deed.side);
    // RFC 3261 12.2.2: higher than the last of its direction. Endpoints differ in whether they look.
    if (last >= 0 && deed.cseq <= last) {
      deed.accuse(Sign.CSEQ, "CSeq", `above ${last}`, String(deed.cseq));
    }
    if (!keys.via.hasCookie && deed.isAccused) {
      deed.accuse(Sign.NO_COOKIE, "branch", "starts with z9hG4bK (RFC 3261 8.1.1.7)", "does not");
    }
    if (deed.isAccused) this.#accuseBlind(deed);
  }

  #accuseForeign(deed: Deed): void {
    const { names, peers } = this.#parts;
    deed.accuse(
      Sign.FOREIGN,
      "sender",
      "a party of the call",
      `${names.text(deed.client)} (${wayText(deed.way)})`,
    );
    if (peers.rank(deed.client, deed.server, deed.sentUs) >= Rank.ACCEPTED) {
      deed.remark("sender and receiver", "", "have dealt with each other before");
    } else {
      const receiver = names.text(deed.server);
      deed.accuse(Sign.UNKNOWN_HOST, `dealings with ${receiver}`, "some, accepted", "none");
    }
  }

  #accuseWay(deed: Deed): void {
    const known = deed.call.parties.otherWay(deed.client, deed.way);
    if (known === null) return;
    deed.accuse(Sign.OTHER_WAY, "way of the sender's packets", wayText(known), wayText(deed.way));
  }

  /** Where answers are not seen, a stranger may be a party that nobody could know. */
  #accuseBlind(deed: Deed): void {
    const { call } = deed;
    if (call.isPartial)
      deed.exonerate("beginning of the call", "not seen: its parties are not known");
    else if (call.rank === Rank.SEEN) {
      deed.exonerate("answers to the INVITE", "not seen: the other parties are not known");
    }
  }

  #deedOf(call: Call, transaction: Transaction, keys: MessageKeys): Deed | null {
    const { client, cseq, methodId } = transaction;
    let relayed: Deed | null = null;
    for (const deed of call.deeds) {
      if (deed.methodId !== methodId || deed.cseq !== cseq) continue;
      if (deed.kind === DeedKind.ANSWER || deed.fromTagKey !== keys.fromTagKey) continue;
      if (deed.client === client && deed.hopKey === keys.hopKey) return deed;
      if (deed.server === client) relayed = deed;
    }
    return relayed;
  }

  /** A party hangs up, although somebody had hung up in its name before and was believed. */
  #compareByes(own: Deed, nowUs: number): void {
    const { names } = this.#parts;
    const { call } = own;
    const isRefused = own.status === 481;
    if (!isRefused && own.status >= 300) return;
    if (own.isAccused && !call.isPartial) return;
    for (const earlier of call.deeds) {
      if (earlier === own || earlier.kind !== DeedKind.BYE || earlier.acceptedUs === 0) continue;
      if (earlier.side !== own.side || earlier.dialogTagKey !== own.dialogTagKey) continue;
      if (own.sentUs - earlier.sentUs <= GLARE_US || earlier.hopKey === own.hopKey) continue;
      // pjsip answers 200 to any BYE: without 481 the earlier one must be suspect for itself.
      if (!isRefused && !earlier.isAccused) continue;
      const lateMs = Math.round((own.sentUs - earlier.sentUs) / 1000);
      const seen = `${names.text(own.client)} hung up for itself ${lateMs} ms later and met ${own.status}`;
      this.#disown(earlier, own.client, seen, nowUs);
    }
  }

  /**
   * The party hung up once more. Some do so for themselves (a lost 200, two legs in one program), so that
   * proves only what is odd for another reason, came from another host, or was followed by the party's media.
   */
  #disown(earlier: Deed, by: HostKey, seen: string, nowUs: number): void {
    const after = this.#mediaAfter(earlier);
    const isOdd = earlier.isAccused || earlier.client !== by || after === MediaAfter.WENT_ON;
    if (!isOdd && after === MediaAfter.STOPPED) return;
    const [what, expected] = ["end of the call", "one BYE of that party"];
    if (isOdd) earlier.prove(Sign.DISOWNED, what, expected, seen);
    else earlier.accuse(Sign.DISOWNED, what, expected, seen);
    if (earlier.isSettled) this.#raise(earlier, nowUs);
  }

  #settle(deed: Deed, nowUs: number): void {
    if (deed.isSettled) return;
    const isYoung = deed.acceptedUs > 0 && nowUs - deed.acceptedUs < AFTER_ANSWER_US;
    if (isYoung && nowUs - deed.sentUs < 2 * SETTLE_US) {
      this.#waiting.push(deed, nowUs);
      return;
    }
    deed.isSettled = true;
    this.#weighMedia(deed);
    if (deed.has(Sign.FOREIGN)) this.#weighStranger(deed, nowUs);
    deed.mediaMark = null;
    this.#raise(deed, nowUs);
    if (deed.kind !== DeedKind.BYE && deed.raised === 0) deed.call.dropDeed(deed);
  }

  /** What the alleged sender's media did after the request was accepted. */
  #weighMedia(deed: Deed): void {
    const { media } = this.#parts;
    const { call, mediaMark } = deed;
    if (mediaMark === null) return;
    const isBye = deed.kind === DeedKind.BYE;
    const { move } = deed;
    if (!isBye && move === null) return;
    if (isBye && call.dialogs.hasOtherLive(dialogOf(deed))) return;
    const since = media.since(call, deed.side, mediaMark, deed.acceptedUs);
    if (since.ms >= WENT_ON_MS && since.packets >= WENT_ON_PACKETS) {
      if (move !== null && media.isShared(call, move)) {
        deed.remark("new address", "", "has media of another call: both legs were to be joined");
        return;
      }
      deed.prove(
        Sign.MEDIA_WENT_ON,
        isBye ? "media of the party that hung up" : "media of the party that moved",
        isBye ? "silence after its BYE" : "from its new address only",
        `${since.endpoint} went on for ${since.ms} ms, ${since.packets} packets`,
      );
    } else if (
      move !== null &&
      deed.isAccused &&
      media.movedTo(call, deed.side, NO_HOST, MOVED_US)
    ) {
      deed.exonerate("media of that party", "moved to the new address and stopped at the old one");
    } else if (deed.isAccused) {
      deed.remark("media of the alleged sender", "", `${since.ms} ms after the answer: it stopped`);
    }
  }

  /** What speaks for a sender with an address that is no party's. */
  #weighStranger(deed: Deed, nowUs: number): void {
    const { media, names } = this.#parts;
    const { call, client, status } = deed;
    const neighbour = call.parties.neighbourOf(client, deed.way);
    if (neighbour !== NO_HOST) {
      deed.exonerate("network", `that of ${names.text(neighbour)}, behind the same router`);
    }
    if (call.parties.has(client)) {
      deed.exonerate("sender", "was accepted as a party meanwhile");
      deed.withdraw(Sign.UNKNOWN_HOST, "known by then");
    }
    if (this.#isBound(deed, nowUs)) {
      deed.exonerate("registration", `the user is registered from ${names.text(client)}`);
      deed.withdraw(Sign.UNKNOWN_HOST, "a registered address is known");
    }
    if (hasOwnCredentials(deed) && status >= 200 && status < 300) {
      deed.exonerate("credentials", "accepted by who had challenged the sender");
      deed.withdraw(Sign.UNKNOWN_HOST, "authenticated");
    }
    if (deed.kind !== DeedKind.MOVE && media.movedTo(call, deed.side, client, MOVED_US)) {
      deed.exonerate("media of that party", "had moved to that address before");
      deed.withdraw(Sign.UNKNOWN_HOST, "media comes from there");
    }
    if (this.#wasRepeatedWithCredentials(deed)) {
      deed.exonerate("the request", "was sent again with credentials, which were accepted");
      deed.withdraw(Sign.UNKNOWN_HOST, "authenticated");
    }
    if (deed.kind === DeedKind.MOVE && deed.move === null && deed.balance > 1) {
      deed.exonerate("media of that party", "stays where it was: a session timer");
    }
    const hasStopped = this.#mediaAfter(deed) === MediaAfter.STOPPED;
    if (hasStopped && deed.balance > 1) {
      deed.exonerate("media of that party", "stopped with the BYE, as who hangs up does");
    }
    if (!hasStopped) this.#weighCampaign(deed, nowUs);
  }

  /** One host in many calls of others: with two signs in each of them it is proven, with one it is a second sign. */
  #weighCampaign(deed: Deed, nowUs: number): void {
    const { kind, client, call } = deed;
    const endsCalls = kind === DeedKind.BYE || kind === DeedKind.CANCEL;
    if ((!endsCalls && kind !== DeedKind.REFER) || deed.balance < 1) return;
    const calls = this.#suspects.note(client, call.key, nowUs);
    const isGrave = endsCalls && deed.has(Sign.UNKNOWN_HOST) && deed.balance >= 2;
    const grave = isGrave ? this.#intruders.note(client, call.key, nowUs) : 0;
    const what = endsCalls
      ? "calls of others that the sender ended"
      : "calls of others that it used";
    if (grave >= CALLS_MANY) deed.prove(Sign.MANY_CALLS, what, "none", `${grave}`);
    else if (calls >= (endsCalls ? SUSPECT_CALLS_MANY : CALLS_MANY)) {
      deed.accuse(Sign.MANY_CALLS, what, "none", `${calls}`);
    }
  }

  /** What the media of the party did when its BYE had been accepted. */
  #mediaAfter(deed: Deed): MediaAfter {
    if (deed.kind !== DeedKind.BYE || !deed.wasTalking) return MediaAfter.UNSEEN;
    if (deed.has(Sign.MEDIA_WENT_ON)) return MediaAfter.WENT_ON;
    const { call, side, acceptedUs } = deed;
    const lastUs = this.#parts.media.lastHeardUs(call, side);
    return lastUs <= acceptedUs + STOPPED_US ? MediaAfter.STOPPED : MediaAfter.WENT_ON;
  }

  #wasRepeatedWithCredentials(deed: Deed): boolean {
    if (deed.status !== 401 && deed.status !== 407) return false;
    return deed.call.deeds.some(
      (later) =>
        later.client === deed.client &&
        later.cseq > deed.cseq &&
        hasOwnCredentials(later) &&
        later.acceptedUs > 0,
    );
  }

  /**
   * The sender's address is registered for the party in whose name it sent: for an address of record that
   * the INVITE named, or the one that the party's known address is registered for.
   */
  #isBound({ call, side, server, client }: Deed, nowUs: number): boolean {
    const { registrations } = this.#parts;
    const { users, parties } = call;
    const userKeys = users.of(side);
    for (const registrar of [server, ...parties.hosts()]) {
      for (const userKey of userKeys) {
        const bindings = registrations.of(registrar, userKey);
        const isBound = bindings.some(
          ({ aorKey, host, expiresUs }) =>
            host === client &&
            expiresUs >= nowUs &&
            (users.has(side, aorKey) ||
              bindings.some(
                (old) => old.aorKey === aorKey && old.host !== client && parties.has(old.host),
              )),
        );
        if (isBound) return true;
      }
    }
    return false;
  }

  #raise(deed: Deed, nowUs: number): void {
    const { events, names } = this.#parts;
    const { call } = deed;
    const isWorthIt = deed.signs !== 0 && deed.balance >= 1 && deed.balance > deed.raised;
    if (!isWorthIt) {
      if (deed.has(Sign.FOREIGN) && deed.acceptedUs > 0 && deed.balance < 1) this.#admit(deed);
      return;
    }
    if (deed.kind === DeedKind.BYE && deed.acceptedUs > 0) call.isDisputed = true;
    if (deed.subject === NO_SUBJECT) deed.subject = { ...call.subject, method: "BYE" };
    raiseDeed(deed, events, names, nowUs);
  }

  /** A party that moved: what it sends from there later is its own. */
  #admit({ call, client, kind, way }: Deed): void {
    if (kind === DeedKind.CANCEL || kind === DeedKind.ANSWER) return;
    call.parties.add(client, Rank.RETURNED, 0);
    call.parties.learnWay(client, way);
  }
}

/** With a nonce issued to the sender, and as the user that the party is: any customer has credentials of its own. */
function hasOwnCredentials({
  call,
  side,
  server,
  hasCredentials,
  digestAccountKey,
}: Deed): boolean {
  if (!hasCredentials) return false;
  if (call.users.has(side, digestAccountKey)) return true;
  return call.users.of(side).some((key) => combine53(key, server) === digestAccountKey);
}

/** Texts of the request as they are now: its transaction's row is used again before the verdict. */
export function textsOf(transaction: Transaction): Deed["subject"] {
  return {
    ...NO_SUBJECT,
    callId: transaction.callId,
    method: transaction.method,
    fromUser: transaction.fromUser,
    toUser: transaction.toUser,
    account: transaction.account,
    userAgent: transaction.userAgent,
  };
}

function transaction_({ methodId, cseq, startUs }: Transaction) {
  return { methodId, cseq, sentUs: startUs };
}

/** Without what the new session description names as well. */
function leftOnly({ sources }: MediaMark, { left }: MediaMove): MediaMark {
  return { sources: sources.filter(({ endpoint }) => left.includes(endpoint)) };
}

function kindOf(methodId: SipMethod): DeedKind | null {
  switch (methodId) {
    case SipMethod.BYE:
      return DeedKind.BYE;
    case SipMethod.INVITE:
    case SipMethod.UPDATE:
      return DeedKind.MOVE;
    case SipMethod.REFER:
      return DeedKind.REFER;
    case SipMethod.INFO:
    case SipMethod.NOTIFY:
    case SipMethod.MESSAGE:
      return DeedKind.OTHER;
    default:
      return null;
  }
}
