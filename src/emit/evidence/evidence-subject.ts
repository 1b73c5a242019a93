import { hash53 } from "../../base/hash.ts";
import { type HostKey, NO_HOST, plainHost } from "../../decode/host.ts";
import { hostKeyOfText } from "../../decode/host-text.ts";
import type { Alert } from "../../detect/alerts/alert.ts";
import type { Call } from "../../track/calls/calls.ts";
import { type EvidenceRing, NO_KEY } from "./evidence-ring.ts";
import { ringKeyOf } from "./recent-packets.ts";

/** The call that trackers know by this key of `MessageKeys.callKey`. */
export type CallFinder = (callKey: number) => Call | undefined;

interface Endpoint {
  readonly host: HostKey;
  readonly port: number;
}

/**
 * Which packets belong to an alert. A packet belongs when any one of these holds; signalling is tested
 * for all but `endpoints`, the rest for `endpoints` and `hosts`.
 */
export interface EvidenceSubject {
  readonly kind: "call" | "stream" | "account" | "server" | "offender";
  /** Signalling with this Call-ID. */
  readonly callKey: number;
  /** Signalling that names one of these users in From or To, to or from `server`. */
  readonly userKeys: readonly number[];
  readonly server: HostKey;
  /** Media to these addresses; for a call also from them. */
  readonly endpoints: readonly Endpoint[];
  /** Older media belong to somebody who had these ports before; microseconds. */
  readonly mediaSinceUs: number;
  /** All signalling to or from this host; with `isSignallingOnly` false all its packets. */
  readonly host: HostKey;
  readonly isSignallingOnly: boolean;
}

const NOTHING: Omit<EvidenceSubject, "kind"> = {
  callKey: NO_KEY,
  userKeys: [],
  server: NO_HOST,
  endpoints: [],
  mediaSinceUs: 0,
  host: NO_HOST,
  isSignallingOnly: true,
};

/** Whose packets an alert is about, by what its rule counts. */
const KIND_OF_TRACK: Readonly<Record<string, EvidenceSubject["kind"]>> = {
  by_src: "offender",
  by_client: "offender",
  by_endpoint: "offender",
  by_client_server: "offender",
  by_both: "offender",
  by_flow: "offender",
  by_dst: "server",
  by_server: "server",
  by_account: "account",
  by_client_account: "account",
  by_aor: "account",
  by_call: "call",
  by_stream: "stream",
};

/** Facts about one call. */
const DIALOG_EVENT = /^(?:call\.|sip\.(?:bye|cancel|media)_)/;

/** What the alert is about: its stream, its call, its account, the server under attack, else its offender. */
export function subjectOf(alert: Alert, findCall: CallFinder): EvidenceSubject {
  const { voip } = alert;
  const kind = kindOf(alert);
  const callId = voip.callId ?? "";
  const callKey = callId === "" ? NO_KEY : ringKeyOf(callId);
  const call =
    callId === "" ? undefined : findCall(hash53(Buffer.from(callId, "latin1"), 0, callId.length));
  const mediaSinceUs = call?.startUs ?? 0;
  if (kind === "stream") {
    const endpoint = { host: hostKeyOfText(alert.destIp), port: alert.destPort };
    return { ...NOTHING, kind, callKey, mediaSinceUs, endpoints: [endpoint] };
  }
  if (kind === "call") {
    const endpoints = (call?.endpoints ?? []).map(({ host, port }) => ({
      host: plainHost(host),
      port,
    }));
    return { ...NOTHING, kind, callKey, mediaSinceUs, endpoints };
  }
  const server = hostKeyOfText(alert.destIp);
  if (kind === "account") {
    const users = [userOf(voip.account), userOf(voip.aor)].filter((user) => user !== "");
    return { ...NOTHING, kind, callKey, server, userKeys: [...new Set(users)].map(ringKeyOf) };
  }
  const host = kind === "server" ? server : offenderOf(alert);
  return { ...NOTHING, kind, host, isSignallingOnly: alert.appProto === "sip" };
}

function kindOf({ appProto, destPort, voip }: Alert): EvidenceSubject["kind"] {
  if ((appProto === "rtp" || appProto === "rtcp") && destPort > 0) return "stream";
  const { counter } = voip;
  // A limit only keeps repeats back; what the alert says is that this call was meddled with.
  const isAboutCall = counter === undefined || counter.type === "limit";
  if (isAboutCall && voip.callId && DIALOG_EVENT.test(voip.event ?? "")) return "call";
  const kind = KIND_OF_TRACK[counter?.track ?? ""];
  if (kind === "call" && !voip.callId) return "offender";
  if (kind !== undefined) return kind;
  if (voip.aor) return "account";
  return voip.callId ? "call" : "offender";
}

/** The tracked host where the rule counts by one; a fact's client is not always its packet's source. */
function offenderOf({ srcIp, voip }: Alert): HostKey {
  const track = voip.counter?.track;
  const key = track === "by_client" || track === "by_src" ? (voip.counter?.key ?? "") : "";
  return hostKeyOfText(key === "" ? srcIp : key);
}

function userOf(account = ""): string {
  return account.slice(0, Math.max(0, account.lastIndexOf("@")));
}

/** Tells whether this packet of the signalling ring belongs. */
export function isSignallingOf(subject: EvidenceSubject, ring: EvidenceRing, at: number): boolean {
  const { callKey, userKeys, server } = subject;
  if (callKey !== NO_KEY && ring.callKey(at) === callKey) return true;
  if (hasHost(ring, at, subject.host)) return true;
  if (userKeys.length === 0) return false;
  if (server >= 0 && !hasHost(ring, at, server)) return false;
  return userKeys.includes(ring.fromKey(at)) || userKeys.includes(ring.toKey(at));
}

/** Tells whether this packet of the ring for media and all else belongs. */
export function isMediaOf(subject: EvidenceSubject, ring: EvidenceRing, at: number): boolean {
  if (!subject.isSignallingOnly && hasHost(ring, at, subject.host)) return true;
  const { endpoints } = subject;
  if (endpoints.length === 0 || ring.timeUs(at) < subject.mediaSinceUs) return false;
  const dstPort = ring.dstPort(at);
  const srcPort = subject.kind === "call" ? ring.srcPort(at) : -1;
  for (const { host, port } of endpoints) {
    if (port === dstPort && host === ring.dstHost(at)) return true;
    if (port === srcPort && host === ring.srcHost(at)) return true;
  }
  return false;
}

function hasHost(ring: EvidenceRing, at: number, host: HostKey): boolean {
  return host >= 0 && (ring.srcHost(at) === host || ring.dstHost(at) === host);
}
