import type { LiveState } from "../../capture/live-capture.ts";
import type { FragmentCounts } from "../../decode/fragments/reassembler.ts";
import type { Baselines } from "../../detect/baselines/baselines.ts";
import type { CaseCounters } from "../../detect/cases/cases.ts";
import type { EngineCounters } from "../../detect/engine-counters.ts";
import type { IncidentCounters } from "../../detect/incidents/incidents.ts";
import type { Statistics, TableUse } from "../../track/facts/statistics.ts";
import type { RuleCount } from "../alert-tally.ts";
import type { OutputAccount } from "../delivery/output-account.ts";
import type { EvidenceCounters } from "../evidence/evidence.ts";
import type { SinkHealth } from "../sink.ts";
import type { LatencySnapshot } from "./latency-histogram.ts";
import type { Latencies } from "./packet-timing.ts";

/**
 * What the metrics are read from at each scrape: the sensor's own counters. Nothing here is called per
 * packet, and all is read within one turn of the loop, so the numbers of one scrape belong together.
 */
export interface MetricsSource {
  readonly version: string;
  /** Where packets come from; a replay has none. */
  captures(): readonly CaptureUse[];
  readonly statistics: Statistics;
  readonly engine: EngineCounters;
  readonly baselines: Pick<Baselines, "rows" | "keysMax" | "evictions">;
  /** Facts raised, by event kind. */
  readonly facts: ArrayLike<number>;
  /** Of these, facts that no rule has seen, as one packet raised too many. */
  readonly factsDropped: number;
  readonly fragments: FragmentCounts;
  tables(): readonly TableUse[];
  calls(): ActiveCalls;
  rules(): readonly LoadedRule[];
  /** Rules that could not be loaded and were left out. */
  rulesFailed(): number;
  /** Rules that have alerted, also those that a reload has taken away since. */
  alerts(): readonly RuleCount[];
  latencies(): Latencies | null;
  /** EVE files and the like, which the main thread writes itself. */
  sinks(): readonly ({ readonly name: string } & SinkHealth)[];
  /** Null without network outputs. */
  delivery(): DeliveryUse | null;
  incidents(): IncidentCounters;
  cases(): CaseCounters;
  /** Null when no evidence is kept. */
  evidence(): EvidenceUse | null;
  reload(): ReloadUse;
}

/** One interface, since the start of the run. */
export interface CaptureUse {
  readonly name: string;
  readonly state: LiveState;
  /** Taken from the kernel, with those that the ring then dropped. */
  readonly received: number;
  readonly kernelDropped: number;
  readonly interfaceDropped: number;
  readonly ringDropped: number;
}

/** Calls that have not ended, by whether they were answered. */
export interface ActiveCalls {
  readonly early: number;
  readonly answered: number;
}

export interface LoadedRule {
  readonly gid: number;
  readonly sid: number;
  readonly severity: number;
  readonly message: string;
}

/** Network outputs and the spool before them. */
export interface DeliveryUse {
  readonly outputs: readonly OutputUse[];
  readonly spool: SpoolUse;
}

export interface OutputUse {
  /** As `DeliverySink.name`: never holds a secret. */
  readonly name: string;
  /** Takes records; false while they wait in the spool for it. */
  readonly isUp: boolean;
  readonly retries: number;
  /** What became of its records. */
  readonly account: OutputAccount;
  /** Why it is down, one line; "" while it is up. */
  readonly problem: string;
  /** From a record being readable in the spool to its acknowledgement. */
  readonly acknowledgement: LatencySnapshot;
}

export interface SpoolUse {
  readonly bytes: number;
  readonly records: number;
  /** Age of the oldest record that an output still waits for, seconds; 0 when there is none. */
  readonly oldestS: number;
  readonly corrupt: number;
  /** Records dropped because the spool was full, by severity. */
  readonly dropped: ReadonlyMap<number, number>;
  /** Why records cannot be kept on disk, one line; "" while they can. */
  readonly problem: string;
}

/** As `Evidence` of emit/evidence has it. */
export interface EvidenceUse {
  readonly counters: EvidenceCounters;
  /** Why nothing can be written, one line; "" while it can. */
  readonly problem: string;
}

/** Loading of rules and configuration: at the start, then on each reload. */
export interface ReloadUse {
  readonly succeeded: number;
  readonly failed: number;
  /** The last one put its rules and configuration in force. */
  readonly isLastGood: boolean;
  /** When rules and configuration in force were loaded, milliseconds since 1970. */
  readonly loadedMs: number;
}
