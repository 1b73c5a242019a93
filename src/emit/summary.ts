import { SKIP_REASON_NAMES } from "../decode/packet.ts";
import { SIP_METHOD_NAMES } from "../decode/sip/methods.ts";
import type { EngineCounters } from "../detect/engine-counters.ts";
import { EVENT_ROWS } from "../track/facts/event-kind.ts";
import type { Statistics, TableUse } from "../track/facts/statistics.ts";
import { UNREAD_NAMES } from "../track/sensor/unread-reason.ts";
import type { AlertTally } from "./alert-tally.ts";
import { eveTime } from "./eve/eve-header.ts";
import { type LatencyFigures, latencyFigures } from "./latency-text.ts";
import type { OutputUse } from "./metrics/metrics-source.ts";
import type { Latencies } from "./metrics/packet-timing.ts";
import type { SinkHealth } from "./sink.ts";

/** All that a run leaves behind, for the summary. */
export interface SummaryFacts {
  readonly command: "replay" | "live";
  readonly version: string;
  /** Files or interfaces, as the user named them. */
  readonly inputs: readonly string[];
  readonly statistics: Statistics;
  readonly tables: readonly TableUse[];
  readonly engine: EngineCounters;
  readonly rulesLoaded: number;
  /** Rules that could not be loaded and were left out. */
  readonly rulesFailed?: number;
  /** Facts raised, by event kind. */
  readonly facts: ArrayLike<number>;
  readonly tally: AlertTally;
  /** Packets that the kernel or our ring lost before decoding; 0 in a replay. */
  readonly captureDrops: number;
  readonly outputs: readonly ({ readonly name: string } & SinkHealth)[];
  /** Network outputs, and what became of their records. */
  readonly deliveries?: readonly Pick<OutputUse, "name" | "account">[];
  /** Absent when nothing was timed. */
  readonly latencies?: Latencies;
  /** Network outputs. */
  readonly acknowledgements?: readonly Pick<OutputUse, "name" | "acknowledgement">[];
  /** What broke off or failed, one line each. */
  readonly problems: readonly string[];
  /** Wall time of the run; the only thing here that differs from run to run. */
  readonly elapsedMs: number;
}

type Counts = Readonly<Record<string, number>>;

/** The `--json` summary; emit/summary.schema.json describes it. */
export type RunSummary = ReturnType<typeof summaryOf>;

export function summaryOf(run: SummaryFacts) {
  const { statistics: s, tally } = run;
  const seconds = run.elapsedMs / 1_000;
  const hasPackets = s.packets > 0;
  return {
    schema: "summary/1.0",
    sipsentry: run.version,
    command: run.command,
    inputs: run.inputs,
    rules_loaded: run.rulesLoaded,
    rules_failed: run.rulesFailed ?? 0,
    rules_suspended: Object.fromEntries(run.engine.suspendedRules),
    packets: {
      total: s.packets,
      bytes: s.bytes,
      capture_drops: run.captureDrops,
      first: hasPackets ? eveTime(s.firstUs) : null,
      last: hasPackets ? eveTime(s.lastUs) : null,
      duration_s: hasPackets ? Math.max(0, s.lastUs - s.firstUs) / 1_000_000 : 0,
      ipv4: s.ipv4Packets,
      ipv6: s.ipv6Packets,
      udp: s.udpPackets,
    },
    payloads: {
      sip: s.sipMessages,
      rtp: s.rtpPackets,
      rtcp: s.rtcpPackets,
      stun: s.stunPackets,
      dtls: s.dtlsPackets,
      keepalive: s.keepalives,
      other: s.otherPayloads,
    },
    skipped: named(s.skipped, SKIP_REASON_NAMES),
    hosts: s.hosts,
    sip: {
      requests: named(s.requests, SIP_METHOD_NAMES),
      responses: named(s.responses, null),
      call_ids: s.callIds,
      malformed: s.sipMalformed,
      unread: named(s.sipUnread, UNREAD_NAMES),
    },
    calls: { attempts: s.callAttempts, answered: s.callsAnswered, ended: s.callsEnded },
    rtp: {
      packets: s.rtpPackets,
      streams_announced: s.streamsAnnounced,
      streams_unannounced: s.streamsUnannounced,
      lost: s.rtpLost,
    },
    facts: named(
      run.facts,
      EVENT_ROWS.map(({ name }) => name),
    ),
    alerts: {
      total: tally.total,
      by_severity: Object.fromEntries(tally.bySeverity()) as Counts,
      by_rule: tally.byRule(),
      by_attacker: tally.byAttacker(),
      suppressed: run.engine.suppressed,
      over_packet_limit: run.engine.overflow,
      held_back: run.engine.heldBack,
    },
    tables: run.tables,
    outputs: run.outputs,
    deliveries: (run.deliveries ?? []).map(deliveryOf),
    problems: run.problems,
    timing: {
      seconds,
      packets_per_s: seconds > 0 ? Math.round(s.packets / seconds) : 0,
      latency_us: {
        ...latencyOf(run.latencies),
        acknowledgement: acknowledgementsOf(run.acknowledgements ?? []),
      },
    },
  };
}

/** raised + carried = delivered + waiting + the sum of lost. */
function deliveryOf({ account, name }: Pick<OutputUse, "name" | "account">) {
  const { lost, ...counts } = account;
  return {
    name,
    ...counts,
    lost: {
      spool_full: lost.spoolFull,
      damaged: lost.damaged,
      not_taken: lost.notTaken,
      not_sent: lost.notSent,
      refused: lost.refused,
    },
  };
}

/** By stage; null where nothing was timed. */
function latencyOf(
  latencies: Latencies | undefined,
): Readonly<Record<keyof Latencies, LatencyFigures | null>> {
  if (latencies === undefined) return { lag: null, decode: null, packet: null, alert: null };
  const { lag, decode, packet, alert } = latencies;
  return {
    lag: latencyFigures(lag),
    decode: latencyFigures(decode),
    packet: latencyFigures(packet),
    alert: latencyFigures(alert),
  };
}

/** By output; null where nothing was acknowledged. */
function acknowledgementsOf(
  outputs: readonly Pick<OutputUse, "name" | "acknowledgement">[],
): Readonly<Record<string, LatencyFigures | null>> {
  return Object.fromEntries(
    outputs.map(({ name, acknowledgement }) => [name, latencyFigures(acknowledgement)]),
  );
}

/** Counters above zero by name; by their index when `names` is null. */
function named(counters: ArrayLike<number>, names: readonly string[] | null): Counts {
  const counts: Record<string, number> = {};
  for (let i = 0; i < counters.length; i++) {
    const count = counters[i] ?? 0;
    const name = names === null ? String(i) : names[i];
    if (count > 0 && name !== undefined && name !== "") counts[name] = count;
  }
  return counts;
}
