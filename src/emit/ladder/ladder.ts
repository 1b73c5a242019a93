import type { PacketPlace } from "../../capture/packet-place.ts";
import type { CallStream } from "../../track/call-records/call-record.ts";

/** Why a message stands out: the alert that names it. */
export interface LadderMark {
  readonly alertId: string;
  readonly sid: number;
  readonly severity: number;
  readonly message: string;
}

/** One SIP message of a ladder. Texts are from the packet, as bytes (latin1): clean them before they are shown. */
export interface LadderMessage {
  readonly kind: "sip";
  /** From 1, in the order of the ladder. */
  readonly number: number;
  readonly timeUs: number;
  /** Columns of sender and receiver. */
  readonly from: number;
  readonly to: number;
  readonly callId: string;
  /** Method, or status code with reason phrase. */
  readonly label: string;
  readonly isRequest: boolean;
  /** Of a response; 0 of a request. */
  readonly code: number;
  /** `1 INVITE` */
  readonly cseq: string;
  readonly hasSdp: boolean;
  /** The same message on the same hop before. */
  readonly isRepeated: boolean;
  readonly place: PacketPlace;
  readonly marks: readonly LadderMark[];
  /** The whole message; "" where texts are not kept. */
  readonly text: string;
}

/** A run of media packets, drawn where it begins. */
export interface LadderMedia {
  readonly kind: "rtp" | "rtcp";
  readonly timeUs: number;
  readonly endUs: number;
  readonly from: number;
  readonly to: number;
  readonly srcPort: number;
  readonly destPort: number;
  readonly packets: number;
  /** What the call's record says of it; null of RTCP. */
  readonly stream: CallStream | null;
  readonly marks: readonly LadderMark[];
}

export type LadderRow = LadderMessage | LadderMedia;

/** The messages and media of one call, all its legs, in order: what is drawn as text, or as a picture. */
export interface Ladder {
  /** Call-IDs of its legs, the one that was asked for first. */
  readonly callIds: readonly string[];
  /** Addresses of the columns, in the order in which they appear. */
  readonly ends: readonly string[];
  readonly rows: readonly LadderRow[];
  /** Messages that were beyond the limit. */
  readonly left: number;
}

/** A message as it was recorded, before it has a place in a ladder. */
export interface SeenMessage
  extends Omit<LadderMessage, "kind" | "number" | "from" | "to" | "marks"> {
  readonly srcIp: string;
  readonly destIp: string;
}

/** RTCP on one directed flow. */
export interface SeenRtcp {
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly packets: number;
}

export interface LadderParts {
  readonly callIds: readonly string[];
  readonly messages: readonly SeenMessage[];
  readonly streams: readonly CallStream[];
  readonly rtcp: readonly SeenRtcp[];
  /** Alerts that name the packet at that place. */
  readonly marksAt: (place: PacketPlace) => readonly LadderMark[];
  /** Alerts that name the stream. */
  readonly marksOf: (stream: CallStream) => readonly LadderMark[];
  readonly left: number;
}

/** Columns beyond these share the last one: no call has so many hosts, an attacker's may. */
const ENDS_MAX = 16;

/** Puts what was seen of a call in order. */
export function makeLadder(parts: LadderParts): Ladder {
  const ends: string[] = [];
  const column = (ip: string): number => {
    const known = ends.indexOf(ip);
    if (known >= 0) return known;
    if (ends.length === ENDS_MAX) return ENDS_MAX - 1;
    return ends.push(ip) - 1;
  };
  const rows: LadderRow[] = parts.messages.map((seen, i) => {
    const { srcIp, destIp, ...message } = seen;
    const [from, to] = [column(srcIp), column(destIp)];
    return { kind: "sip", number: i + 1, from, to, ...message, marks: parts.marksAt(seen.place) };
  });
  for (const stream of parts.streams) {
    const { startUs: timeUs, endUs, srcPort, destPort, packets } = stream;
    const [from, to] = [column(stream.srcIp), column(stream.destIp)];
    const times = { timeUs, endUs, packets };
    rows.push({
      ...{ kind: "rtp", ...times, from, to, srcPort, destPort, stream },
      marks: parts.marksOf(stream),
    });
  }
  for (const { srcIp, destIp, srcPort, destPort, startUs, endUs, packets } of parts.rtcp) {
    const [from, to] = [column(srcIp), column(destIp)];
    const times = { timeUs: startUs, endUs, packets };
    rows.push({ kind: "rtcp", ...times, from, to, srcPort, destPort, stream: null, marks: [] });
  }
  // The sort is stable: messages of one time stay in the order of their packets, and media comes behind them.
  rows.sort((a, b) => a.timeUs - b.timeUs);
  return { callIds: parts.callIds, ends, rows, left: parts.left };
}
