import { DelayQueue } from "../../base/delay-queue.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { CallMedia } from "../calls/call-media.ts";
import { withTexts } from "../calls/call-subject.ts";
import type { Call } from "../calls/calls.ts";
import { type EventList, type EventSubject, NO_SUBJECT } from "../facts/event.ts";
import type { SeenPacket } from "../facts/packet-origin.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { AckDeeds } from "./ack-deeds.ts";
import { AfterBye } from "./after-bye.ts";
import { answerMarkOf } from "./answer-mark.ts";
import { ByeAnswers } from "./bye-answers.ts";
import { CutCalls } from "./cut-calls.ts";
import { type Deed, DeedKind, type MediaMove, Sign } from "./deed.ts";
import { DeedDefence } from "./deed-defence.ts";
import { raiseDeed } from "./deed-facts.ts";
import { DeedMedia } from "./deed-media.ts";
import {
  answerDeed,
  cancelDeed,
  deedKindOf,
  deedOf,
  isAnswered,
  isCopy,
  requestDeed,
  settled,
} from "./deed-requests.ts";
import { DeedSigns } from "./deed-signs.ts";
import { DisownedByes } from "./disowned-byes.ts";

/** Deeds that wait, for each call that there may be. */
const WAITING_PER_CALL = 2;
/** A deed is judged this long after it: by then it is answered, and media has stopped or gone on. */
const SETTLE_US = 2_500_000;
/** So long nothing was seen before the verdict: the clock was set, or the mirror was blind. What follows is waited for once. */
const GAP_US = 60_000_000;
/** An answer that came late: the media after it is looked at once more. */
const AFTER_ANSWER_US = 1_500_000;

/** What a request in a call says, compared with what is known of that call. */
export interface RequestFindings {
  readonly isMatching: boolean;
  readonly move: MediaMove | null;
  readonly silenced: readonly MediaEndpoint[];
}

export interface TeardownParts {
  readonly hosts: HostTable;
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
  /** The call goes on although a BYE was accepted. */
  onDisputed: (call: Call, nowUs: number) => void = () => {};
  readonly #parts: TeardownParts;
  readonly #waiting: DelayQueue<Deed>;
  readonly #signs: DeedSigns;
  readonly #media: DeedMedia;
  readonly #defence: DeedDefence;
  readonly #disowned: DisownedByes;
  readonly #afterBye: AfterBye;
  readonly #byeAnswers: ByeAnswers;
  /** ACKs with a session description. */
  readonly acks: AckDeeds;
  readonly #cut: CutCalls;

  constructor(parts: TeardownParts, callsMax: number) {
    this.#parts = parts;
    this.#waiting = new DelayQueue(SETTLE_US, WAITING_PER_CALL * callsMax);
    this.#signs = new DeedSigns(parts);
    this.#media = new DeedMedia(parts.media);
    this.#afterBye = new AfterBye(parts);
    this.#byeAnswers = new ByeAnswers(parts);
    this.acks = new AckDeeds(this.#signs, (deed) => this.#wait(deed));
    this.#cut = new CutCalls(parts, this.#raise.bind(this));
    this.#defence = new DeedDefence({ ...parts, deedMedia: this.#media, cut: this.#cut });
    this.#disowned = new DisownedByes(parts.names, this.#media, this.#raise.bind(this));
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs) || this.#afterBye.isDue(nowUs);
  }

  advance(nowUs: number): void {
    while (!this.#parts.events.isHalfFull) {
      const due = this.#waiting.takeDue(nowUs);
      if (due === undefined) break;
      this.#settle(due, nowUs);
    }
    this.#afterBye.advance(nowUs);
  }

  /** A request inside a dialog; `isMatching`: both its tags are those of one dialog of the call. */
  request(
    packet: PacketView,
    keys: MessageKeys,
    transaction: Transaction,
    call: Call,
    { isMatching, move, silenced }: RequestFindings,
  ): Deed | null {
    const kind = deedKindOf(transaction.methodId);
    if (kind === null || (!call.isLive && !call.isDisputed && kind !== DeedKind.BYE)) return null;
    if (isCopy(call, keys, transaction)) return null;
    const deed = requestDeed(kind, packet, keys, transaction, call);
    if (kind === DeedKind.MOVE) {
      deed.move = move;
      deed.silenced = silenced;
    }
    this.#signs.ofRequest(deed, keys, isMatching);
    this.#cut.listen(deed, packet.timeUs);
    const isMove = deed.move !== null && (call.answeredUs > 0 || call.isPartial);
    if (kind !== DeedKind.BYE && !deed.isAccused && !isMove) {
      if (call.isPartial) settled(deed);
      return deed;
    }
    if (!call.isLive && !deed.call.isDisputed) {
      // A BYE for what has ended already: it only tells that an earlier one was not its sender's.
      settled(deed);
      return deed;
    }
    if (kind === DeedKind.BYE && deed.isAccused) this.#media.sent(deed);
    if (kind === DeedKind.BYE && call.rank === Rank.SEEN) this.#media.unanswered(deed);
    this.#wait(deed);
    return deed;
  }

  /** Its sender is no party by address, and is registered for one. */
  isRegistered(deed: Deed): boolean {
    return this.#defence.isRegistered(deed, deed.sentUs);
  }

  /** CANCEL repeats the INVITE's branch and comes from the INVITE's sender (RFC 3261 9.1). */
  cancel(
    packet: PacketView,
    keys: MessageKeys,
    request: { cseq: number; subject: EventSubject; keep: () => SeenPacket },
    call: Call,
    isItsBranch: boolean,
  ): void {
    const deed = cancelDeed(packet, keys, request, call);
    this.#signs.ofCancel(deed, isItsBranch);
    if (!deed.isAccused) return;
    deed.origin = request.keep();
    this.#wait(deed);
  }

