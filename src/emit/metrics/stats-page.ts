import type { IncidentCounters } from "../../detect/incidents/incidents.ts";
import { sumOfLosses } from "../delivery/output-account.ts";
import { eveTime } from "../eve/eve-header.ts";
import { type LatencyFigures, latencyFigures } from "../latency-text.ts";
import type { RunSummary } from "../summary.ts";
import type {
  ActiveCalls,
  CaptureUse,
  DeliveryUse,
  EvidenceUse,
  ReloadUse,
} from "./metrics-source.ts";
import { degradations, readiness, type SensorHealth } from "./sensor-health.ts";

/** What a running sensor knows beside the summary. */
export interface SensorState {
  readonly startMs: number;
  readonly health: SensorHealth;
  readonly captures: readonly CaptureUse[];
  readonly calls: ActiveCalls;
  readonly incidents: IncidentCounters;
  readonly delivery: DeliveryUse | null;
  readonly evidence: EvidenceUse | null;
  readonly reload: ReloadUse;
}

const ATTACKERS_MAX = 100;

/**
 * What /stats gives: the summary as `--json` prints it, with the first 100 attackers, and the state of the
 * sensor under `sensor`.
 */
export type StatsPage = ReturnType<typeof statsPage>;

export function statsPage(summary: RunSummary, state: SensorState) {
  const { health, captures, calls, incidents, delivery, evidence, reload, startMs } = state;
  const ready = readiness(health);
  const { alerts } = summary;
  return {
    ...summary,
    alerts: { ...alerts, by_attacker: alerts.by_attacker.slice(0, ATTACKERS_MAX) },
    sensor: {
      // Several sensors may run on one machine: this is the one that answers.
      pid: process.pid,
      ready: ready.isGood,
      reasons: ready.reasons,
      degraded: degradations(health),
      started: eveTime(startMs * 1e3),
      captures: captures.map((use) => ({
        interface: use.name,
        state: use.state,
        packets: use.received,
        dropped: {
          kernel: use.kernelDropped,
          interface: use.interfaceDropped,
          ring: use.ringDropped,
        },
      })),
      calls_active: calls,
      incidents,
      outputs: (delivery?.outputs ?? []).map((use) => ({
        name: use.name,
        state: use.isUp ? "ok" : "degraded",
        problem: use.problem,
        acknowledged: use.account.delivered,
        waiting: use.account.waiting,
        lost: sumOfLosses(use.account.lost) - use.account.lost.refused,
        retries: use.retries,
        dead_letters: use.account.lost.refused,
        acknowledgement_us: latencyFigures(use.acknowledgement) as LatencyFigures | null,
      })),
      spool: delivery === null ? null : spoolOf(delivery),
      evidence: evidence === null ? null : { ...evidence.counters, problem: evidence.problem },
      rules: {
        loads: reload.succeeded,
        failed_loads: reload.failed,
        is_last_good: reload.isLastGood,
        loaded: eveTime(reload.loadedMs * 1e3),
      },
    },
  };
}

function spoolOf({ spool }: DeliveryUse) {
  return {
    bytes: spool.bytes,
    records: spool.records,
    oldest_s: spool.oldestS,
    corrupt: spool.corrupt,
    dropped_by_severity: Object.fromEntries(
      [...spool.dropped].map(([severity, n]) => [String(severity), n]),
    ) as Readonly<Record<string, number>>,
    problem: spool.problem,
  };
}
