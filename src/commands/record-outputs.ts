import { createHash } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { Alert } from "../detect/alerts/alert.ts";
import type { AlertSource } from "../detect/alerts/alert-source.ts";
import type { CaseRecord } from "../detect/cases/case-record.ts";
import type { IncidentRecord } from "../detect/incidents/incident.ts";
import type { AddressNotes } from "../emit/addresses/address-notes.ts";
import { withPlaces } from "../emit/cases/call-places.ts";
import type { Delivery, OutputLeft } from "../emit/delivery/delivery.ts";
import type { OutputSpecs } from "../emit/delivery/output-spec.ts";
import { EveWriter } from "../emit/eve/eve.ts";
import type { LineBytes } from "../emit/eve/line-bytes.ts";
import type { Evidence } from "../emit/evidence/evidence.ts";
import { ecsLine } from "../emit/outputs/ecs.ts";
import { LearnedHosts } from "../emit/outputs/learned-hosts.ts";
import { PhoneNumbers, withNumbers } from "../emit/phone-numbers.ts";
import { Privacy } from "../emit/privacy.ts";
import { PrivacyError } from "../emit/privacy-key.ts";
import { type EveType, NETWORK_TYPES, TOLD_TYPES } from "../emit/record-types.ts";
import type { AnomalyRecord, FlowRecord, SipRecord, StatsRecord } from "../emit/records.ts";
import type { SinkHealth } from "../emit/sink.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { CallCountRecord, CallRecord } from "../track/call-records/call-record.ts";
import type {
  RegistrationCountRecord,
  RegistrationRecord,
} from "../track/registrations/registration-record.ts";
import { type DeliveryEnd, deliveryEnds } from "./delivery-end.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { type FileOutput, openFileOutputs } from "./file-outputs.ts";
import { closeSpoolHome, openSpoolHome, type SpoolHome } from "./spool-home.ts";
import { startDelivery } from "./start-delivery.ts";

export interface RecordOutputsOptions {
  /** File of `--eve`, `-` for standard output, undefined for none. */
  readonly eve: string | undefined;
  /** `--output` and `outputs`, read. */
  readonly specs: OutputSpecs;
  readonly types: readonly EveType[];
  /** Outputs that name no records get cases only. */
  readonly caseOnly?: boolean;
  readonly config: Config;
  /** Null when no packets are kept. */
  readonly evidence: Evidence | null;
  readonly isReplay: boolean;
  /** A new network output begins at the oldest record that waits for another one. */
  readonly fromStart: boolean;
  readonly interfaceName: string;
  /** What is known of addresses; left out where nobody asks. */
  readonly notes?: Pick<AddressNotes, "of">;
  /** Names of the captures that are read, in a replay. */
  readonly captureNames?: () => readonly string[];
  /** A file can no longer be written: called once for each. */
  readonly onProblem: (problem: string, code: string) => void;
  /** What network outputs have to say, one line each. */
  readonly onLine: (level: "warn" | "info", line: string) => void;
}

type Health = { readonly name: string } & SinkHealth;

/** Below all alerts: what goes first when the spool is full. */
const LOG_SEVERITY = 255;
const ID_DIGITS = 32;

/** Waiting for network outputs is looked at in steps: a stop must be noticed, and progress. */
const DRAIN_STEP_MS = 250;

/** Turns records into EVE lines and hands them to all files, to standard output and to network outputs. */
export class RecordOutputs {
  /** Null without network outputs. */
  readonly delivery: Delivery | null = null;
  readonly #writer: EveWriter;
  readonly #evidence: Evidence | null;
  readonly #privacy: Privacy;
  readonly #numbers: PhoneNumbers;
  readonly #files: readonly FileOutput[];
  /** Records that some network output gets. */
  readonly #sent: ReadonlySet<EveType>;
  /** Null where nobody is banned, and in a replay, whose results must not depend on other runs. */
  readonly #learned: LearnedHosts | null = null;
  readonly #home: SpoolHome | null = null;
  #ends: readonly DeliveryEnd[] | null = null;
  #isGivenUp = false;

