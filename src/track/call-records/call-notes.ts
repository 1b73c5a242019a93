import type { PacketPlace } from "../../capture/packet-place.ts";
import type { CallSide } from "../calls/calls.ts";
import type { MediaFormats } from "../media/media-formats.ts";
import type { CallReason, CallStream } from "./call-record.ts";

/** Alerts that are named in a call's record: one call can raise a handful. */
const ALERTS_MAX = 16;

/** A source that ran at an address before the call came to it: what it sent until then is another call's. */
export interface StreamBase {
  readonly ref: number;
  readonly received: number;
  readonly expected: number;
}

const NO_BASES: readonly StreamBase[] = [];
const NO_STREAMS: readonly CallStream[] = [];
const NO_ALERTS: readonly string[] = [];

/** What is written down of a call for its record; kept only while call records are wanted. */
export class CallNotes {
  /** Orders calls that are closed at the same time. */
  readonly ordinal: number;
  /** `PackedTexts` of the caller's INVITE: seven strings of their own would take three times as much. */
  texts = "";
  calleeContact = "";
  /** Of both ends; the same strings for all phones of a model. */
  callerAgent = "";
  calleeAgent = "";
  callerPort = 0;
  calleePort = 0;
  /** Of the INVITE that was seen first. */
  ipProtocol = 0;
  vlan = -1;
  innerVlan = -1;
  flowStartUs = 0;
  /** EVE `flow_id`; -1 until it is asked for. */
  flowId = -1;
  place: PacketPlace = 0;
  /** Times that people read, microseconds since 1970; 0 when it was not seen. */
  setupUs = 0.5;
  ringUs = 0.5;
  answerUs = 0.5;
  endUs = 0.5;
  /** A 2xx was seen on a later hop, and not where the caller would get it. */
  laterAnswerUs = 0;
  /** Final code of the INVITE; 0 before. */
  code = 0;
  reason = "";
  isCancelled = false;
  /** The last BYE that was believed: when, and of which side. */
  byeUs = 0.5;
  bySide: CallSide | null = null;
  /** A party hung up for itself after a BYE in its name. */
  isEndOwn = false;
  /** What the call was ended by; null while it is up. */
  why: CallReason | null = null;
  /** Its last record has been written. */
  isClosed = false;
  formats: MediaFormats | null = null;
  /** A bit for each side that has put the other one on hold. */
  holding = 0;
  holds = 0;
  holdUs = 0.5;
  holdSinceUs = 0.5;
  /** The lowest score that a capture agent gave (HEP); 0 without one. */
  agentMos = 0.5;
  /** Of sources that were forgotten while the call went on. */
  streams: readonly CallStream[] = NO_STREAMS;
  bases: readonly StreamBase[] = NO_BASES;
  alertIds: readonly string[] = NO_ALERTS;

  constructor(ordinal: number) {
    this.ordinal = ordinal;
    // Fields that hold fractions from the start are never given another form when times come.
    this.setupUs = 0;
    this.ringUs = 0;
    this.answerUs = 0;
    this.endUs = 0;
    this.byeUs = 0;
    this.holdUs = 0;
    this.holdSinceUs = 0;
    this.agentMos = 0;
  }

  addScore(mos: number): void {
    this.agentMos = this.agentMos === 0 ? mos : Math.min(this.agentMos, mos);
  }

  addAlert(alertId: string): void {
    if (this.alertIds.length < ALERTS_MAX && !this.alertIds.includes(alertId)) {
      this.alertIds = this.alertIds.concat(alertId);
    }
  }

  addBase(base: StreamBase): void {
    if (this.bases.some(({ ref }) => ref === base.ref)) return;
    this.bases = this.bases.concat(base);
  }

  /** The side's description asks the other one to be silent (RFC 3264 8.4), or no longer. */
  hold(side: CallSide, isHolding: boolean, nowUs: number): void {
    const before = this.holding;
    this.holding = isHolding ? before | (1 << side) : before & ~(1 << side);
    if (before === 0 && this.holding !== 0) {
      this.holds++;
      this.holdSinceUs = nowUs;
    } else if (before !== 0 && this.holding === 0) {
      this.holdUs += Math.max(0, nowUs - this.holdSinceUs);
    }
  }

  /** Time on hold until then. */
  heldUs(nowUs: number): number {
    return this.holdUs + (this.holding === 0 ? 0 : Math.max(0, nowUs - this.holdSinceUs));
  }
}
