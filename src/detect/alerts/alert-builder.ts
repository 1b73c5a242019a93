import { createHash } from "node:crypto";
import { isIpv6Host } from "../../decode/host.ts";
import { IpProtocol } from "../../decode/layer.ts";
import { APP_PROTO_NAMES } from "../../track/app-proto.ts";
import type { SipFields } from "../../track/content/sip-fields.ts";
import { sipFieldsOf } from "../../track/content/sip-fields.ts";
import { EVENT_ROWS } from "../../track/facts/event-kind.ts";
import type { FlowCounters } from "../../track/flow-counters.ts";
import { connectionIdOf, flowIdOf, flowIdOfEnds } from "../../track/flow-id.ts";
import { sightOf } from "../../track/tunnel-fields.ts";
import { BaselineCounter } from "../baselines/baseline-counter.ts";
import type { BaselineVerdict } from "../baselines/baseline-judge.ts";
import type { Counter } from "../counters/counters.ts";
import type { MatchContext } from "../match-context.ts";
import type { AlertFrame } from "../payload/frame.ts";
import type { Signature } from "../rules/signature.ts";
import type { RunFacts } from "../run-facts.ts";
import type { Alert, AlertCounter, AlertVoip } from "./alert.ts";
import { alertNumbers } from "./alert-numbers.ts";
import { sourceOf } from "./alert-source.ts";

const ID_DIGITS = 32;
/** Facts beside SIP, whose packets hold what their flow holds. */
const NOT_OF_SIP: ReadonlySet<string> = new Set(["sensor", "rule", "turn", "enum", "arp", "nd"]);

interface AlertExtra {
  readonly run: RunFacts;
  readonly flowBits: readonly string[];
  readonly frame: AlertFrame | null;
}

/** Builds the alert of a signature that fired. `counter` is the one that let it through, if any. */
export function buildAlert(
  signature: Signature,
  context: MatchContext,
  counter: Counter | null,
  { run, flowBits, frame }: AlertExtra,
): Alert {
  const { names, packet, event, flows } = context;
  if (packet !== null) {
    names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
  }
  const decider = context.decider;
  const slot = context.deciderSlot;
  const sip = sipOf(context);
  const isOnMessage = context.sip !== null && context.flowSlot >= 0 && signature.scope !== "packet";
  return {
    alertId: alertId(signature, context, counter),
    timeUs: packet === null ? run.captureUs(context.timeUs) : packet.captureUs,
    ...deedTime(context, run),
    packetNumber: context.packetNumber,
    ...(decider !== null && decider.place > 0 && { place: decider.place }),
    flowId: flowIdOfAlert(context, slot),
    vlan: decider?.vlan ?? -1,
    ...(decider !== null && decider.innerVlan >= 0 && { innerVlan: decider.innerVlan }),
    srcIp: names.text(context.srcHost),
    srcPort: context.srcPort,
    destIp: names.text(context.dstHost),
    destPort: context.dstPort,
    proto: protoOf(decider?.ipProtocol ?? IpProtocol.UDP),
    ipVersion: context.srcHost < 0 ? 0 : isIpv6Host(context.srcHost) ? 6 : 4,
    ...(packet !== null && sightOf(packet, names)),
    ...(flowBits.length > 0 && { flowBits }),
    signature: signature.alert,
    appProto: appProtoOf(context),
    direction: directionOf(context, slot),
    ...(isOnMessage && { txId: flows.messages(slot) }),
    ...(sip !== null && { sip }),
    ...(slot >= 0 && { flow: flowCounters(context, slot) }),
    ...(frame !== null && { frame }),
    voip: voipOf(signature, context, counter, run),
    evidence: [
      ...(event?.evidence ?? []),
      ...signature.conditions.flatMap((condition) => condition.evidence?.(context) ?? []),
      ...alertNumbers(signature, context, counter, run),
    ],
  };
}

/** A fact may wait for what answers and media say of it, and time may pass in a leap. */
function deedTime({ packet, event }: MatchContext, run: RunFacts): { deedUs?: number } {
  const seenUs = packet === null ? (event?.origin?.seenUs ?? 0) : 0;
  return seenUs > 0 ? { deedUs: run.captureUs(seenUs) } : {};
}

/** What no packet decided is about UDP; "" when the packet is known by its place alone. */
function protoOf(ipProtocol: number): string {
  switch (ipProtocol) {
    case 0:
      return "";
    case IpProtocol.ICMP:
      return "ICMP";
    case IpProtocol.ICMPV6:
      return "IPv6-ICMP";
    case IpProtocol.TCP:
      return "TCP";
    case IpProtocol.SCTP:
      return "SCTP";
    default:
      return "UDP";
  }
}