  /** Opens all. Throws CommandError when one cannot be used. */
  constructor(options: RecordOutputsOptions) {
    const { caseOnly = false, config, interfaceName, isReplay, specs } = options;
    // Alerts, how they go on and what they are about are what this program is for: they are always among the records.
    const types = new Set<EveType>(caseOnly ? ["case"] : [...TOLD_TYPES, ...options.types]);
    const captureNames = options.captureNames ?? (() => []);
    const { notes } = options;
    const noted = notes === undefined ? {} : { notes: (ip: string) => notes.of(ip) };
    const run = { isReplay, interfaceName, captureNames };
    this.#writer = new EveWriter({ ...config.eve, ...run, ...noted });
    this.#evidence = options.evidence;
    this.#privacy = openPrivacy(config);
    this.#numbers = new PhoneNumbers(config.eve.homeCountry);
    this.#files = openFileOutputs({ ...options, types, files: specs.files });
    const { network } = specs;
    this.#sent = new Set(network.flatMap(({ types: of }) => of));
    if (network.length === 0) return;
    const feed = network.find(({ kind }) => kind === "ban");
    if (feed?.kind === "ban" && !isReplay) {
      this.#learned = new LearnedHosts(`${feed.settings.path}.learned.json`, Date.now());
    }
    this.#home = openSpoolHome(config, isReplay);
    const { dir } = this.#home;
    const { fromStart, onLine } = options;
    this.delivery = startDelivery({ outputs: network, config, dir, fromStart, onLine });
  }

  /** Some output takes records. */
  get isWritten(): boolean {
    return this.#files.length > 0 || this.delivery !== null;
  }

  /** Some output takes records of this type; ECS has a shape for those that network outputs may get only. */
  wants(type: EveType): boolean {
    const isInEcs = NETWORK_TYPES.includes(type);
    const isInFile = this.#files.some(({ isEcs, types }) => types.has(type) && (!isEcs || isInEcs));
    return isInFile || this.#sent.has(type);
  }

  /** The alert as people may see it, too. */
  masked(alert: Alert): Alert {
    return this.#privacy.alert(alert);
  }

  maskedCase(record: CaseRecord): CaseRecord {
    return this.#privacy.case(withPlaces(record, this.#numbers));
  }

  /** Writes the alert and returns its line. */
  alert(alert: Alert): string {
    // Evidence looks for the account that the packets name, so names are masked after it.
    const file = this.#evidence?.alert(alert) ?? undefined;
    const known = this.#withLearned(alert.srcIp, alert.voip.source);
    const full = known === null ? alert : { ...alert, voip: { ...alert.voip, source: known } };
    const masked = this.#privacy.alert(full);
    const line = this.#writer.alert(masked, file);
    this.#write("alert", line);
    const { alertId, signature, srcIp, voip } = masked;
    const key = srcIp === "" ? (voip.counter?.key ?? "") : srcIp;
    this.delivery?.offer({ severity: signature.severity, alertId, key, line });
    return line;
  }