  /** An answer to an INVITE, or to a request in a call, from a host that was not asked. */
  foreignAnswer(
    packet: PacketView,
    transaction: Transaction,
    answer: { status: number; mark: number; keep: () => SeenPacket },
    call: Call,
  ): void {
    const known = call.deeds.find(
      ({ kind, client }) => kind === DeedKind.ANSWER && client === packet.srcHost,
    );
    if (known !== undefined) return;
    const deed = answerDeed(packet, transaction, answer.status, call);
    deed.origin = answer.keep();
    deed.answerMark = answer.mark;
    this.#signs.ofAnswer(deed, transaction.server);
    this.#wait(deed);
  }

  /** Who was asked answered for itself: then the other answer was not its own, unless it is this one before a NAT. */
  answered(call: Call, message: SipMessageView, nowUs: number): void {
    for (const deed of call.deeds) {
      if (deed.kind !== DeedKind.ANSWER || deed.has(Sign.CONTRADICTED)) continue;
      if (!isAnswered(deed, message)) continue;
      // Nobody else knows its tag beforehand. Another answer of that host is weighed all the same.
      if (!deed.isSettled && deed.answerMark === answerMarkOf(message)) {
        deed.isSettled = true;
        call.dropDeed(deed);
        continue;
      }
      deed.accuse(
        Sign.CONTRADICTED,
        "answer of the host that was asked",
        "none beside it",
        "it answered for itself",
      );
      // A phone may ring on for long before its owner picks up.
      if (deed.isSettled) this.#raise(deed, nowUs);
    }
  }

  /** 2xx to a BYE from a host that was not asked: of itself no more than another node of the side that was. */
  byeAnsweredBy(
    packet: PacketView,
    transaction: Transaction,
    keys: MessageKeys,
    answer: { status: number; keep: () => SeenPacket },
    call: Call,
  ): void {
    const deed = deedOf(call, transaction, keys);
    if (deed !== null) this.#byeAnswers.foreign(packet, transaction, answer, deed);
  }

  /** The final answer to a request in a call, from who was asked. */
  final(
    call: Call,
    transaction: Transaction,
    keys: MessageKeys,
    packet: PacketView,
    status: number,
  ): Deed | null {
    const { timeUs: nowUs, place } = packet;
    const deed = deedOf(call, transaction, keys);
    if (deed === null || !deed.isDecidedBy(status)) return null;
    deed.status = status;
    if (deed.origin !== null) {
      deed.origin.answerStatus = status;
      deed.origin.answerPlace = place;
    }
    if (status < 300) {
      deed.acceptedUs = nowUs;
      this.#media.accepted(deed, nowUs);
      this.#byeAnswers.accepted(packet, transaction, deed);
    }
    if (deed.kind === DeedKind.BYE) this.#disowned.compare(deed, nowUs);
    return deed;
  }

  /** 481 to a BYE of a party that was not seen, from who took an earlier BYE in its name. */
  strayRefusal(call: Call, packet: PacketView, keys: MessageKeys): void {
    this.#disowned.strayRefusal(call, packet, keys);
  }

  #wait(deed: Deed): void {
    if (!deed.call.addDeed(deed)) return;
    this.#signs.watchWay(deed);
    this.#waiting.push(deed, deed.sentUs);
  }

  #settle(deed: Deed, nowUs: number): void {
    if (deed.isSettled) return;
    const isYoung = deed.acceptedUs > 0 && nowUs - deed.acceptedUs < AFTER_ANSWER_US;
    if ((isYoung && nowUs - deed.sentUs < 2 * SETTLE_US) || this.#cut.isOpen(deed, nowUs)) {
      this.#waiting.push(deed, nowUs);
      return;
    }
    if (nowUs - deed.sentUs > SETTLE_US + GAP_US && !deed.isPutOff) {
      deed.isPutOff = true;
      this.#waiting.push(deed, nowUs);
      return;
    }
    deed.isSettled = true;
    this.#signs.settleWay(deed);
    this.#cut.weigh(deed);
    if (!deed.has(Sign.MEDIA_WENT_ON)) this.#media.weigh(deed);
    const answer = this.#byeAnswers.weigh(deed);
    if (answer !== null) this.#raise(answer, nowUs);
    else this.#afterBye.consider(deed, nowUs);
    if (deed.has(Sign.FOREIGN)) this.#defence.weigh(deed, nowUs);
    this.#cut.weighTalk(deed);
    deed.mediaMark = null;
    this.#raise(deed, nowUs);
    const mayBeDisowned = deed.kind === DeedKind.BYE || deed.call.isPartial;
    if (!mayBeDisowned && deed.raised === 0) deed.call.dropDeed(deed);
  }

  #raise(deed: Deed, nowUs: number): void {
    const { events, names } = this.#parts;
    const isWorthIt = deed.signs !== 0 && deed.balance >= 1 && deed.balance > deed.raised;
    if (!isWorthIt) {
      if (deed.has(Sign.FOREIGN) && deed.acceptedUs > 0 && deed.balance < 1) this.#admit(deed);
      return;
    }
    if (deed.kind === DeedKind.BYE && deed.acceptedUs > 0 && !deed.call.isDisputed)
      this.onDisputed(deed.call, nowUs);
    if (deed.subject === NO_SUBJECT) deed.subject = withTexts(deed.call.subject, "BYE", "");
    raiseDeed(deed, events, names, nowUs);
  }

  /** A party that moved: what it sends from there later is its own. */
  #admit({ call, client, kind, way }: Deed): void {
    if (kind === DeedKind.CANCEL || kind === DeedKind.ANSWER) return;
    call.parties.add(client, Rank.RETURNED, 0);
    call.parties.learnWay(client, way);
  }
}
