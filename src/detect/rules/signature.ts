import type { Contradiction } from "../../track/facts/event.ts";
import type { AlertSignature } from "../alerts/alert.ts";
import type { Baseline } from "../baselines/baseline.ts";
import type { BitOption } from "../counters/bits.ts";
import type { IntOption } from "../counters/flow-ints.ts";
import type { Ratio } from "../counters/ratio.ts";
import type { AddressOf, Suppression } from "../counters/suppression.ts";
import type { Threshold } from "../counters/threshold.ts";
import type { MatchContext } from "../match-context.ts";
import type { BufferMatch } from "../payload/buffer-inspector.ts";
import type { Pattern } from "../payload/pattern.ts";
import type { SizeCondition } from "../payload/size-condition.ts";
import type { Transform } from "../payload/transforms.ts";
import type { DatasetChange } from "../site/dataset-match.ts";
import type { SiteList } from "../site-list.ts";
import type { AddressSet } from "./address-set.ts";
import type { PortSet } from "./port-set.ts";
import type { RuleAction } from "./rule-parser.ts";

/** What a signature is evaluated on. */
export type Scope =
  /** Each packet. */
  | "packet"
  /** Each TCP segment: the rule looks at its header. */
  | "segment"
  /** Each SIP message: the rule has a `sip.*` or `sdp.*` buffer. */
  | "message"
  /** Each fact: the rule has `app-layer-event`, `ratio` or a `baseline` that names its events. */
  | "event";

/** What a packet must be, or its flow carry, for a packet rule; "any" for `udp`, `ip` and the like. */
export type Carrier = "any" | "icmp" | "sip" | "rtp" | "rtcp" | "stun";

/** Source and destination of a header; two for `<>`. */
export interface HeaderDirection {
  readonly src: AddressSet;
  readonly srcPorts: PortSet;
  readonly dst: AddressSet;
  readonly dstPorts: PortSet;
}

export interface FlowCondition {
  /** Null: either. */
  readonly established: boolean | null;
  readonly direction: "to_server" | "to_client" | null;
  /** `only_stream` or `only_frag`: never true of a whole UDP datagram. */
  readonly isNever: boolean;
}

/** One sticky buffer (or the payload) with the matches that follow it. */
export interface BufferSection {
  readonly buffer: number;
  /** What the matches look at instead of the buffer's value, one after the other. */
  readonly transforms: readonly Transform[];
  readonly matches: readonly BufferMatch[];
  readonly bsize: SizeCondition | null;
  /** `absent`: the buffer must be missing; `or_else`: missing, or the matches hold. */
  readonly absent: "no" | "only" | "or_else";
  /** It looks at `sip.method` alone: a rule is asked only about facts on which it holds, where their method is known. */
  readonly isDecidedByMethod: boolean;
}

/** The content that a signature is looked up by; the signature cannot match without it. */
export interface FastPattern {
  readonly buffer: number;
  readonly pattern: Pattern;
}

/** What a rule asks beside its header, its buffers and its bits. */
export interface Condition {
  /** For `rules explain`. */
  readonly text: string;
  /** It asks for more than addresses and the time: a header, or the flow of a packet. */
  readonly isOnPacket?: boolean;
  holds(context: MatchContext, src: AddressOf, dst: AddressOf): boolean;
  /** For the alert, when it holds: what it went by, where the rule's text does not say so. */
  evidence?(context: MatchContext): Contradiction;
}

/** A compiled rule. */
export interface Signature {
  /** Rank in evaluation order; index into `RuleSet.signatures`. */
  readonly id: number;
  readonly action: RuleAction;
  readonly alert: AlertSignature;
  /** Does not write alerts: `noalert`, or suppressed without an address. */
  readonly noalert: boolean;
  readonly target: "src_ip" | "dest_ip" | null;
  /** Rule text on one line, and where it came from. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly protocol: string;
  /** Any protocol over IP: `ip`, `ip4`, `ip6`. */
  readonly isOnIp: boolean;
  /** 17 for `udp`, 6 for `tcp`, else 0: either. */
  readonly transport: number;
  /** 4 or 6 for `ip4` and `ip6`, else 0. */
  readonly ipVersion: number;
  readonly scope: Scope;
  readonly carrier: Carrier;
  /** A condition that nothing here can meet: loaded, never evaluated. */
  readonly isInert: boolean;
  readonly directions: readonly HeaderDirection[];
  /** Any address, port, transport and version of IP will do, as for nearly every rule on facts. */
  readonly takesAnyHeader: boolean;
  readonly flow: FlowCondition | null;
  readonly dsize: SizeCondition | null;
  readonly sections: readonly BufferSection[];
  readonly fastPattern: FastPattern | null;
  /** Event kinds of `app-layer-event`, any of which matches; empty without one. */
  readonly eventKinds: readonly number[];
  /** Names as the rule gives them. */
  readonly eventNames: readonly string[];
  /** The rule names a Suricata event that stands for several facts: one alert for a message. */
  readonly isOncePerPacket: boolean;
  readonly eventValue: SizeCondition | null;
  /** Of a fact on which it is looked up there is more to ask: its value, or on which side it counts. */
  readonly asksOfEvent: boolean;
  /** `iprep`, `geoip`, `time_of_week`. */
  readonly conditions: readonly Condition[];
  readonly bitTests: readonly BitOption[];
  readonly bitActions: readonly BitOption[];
  readonly intTests: readonly IntOption[];
  readonly intActions: readonly IntOption[];
  /** `dataset:set` and `unset`. */
  readonly listChanges: readonly DatasetChange[];
  /** A match changes what other rules ask for, so a `pass` does not keep it from being evaluated. */
  readonly changesState: boolean;
  readonly counter: Threshold | Ratio | Baseline | null;
  readonly suppressions: readonly Suppression[];
}

/** All loaded signatures in evaluation order. */
export interface RuleSet {
  readonly signatures: readonly Signature[];
  /** Rules that could not be loaded. */
  readonly failed?: number;
  /** Alerts written for one packet at most (Suricata's `packet-alert-max`). */
  readonly packetAlertsMax?: number;
  /** What `dataset` names. */
  readonly lists?: readonly SiteList[];
}

/** Suricata's default. */
export const PACKET_ALERTS_MAX = 15;