  incident(incident: IncidentRecord): void {
    // No packet will come any more: the record names the whole file.
    if (incident.reason === "end_of_run") this.#evidence?.close();
    const file = this.#evidence?.find(incident.incidentId);
    const known = this.#withLearned(incident.srcIp, incident.source);
    const masked = this.#privacy.incident(
      known === null ? incident : { ...incident, source: known },
    );
    const line = this.#writer.incident(masked, file);
    this.#write("incident", line);
    const { alertId, key, signature, srcIp } = masked;
    const { severity } = signature;
    this.delivery?.offer({ severity, alertId, key: srcIp === "" ? key : srcIp, line });
  }

  call(record: CallRecord): void {
    const call = this.#privacy.call(withNumbers(record, this.#numbers));
    this.#log("call", this.#writer.call(call), record.callId);
  }

  callCount(record: CallCountRecord): void {
    this.#log("call", this.#writer.callCount(record), "");
  }

  registration(record: RegistrationRecord): void {
    const line = this.#writer.registration(this.#privacy.registration(record));
    this.#log("registration", line, record.aor);
  }

  registrationCount(record: RegistrationCountRecord): void {
    this.#log("registration", this.#writer.registrationCount(record), "");
  }

  case(record: CaseRecord): void {
    const masked = this.maskedCase(record);
    const line = this.#writer.case(masked);
    this.#write("case", line);
    const { alertId, caseId, severity } = masked;
    this.delivery?.offer({ severity, alertId, key: caseId, line });
  }

  sip(record: SipRecord): void {
    this.#write("sip", this.#writer.sip(this.#privacy.sip(record)));
  }

  flow(record: FlowRecord): void {
    this.#write("flow", this.#writer.flow(record));
  }

  anomaly(record: AnomalyRecord): void {
    this.#write("anomaly", this.#writer.anomaly(record));
  }

  stats(record: StatsRecord): void {
    this.#write("stats", this.#writer.stats(record));
  }

  /** Takes note of the addresses that others depend on, for the next run. */
  learnHosts({ names, statistics, tracker }: Pipeline): void {
    const learned = this.#learned;
    if (learned === null) return;
    tracker.standings.forEachShared(statistics.lastUs, (host, use) => {
      learned.learn(names.text(host), use, Date.now());
    });
    void learned.save();
  }

  /** Opens all files again: log rotation has renamed them. */
  reopen(): void {
    for (const { sink } of this.#files) sink.reopen();
  }

  /**
   * Waits until network outputs have acknowledged everything: at most `longestMs` in all, and as long as there
   * is none in `stalledMs`. What is left stays in the spool.
   */
  async drain(longestMs: number, stalledMs: number): Promise<OutputLeft[]> {
    if (this.delivery === null) return [];
    const endMs = performance.now() + longestMs;
    let least = Number.POSITIVE_INFINITY;
    let progressMs = performance.now();
    for (;;) {
      const nowMs = performance.now();
      const waitMs = Math.max(0, Math.min(DRAIN_STEP_MS, endMs - nowMs));
      const left = await this.delivery.drain(waitMs);
      const sum = left.reduce((total, output) => total + output.left, 0);
      if (sum < least) progressMs = performance.now();
      least = Math.min(least, sum);
      const isStalled = performance.now() - progressMs >= stalledMs;
      if (sum === 0 || this.#isGivenUp || isStalled || performance.now() >= endMs) return left;
    }
  }

  /** Ends a `drain` that is under way. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** Resolves with what became of the records of each network output. */
  async close(): Promise<readonly DeliveryEnd[]> {
    const files = this.#files.map(({ sink }) => sink.close());
    await Promise.all([this.delivery?.close(), this.#learned?.save(), ...files]);
    for (const { release } of this.#files) release();
    if (this.delivery === null || this.#home === null) return [];
    this.#ends ??= deliveryEnds(this.delivery, this.#home);
    closeSpoolHome(this.#home);
    return this.#ends;
  }

  /** What has become of the records of each network output so far; final after `close`. */
  deliveries(): readonly Pick<DeliveryEnd, "name" | "account">[] {
    return this.#ends ?? this.delivery?.snapshot().outputs ?? [];
  }

  /** Of files; `delivery` speaks for itself. */
  health(): Health[] {
    return this.#files.map(({ sink }) => ({ name: sink.name, ...sink.health }));
  }

  /** What an earlier run has learned of the source; null when that is no news. */
  #withLearned(ip: string, source: AlertSource | undefined): AlertSource | null {
    if (this.#learned === null || ip === "" || (source?.shared ?? "") !== "") return null;
    const shared = this.#learned.useOf(ip, Date.now());
    return shared === "" ? null : { isProven: source?.isProven ?? false, shared };
  }

  /** A record that is no detection. `key` keeps those of one call or user in order. */
  #log(type: "call" | "registration", written: string | LineBytes, key: string): void {
    this.#write(type, written);
    if (!this.#sent.has(type)) return;
    const line = written.toString();
    const alertId = createHash("sha256").update(line).digest("hex").slice(0, ID_DIGITS);
    this.delivery?.offer({ severity: LOG_SEVERITY, alertId, key, line });
  }

  #write(type: EveType, line: string | LineBytes): void {
    for (const { isEcs, sink, types } of this.#files) {
      if (!types.has(type)) continue;
      if (!isEcs) sink.offer(line);
      else if (NETWORK_TYPES.includes(type)) sink.offer(ecsLine(line.toString()));
    }
  }
}

/** Throws CommandError when the key of `hash` cannot be read. */
export function openPrivacy({ privacy }: Config): Privacy {
  try {
    return new Privacy(privacy);
  } catch (error) {
    if (error instanceof PrivacyError) throw new CommandError(ExitCode.BAD_CONFIG, [error.message]);
    throw error;
  }
}
