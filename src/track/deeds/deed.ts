import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { NO_TWINS } from "../../decode/mac-twins.ts";
import type { SipMethod } from "../../decode/sip/methods.ts";
import type { DialogRow } from "../calls/call-dialogs.ts";
import type { Incumbent } from "../calls/call-media.ts";
import type { Way } from "../calls/call-parties.ts";
import type { Call, CallSide } from "../calls/calls.ts";
import { type Contradiction, type EventSubject, NO_SUBJECT } from "../facts/event.ts";
import type { SeenPacket } from "../facts/packet-origin.ts";
import type { WayWatch } from "../hosts/hosts.ts";
import { PROOF } from "../hosts/standing.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import type { MediaMark } from "../media/media-marks.ts";
import type { Talk } from "../rtp/host-talks.ts";

const NO_ENDPOINTS: readonly MediaEndpoint[] = [];
const NO_EVIDENCE: readonly Contradiction[] = [];

/** What a request inside a call does, as far as rules tell it apart. */
export const DeedKind = {
  /** BYE: ends a dialog. */
  BYE: 0,
  /** CANCEL: ends a pending INVITE. */
  CANCEL: 1,
  /** re-INVITE, UPDATE, an ACK with a session description: may move media. */
  MOVE: 2,
  /** REFER: makes the other end call somebody. */
  REFER: 3,
  /** INFO, NOTIFY, MESSAGE, PRACK, SUBSCRIBE, OPTIONS, PUBLISH. */
  OTHER: 4,
  /** An answer to an INVITE, or to a request in a call. */
  ANSWER: 5,
} as const;
export type DeedKind = (typeof DeedKind)[keyof typeof DeedKind];

/** What is odd about a deed; each is counted once. */
export const Sign = {
  FOREIGN: 1,
  UNKNOWN_HOST: 2,
  TAGS: 4,
  OTHER_WAY: 8,
  CSEQ: 16,
  NO_COOKIE: 32,
  BRANCH: 64,
  MANY_CALLS: 128,
  MEDIA_WENT_ON: 256,
  DISOWNED: 512,
  CONTRADICTED: 1024,
  /** Another MAC and another TTL while the host goes on by its own way: no router that failed. */
  BESIDE: 2048,
} as const;

/** Audio of one side is announced at another address than before. */
export interface MediaMove {
  readonly host: HostKey;
  readonly port: number;
  /** Addresses of the side that the new description does not name any more. */
  readonly left: readonly MediaEndpoint[];
}

/** Signs that healthy phones show too; they count beside another one only. */
const WEAK = Sign.CSEQ | Sign.NO_COOKIE | Sign.BRANCH;

/**
 * One request in a call and everything that speaks for and against its sender. `balance` is what rules
 * judge: each sign that accuses counts 1, each that exonerates takes 1 away, a proof counts `PROOF`.
 */
export class Deed {
  readonly kind: DeedKind;
  readonly call: Call;
  readonly methodId: SipMethod;
  readonly cseq: number;
  readonly sentUs: number;
  /** Side in whose name it was sent. */
  side: CallSide = 0;
  /** Tag of its sender, and the callee's tag of the dialog that it names, by key. */
  fromTagKey = 0;
  dialogTagKey = 0;
  client: HostKey = NO_HOST;
  clientPort = 0;
  server: HostKey = NO_HOST;
  serverPort = 0;
  hopKey = 0;
  way: Way = { mac: -1, ttl: 0, twins: NO_TWINS };
  /** With a nonce that who is asked had issued to this very client. */
  hasCredentials = false;
  /** Where its session description moves the party's audio to; null when it stays or none is named. */
  move: MediaMove | null = null;
  /** Addresses of the party from which nothing comes any more, as its new session description says. */
  silenced: readonly MediaEndpoint[] = NO_ENDPOINTS;
  /** The party's media went where `move` says, and fell silent where it had been. */
  hasMovedMedia = false;
  /** The party's media ran when the request was accepted. */
  wasTalking = false;
  /** `accountKeyOf` its digest; 0 without credentials. */
  digestAccountKey = 0;
  /** In a call that was up before the sensor: who else spoke there when media was moved. */
  incumbent: Incumbent | null = null;
  /** Of a BYE in such a call: with whom alone who was asked had media both ways; null where that is not known. */
  talk: Talk | null = null;
  /** Final status of who was asked; 0 before. */
  status = 0;
  acceptedUs = 0;
  /** Whether its alleged sender goes on by its own way; null where that tells nothing. */
  watch: WayWatch | null = null;
  /** Packets sent by its alleged sender's media endpoints when it was accepted. */
  mediaMark: MediaMark | null = null;
  /** Of an answer: `answerMarkOf`. */
  answerMark = 0;
  accusing = 0;
  exonerating = 0;
  /** Of a BYE: its answer, where that may be somebody else's; null where nothing is odd about it. */
  oddAnswer: Deed | null = null;
  /** Bits of `Sign`. */
  signs = 0;
  isSettled = false;
  /** A gap without packets lay before its verdict. */
  isPutOff = false;
  /** Balance with which it became a fact; 0 when it did not. */
  raised = 0;
  evidence: readonly Contradiction[] = NO_EVIDENCE;
  subject: EventSubject = NO_SUBJECT;
  /** The packet with the request, or the answer; null until it is suspected of something. */
  origin: SeenPacket | null = null;

  constructor(
    kind: DeedKind,
    call: Call,
    request: { methodId: SipMethod; cseq: number; sentUs: number },
  ) {
    this.kind = kind;
    this.call = call;
    this.methodId = request.methodId;
    this.cseq = request.cseq;
    this.sentUs = request.sentUs;
  }

  /** Below 1 when nothing is left of the accusation. */
  get balance(): number {
    return this.accusing - this.exonerating;
  }

  /**
   * That final answer of who was asked counts: the first one, or that it took the request after all. A refusal ahead of it is not its
   * own, since a request has one final answer (RFC 3261 17.2.2): forging it costs whoever forged the request a packet more.
   */
  isDecidedBy(status: number): boolean {
    return this.status < 200 || (this.status >= 300 && status < 300);
  }

  has(sign: number): boolean {
    return (this.signs & sign) !== 0;
  }

  /** Signs of which one alone is worth a look. */
  get isAccused(): boolean {
    return (this.signs & ~WEAK) !== 0;
  }

  accuse(sign: number, what: string, expected: string, seen: string, weight = 1): void {
    if (this.has(sign)) return;
    this.signs |= sign;
    this.accusing += weight;
    this.#note(what, expected, seen);
  }

  prove(sign: number, what: string, expected: string, seen: string): void {
    if (this.has(sign)) return;
    this.signs |= sign;
    this.accusing += PROOF;
    this.#note(what, expected, seen);
  }

  exonerate(what: string, seen: string): void {
    this.exonerating++;
    this.#note(what, "", seen);
  }

  /** Something that counts neither way, and that an analyst wants to know. */
  remark(what: string, expected: string, seen: string): void {
    this.#note(what, expected, seen);
  }

  /** The sign turned out to have a healthy reason. */
  withdraw(sign: number, seen: string): void {
    if (!this.has(sign)) return;
    this.signs &= ~sign;
    this.accusing--;
    this.#note("for the sender", "", seen);
  }

  #note(what: string, expected: string, seen: string): void {
    this.evidence = this.evidence.concat({ what, expected, seen });
  }
}

/** Row of the dialog that the deed names; -1 when it names none, or it was forgotten. */
export function dialogOf(deed: Deed): DialogRow {
  return deed.call.dialogs.findDialog(deed.dialogTagKey);
}
