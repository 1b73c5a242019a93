import type { CallSide } from "../calls/calls.ts";
import type { CallCost } from "../numbers/call-costs.ts";
import type { RecordHeader } from "../record-header.ts";

/** How far a call had come when its record was written. */
export type CallState =
  /** Tried, and no final answer so far, or one that nobody saw. */
  | "unanswered"
  /** The other end refused, or nothing was there. */
  | "failed"
  /** The caller gave up before an answer (487). */
  | "cancelled"
  /** Just answered. */
  | "answered"
  /** Up for another hour, or still up when the run ended. */
  | "ongoing"
  | "ended";

/** What closed the record, or let it be written while the call went on. */
export type CallReason =
  | "answer"
  | "hour"
  | "bye"
  /** A party hung up, and the other end's answer was not seen. */
  | "bye_unanswered"
  /** A BYE was accepted that a party disowned; the end is where media fell silent. */
  | "disputed"
  | "rejected"
  | "cancel"
  | "no_answer"
  /** Nothing was heard of it for `track.callIdleMs`. */
  | "silence"
  /** The table was full and stronger claims needed the room. */
  | "forgotten"
  | "end_of_run";

/** One end of a call. Texts are as written in SIP, "" when unknown. */
export interface CallParty {
  readonly ip: string;
  readonly port: number;
  readonly user: string;
  /** Request-URI that later requests of the dialog go to (RFC 3261 8.1.1.8). */
  readonly contact: string;
  /** User-Agent or Server. */
  readonly agent: string;
}

/** One direction of media of a call: one RTP source (RFC 3550). */
export interface CallStream {
  readonly side: CallSide;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  /** Unsigned. */
  readonly ssrc: number;
  readonly payloadType: number;
  /** Name as in SDP; "" when no description of the call names the payload type. */
  readonly codec: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly packets: number;
  /** Expected less received (RFC 3550 A.3); negative with duplicates. */
  readonly lost: number;
  /** RFC 3550 6.4.1, at the end of the stream; null when the clock rate is not known. */
  readonly jitterMs: number | null;
  /** ITU-T G.107; null when there is none for the codec. */
  readonly mos: number | null;
}

/** What became of a call so far; its end when `state` is none of `answered` and `ongoing`. */
export interface CallRecord extends RecordHeader {
  readonly callId: string;
  readonly state: CallState;
  readonly why: CallReason;
  /** Who is served and charged: the digest's user, else the caller's, at the server that was asked. */
  readonly account: string;
  readonly caller: CallParty;
  readonly callee: CallParty;
  /** User of the Request-URI as the caller sent it. */
  readonly dialled: string;
  /** User of P-Asserted-Identity (RFC 3325); "" without. */
  readonly assertedUser: string;
  /** When the INVITE was sent first, it rang, was answered, ended; microseconds since 1970, 0 when that was not seen. */
  readonly setupUs: number;
  readonly ringUs: number;
  readonly answerUs: number;
  readonly endUs: number;
  /** From the answer to the end, or to now; 0 of what was not answered. */
  readonly durationUs: number;
  /** Final code of the INVITE, 0 before; with its reason phrase. */
  readonly code: number;
  readonly reason: string;
  readonly hungUpBy: "caller" | "callee" | "";
  /** Codecs of the last descriptions, as SDP names them. */
  readonly codecs: readonly string[];
  readonly encryption: "none" | "sdes" | "dtls" | "";
  /** How often, and how long in all, a side had put the other one on hold. */
  readonly holds: number;
  readonly holdUs: number;
  readonly streams: readonly CallStream[];
  /** The worst mean opinion score that a capture agent gave with its reports (HEP); 0 without one. */
  readonly agentMos: number;
  readonly alertIds: readonly string[];
  /** By the operator's rate deck, up to the record's time; null without one, of what was not answered, and just after the answer. */
  readonly cost: CallCost | null;
  /** Its beginning was before the capture's. */
  readonly isPartial: boolean;
}

/** Calls of one minute that are too many to be written one by one. */
export interface CallCountRecord {
  /** End of the minute, packet time. */
  readonly timeUs: number;
  readonly startUs: number;
  readonly unanswered: number;
  readonly answered: number;
  /** Who sent most of them: address and how many. */
  readonly sources: readonly { readonly ip: string; readonly calls: number }[];
}
