import { DelayQueue } from "../../base/delay-queue.ts";
import { hashText53 } from "../../base/hash.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SdpView } from "../../decode/sdp.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { CallDescriber } from "../calls/call-describer.ts";
import type { CallTable } from "../calls/call-table.ts";
import type { Call, CallSide } from "../calls/calls.ts";
import type { FlowTable } from "../flow.ts";
import type { MediaTracker } from "../media/media.ts";
import { MediaFormatLists } from "../media/media-formats.ts";
import type { CallCosts } from "../numbers/call-costs.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { CallNotes } from "./call-notes.ts";
import type { CallReceiver } from "./call-receiver.ts";
import type { CallReason } from "./call-record.ts";
import { CallRecordMaker } from "./call-record-maker.ts";
import { CallRecordRate } from "./call-record-rate.ts";
import { CallStreams } from "./call-streams.ts";

/** After its end a call may be disputed or tried again, and its last media is on the way. */
const SETTLE_US = 3_000_000;
/** A call that is up is told of again. */
const HOUR_US = 3_600_000_000;
/** RFC 3261 16.6: a phone may ring for three minutes, and says once a minute that it does (13.3.1.1). */
const RINGING_US = 180_000_000;
const SILENT_RINGING_US = 64_000_000;
/** Lifetime of a request on its way: 64 x T1 (RFC 3261 17.1.1.2). */
const PASSED_ON_US = 32_000_000;
/** A call whose end is disputed is over once its media is. */
const SILENT_MEDIA_US = 10_000_000;

export interface CallLogParts extends CallReceiver {
  readonly flows: FlowTable;
  readonly names: HostNames;
  readonly media: MediaTracker;
  readonly costs: CallCosts;
  /** Time of the pipeline, and the capture's own time of one. */
  readonly nowUs: () => number;
  readonly captureUs: (timeUs: number) => number;
}

/**
 * Writes down what calls were: a record when one is answered, each hour that it goes on, and when it is over.
 * Exists only while such records are wanted; a call's notes go with the call.
 */
export class CallLog {
  readonly #parts: CallLogParts;
  readonly #calls: CallTable;
  readonly #describer: CallDescriber;
  readonly #formats = new MediaFormatLists();
  readonly #streams: CallStreams;
  readonly #maker: CallRecordMaker;
  readonly #rate: CallRecordRate;
  readonly #settling: DelayQueue<Call>;
  readonly #hourly: DelayQueue<Call>;
  readonly #ringing: DelayQueue<Call>;
  #begun = 0;

  constructor(calls: CallTable, parts: CallLogParts) {
    const { costs, media, flows, names } = parts;
    this.#parts = parts;
    this.#calls = calls;
    this.#describer = new CallDescriber(names);
    this.#streams = new CallStreams(media, { flows, names, quality: media.measureQuality() });
    this.#maker = new CallRecordMaker(this.#streams, names, costs);
    this.#rate = new CallRecordRate(parts.attemptsMax, names);
    this.#settling = new DelayQueue(SETTLE_US, calls.capacity);
    this.#hourly = new DelayQueue(HOUR_US, calls.capacity);
    this.#ringing = new DelayQueue(RINGING_US, calls.capacity);
    media.onStreamEnd = (source) => this.#streams.ended(source);
  }

  isDue(nowUs: number): boolean {
    return (
      this.#settling.isDue(nowUs) ||
      this.#hourly.isDue(nowUs) ||
      this.#ringing.isDue(nowUs) ||
      this.#rate.dueUs <= nowUs
    );
  }