/** Same capture and rules, same id: what makes this alert differ from others of its signature. */
function alertId(signature: Signature, context: MatchContext, counter: Counter | null): string {
  const { gid, sid, rev } = signature.alert;
  const rule = `${gid}:${sid}:${rev}`;
  let what: string;
  if (counter !== null && signature.counter !== null) {
    const key = signature.counter.track.text(context);
    what = `${key}|${counter.windowUs}|${counter.ordinal}`;
  } else {
    const { names, subject, srcPort, dstPort, event } = context;
    const src = `${names.text(context.srcHost)}:${srcPort}`;
    const ends = `${src} ${names.text(context.dstHost)}:${dstPort}`;
    const about =
      event === null ? "" : `${event.kind} ${event.value} ${subject.callId} ${subject.stream}`;
    what = `${ends} ${about}|${context.timeUs}|${context.packetNumber}`;
  }
  return createHash("sha256").update(`${rule}|${what}`).digest("hex").slice(0, ID_DIGITS);
}

function appProtoOf({ event, flows, flowSlot }: MatchContext): string {
  if (event !== null) {
    const prefix = (EVENT_ROWS[event.kind]?.name ?? "").split(".")[0] ?? "";
    if (prefix === "rtp" || prefix === "rtcp") return prefix;
    if (!NOT_OF_SIP.has(prefix)) return "sip";
  }
  return flowSlot < 0 ? "" : (APP_PROTO_NAMES[flows.appProto(flowSlot)] ?? "");
}

/** The message at hand, else the one that the fact is about. */
function sipOf({ sip, event }: MatchContext): SipFields | null {
  if (sip !== null) return sipFieldsOf(sip);
  return event?.origin?.sipFields() ?? null;
}

function flowIdOfAlert({ flows, names, packet, event }: MatchContext, slot: number): number {
  if (slot >= 0) return flowIdOf(flows, slot, names);
  if (packet !== null)
    return packet.ipProtocol === IpProtocol.TCP ? connectionIdOf(packet, names) : 0;
  const origin = event?.origin ?? null;
  return origin === null ? 0 : flowIdOfEnds(origin, names);
}

function directionOf(
  { flows, srcHost, srcPort, dstHost }: MatchContext,
  flowSlot: number,
): Alert["direction"] {
  if (flowSlot < 0) return "";
  const client = flows.clientHost(flowSlot);
  const server = flows.serverHost(flowSlot);
  if (client === server) return flows.clientPort(flowSlot) === srcPort ? "to_server" : "to_client";
  if (srcHost === client && dstHost === server) return "to_server";
  return srcHost === server && dstHost === client ? "to_client" : "";
}

function flowCounters({ flows, names }: MatchContext, flowSlot: number): FlowCounters {
  return {
    pktsToServer: flows.packets(flowSlot, true),
    pktsToClient: flows.packets(flowSlot, false),
    bytesToServer: flows.bytes(flowSlot, true),
    bytesToClient: flows.bytes(flowSlot, false),
    startUs: flows.firstUs(flowSlot),
    clientIp: names.text(flows.clientHost(flowSlot)),
    clientPort: flows.clientPort(flowSlot),
    serverIp: names.text(flows.serverHost(flowSlot)),
    serverPort: flows.serverPort(flowSlot),
  };
}

function voipOf(
  signature: Signature,
  context: MatchContext,
  counter: Counter | null,
  run: RunFacts,
): AlertVoip {
  const { event, subject } = context;
  const row = event === null ? undefined : EVENT_ROWS[event.kind];
  const source = sourceOf(signature, context, counter, run.standings);
  const isMedia = signature.carrier === "rtp" || signature.carrier === "rtcp";
  return {
    ...(row !== undefined && { event: row.name }),
    ...(event !== null && row?.value !== undefined && { value: event.value }),
    ...(source !== null && { source }),
    // Proven matches among the others are the address's own, whatever the way of the last one.
    ...(event?.isForged === true && source?.isProven !== true && { isSpoofed: true }),
    ...(event !== null && event.related !== null && { related: event.related }),
    callId: subject.callId,
    account: subject.account,
    aor: subject.aor,
    fromUser: subject.fromUser,
    toUser: subject.toUser,
    userAgent: subject.userAgent,
    stream: event !== null || isMedia ? context.stream : "",
    ...(counter !== null &&
      signature.counter !== null && { counter: counterOf(signature.counter, context, counter) }),
  };
}

function counterOf(
  spec: NonNullable<Signature["counter"]>,
  context: MatchContext,
  counter: Counter,
): AlertCounter {
  return {
    type: spec.type,
    track: spec.track.name,
    key: spec.track.text(context),
    count: counter.count,
    seconds: spec.seconds,
    ...(spec.uniqueOn !== null && { uniqueOn: spec.uniqueOn.name }),
    ...("ratio" in counter && { ratio: counter.ratio }),
    ...(counter instanceof BaselineCounter &&
      counter.verdict !== null && {
        baseline: { ...baselineOf(counter.verdict), sinceUs: counter.sinceUs },
      }),
  };
}

function baselineOf({ value, usual, limit, deviations }: BaselineVerdict) {
  return { value, usual, limit, deviations };
}