  advance(nowUs: number): void {
    if (this.#rate.dueUs <= nowUs) this.#countMinute(nowUs);
    for (;;) {
      const ringing = this.#ringing.takeDue(nowUs);
      const up = this.#hourly.takeDue(nowUs);
      const over = this.#settling.takeDue(nowUs);
      if (ringing !== undefined) this.#ringsOn(ringing, nowUs);
      if (up !== undefined) this.#isUp(up, nowUs);
      if (over !== undefined) this.#settle(over, nowUs);
      if (ringing === undefined && up === undefined && over === undefined) return;
    }
  }

  /** An INVITE of the caller outside a dialog: the call's first one, or the same again. */
  invited(
    call: Call,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const notes = this.#notesOf(call, packet);
    this.#describer.invite(notes, packet, message, keys, transaction);
    notes.code = 0;
    notes.endUs = 0;
    notes.why = null;
    notes.isClosed = false;
    this.#ringing.push(call, packet.timeUs);
  }

  /** A request inside a dialog that the capture did not see begin. */
  begunBefore(
    call: Call,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const notes = this.#notesOf(call, packet);
    notes.setupUs = 0;
    this.#describer.inDialog(notes, packet, message, keys, transaction);
    this.#hourly.push(call, packet.timeUs);
  }

  /** An answer to the caller's INVITE from who was asked. */
  answered(call: Call, packet: PacketView, message: SipMessageView): void {
    const { notes } = call;
    if (notes === null) return;
    const status = message.statusCode;
    this.#describer.answer(notes, message);
    if (status < 200) {
      if (notes.ringUs === 0 && status >= 180) notes.ringUs = packet.captureUs;
    } else if (status < 300) {
      if (notes.answerUs > 0) return;
      notes.answerUs = packet.captureUs;
      notes.endUs = 0;
      this.#hourly.push(call, packet.timeUs);
      this.#write(call, notes, "answer", packet.timeUs);
    } else if (notes.answerUs === 0 && !call.isLive) {
      notes.endUs = packet.captureUs;
      notes.why = notes.isCancelled ? "cancel" : "rejected";
      this.#settling.push(call, packet.timeUs);
    }
  }

  /** A 2xx to another hop of the INVITE: the caller may get it on a way that is not seen. */
  answeredLater(call: Call, captureUs: number): void {
    if (call.notes !== null && call.notes.laterAnswerUs === 0) call.notes.laterAnswerUs = captureUs;
  }

  /** The caller acknowledged an answer (RFC 3261 13.2.2.4): it got the one that was seen elsewhere only. */
  acknowledged(call: Call, nowUs: number): void {
    const { notes } = call;
    if (notes === null || notes.answerUs > 0 || notes.laterAnswerUs === 0 || notes.code > 0) return;
    notes.answerUs = notes.laterAnswerUs;
    this.#hourly.push(call, nowUs);
    this.#write(call, notes, "answer", nowUs);
  }

  /** A session description of that side, before the call lays claim to what it names. */
  described(call: Call, side: CallSide, sdp: SdpView, message: SipMessageView): void {
    const { notes } = call;
    if (notes === null) return;
    const formats = this.#formats.of(sdp, message.bytes);
    if (formats !== null) notes.formats = formats;
    this.#streams.noteBases(call, sdp, notes);
    if (!message.isRequest || notes.answerUs === 0) return;
    const audio = sdp.media.find(({ isRtp, port }, i) => i < sdp.mediaCount && isRtp && port > 0);
    if (audio === undefined) return;
    const isSilent = audio.direction === "sendonly" || audio.direction === "inactive";
    // RFC 3264 8.4; before it, RFC 2543 B.5, phones asked for silence with an address that is none.
    notes.hold(side, isSilent || audio.host === 0, this.#parts.captureUs(this.#parts.nowUs()));
  }

  cancelled(call: Call): void {
    if (call.notes !== null && call.answeredUs === 0) call.notes.isCancelled = true;
  }

  /** A party hangs up. */
  hangsUp(call: Call, side: CallSide, captureUs: number): void {
    const { notes } = call;
    if (notes === null || (notes.endUs > 0 && !call.isDisputed)) return;
    // A proxy passes it on: the first hop is when the party hung up.
    const isPassedOn = notes.bySide === side && captureUs - notes.byeUs < PASSED_ON_US;
    if (isPassedOn) return;
    notes.byeUs = captureUs;
    notes.bySide = side;
  }

  /** One dialog of a forked INVITE is over, and another one goes on: that BYE was not the call's end. */
  forkHungUp({ notes }: Call): void {
    if (notes !== null && !notes.isClosed) notes.byeUs = 0;
  }

  /** The last dialog is over: a BYE was accepted. `isOwn`: one of a party, after another one was disputed. */
  hungUp(call: Call, nowUs: number, isOwn = false): void {
    const { notes } = call;
    if (notes === null || notes.isClosed) return;
    // Whose BYE is not believed has no time of its own.
    notes.endUs = notes.byeUs > 0 ? notes.byeUs : this.#parts.captureUs(nowUs);
    notes.why = "bye";
    notes.isEndOwn ||= isOwn;
    this.#settling.push(call, nowUs);
  }

  /** An alert is about a call with that Call-ID. */
  alerted(callId: string, alertId: string): void {
    if (callId === "") return;
    const callKey = hashText53(callId);
    for (let call = this.#calls.first(callKey); call !== null; call = call.previous) {
      if (!call.notes?.isClosed) call.notes?.addAlert(alertId);
    }
  }

  /** The call is about to be forgotten. */
  removed(call: Call, nowUs: number): void {
    const { notes } = call;
    if (notes === null || notes.isClosed) return;
    this.#close(call, notes, this.#calls.isOver(call, nowUs) ? "silence" : "forgotten", nowUs);
  }

  /** The run is over: what is left is told of as it is. */
  finish(nowUs: number): void {
    const open = [...this.#calls.all()].filter(({ notes }) => notes !== null && !notes.isClosed);
    open.sort((a, b) => (a.notes?.ordinal ?? 0) - (b.notes?.ordinal ?? 0));
    for (const call of open) {
      if (call.notes !== null) this.#close(call, call.notes, "end_of_run", nowUs);
    }
    this.#countMinute(nowUs);
  }

  #notesOf(call: Call, packet: PacketView): CallNotes {
    call.notes ??= new CallNotes(this.#begun++);
    if (call.notes.setupUs === 0) call.notes.setupUs = packet.captureUs;
    return call.notes;
  }

  #ringsOn(call: Call, nowUs: number): void {
    const { notes } = call;
    if (notes === null || notes.isClosed || notes.answerUs > 0 || notes.why !== null) return;
    if (nowUs - call.lastUs < SILENT_RINGING_US) this.#ringing.push(call, nowUs);
    else this.#close(call, notes, "no_answer", nowUs);
  }

  #isUp(call: Call, nowUs: number): void {
    const { notes } = call;
    if (notes === null || notes.isClosed || !call.isLive) return;
    this.#write(call, notes, "hour", nowUs);
    this.#hourly.push(call, nowUs);
  }

  #settle(call: Call, nowUs: number): void {
    const { notes } = call;
    // Tried again, or answered after all.
    if (notes === null || notes.isClosed || notes.why === null || call.isLive) return;
    if (call.isDisputed && !notes.isEndOwn && notes.why === "bye") {
      const mediaUs = this.#streams.lastUs(call);
      if (nowUs - mediaUs < SILENT_MEDIA_US) {
        this.#settling.push(call, nowUs);
        return;
      }
      notes.why = "disputed";
      notes.endUs = Math.max(notes.endUs, this.#parts.captureUs(mediaUs));
    }
    this.#close(call, notes, notes.why, nowUs);
  }

  /** Writes the last record of the call. */
  #close(call: Call, notes: CallNotes, why: CallReason, nowUs: number): void {
    notes.isClosed = true;
    let reason = notes.why ?? why;
    if (notes.why === null && notes.byeUs > 0) {
      notes.endUs = notes.byeUs;
      reason = "bye_unanswered";
    } else if (reason === "silence" && notes.answerUs > 0) {
      notes.endUs = this.#parts.captureUs(Math.max(call.lastUs, this.#streams.lastUs(call)));
    }
    this.#write(call, notes, reason, nowUs);
  }

  #write(call: Call, notes: CallNotes, why: CallReason, nowUs: number): void {
    const wasAnswered = notes.answerUs > 0;
    if (!this.#rate.take(call.client, wasAnswered, nowUs)) return;
    this.#parts.onCall(this.#maker.of(call, notes, why, this.#parts.captureUs(nowUs)));
  }

  #countMinute(nowUs: number): void {
    const record = this.#rate.close(this.#parts.captureUs(nowUs));
    if (record !== null) this.#parts.onCount(record);
  }
}
