import type { Config, EveType } from "../config.ts";
import type { Alert } from "../detect/alert.ts";
import type { IncidentRecord } from "../detect/incident.ts";
import { EveWriter } from "../emit/eve.ts";
import { type FileSink, openFileSink, openStdoutSink, SinkError } from "../emit/file-sink.ts";
import type { SinkHealth } from "../emit/sink.ts";
import type { AnomalyRecord, FlowRecord, SipRecord, StatsRecord } from "../track/records.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

export interface EveOutputOptions {
  /** File, `-` for standard output, undefined for none. */
  readonly target: string | undefined;
  readonly types: readonly EveType[];
  readonly config: Config;
  readonly isReplay: boolean;
  readonly interfaceName: string;
  /** Called once when writing breaks. */
  readonly onProblem: (problem: string, code: string) => void;
}

type Health = { readonly name: string } & SinkHealth;

/** Turns records into EVE lines and hands them to the sink that `--eve` names. */
export class EveOutput {
  readonly types: ReadonlySet<EveType>;
  readonly #writer: EveWriter;
  readonly #sink: FileSink | null;

  /** Opens the sink. Throws CommandError when it cannot be written to. */
  constructor(options: EveOutputOptions) {
    const { isReplay, interfaceName } = options;
    // Alerts and how they go on are what this program is for: they are always among the records.
    this.types = new Set<EveType>(["alert", "incident", ...options.types]);
    this.#writer = new EveWriter({ ...options.config.eve, isReplay, interfaceName });
    this.#sink = openSink(options);
  }

  get isWritten(): boolean {
    return this.#sink !== null;
  }

  /** Writes the alert and returns its line. */
  alert(alert: Alert): string {
    const line = this.#writer.alert(alert);
    this.#sink?.offer(line);
    return line;
  }

  incident(record: IncidentRecord): void {
    this.#sink?.offer(this.#writer.incident(record));
  }

  sip(record: SipRecord): void {
    this.#sink?.offer(this.#writer.sip(record));
  }

  flow(record: FlowRecord): void {
    this.#sink?.offer(this.#writer.flow(record));
  }

  anomaly(record: AnomalyRecord): void {
    this.#sink?.offer(this.#writer.anomaly(record));
  }

  stats(record: StatsRecord): void {
    this.#sink?.offer(this.#writer.stats(record));
  }

  async close(): Promise<void> {
    await this.#sink?.close();
  }

  health(): Health[] {
    return this.#sink === null ? [] : [{ name: this.#sink.name, ...this.#sink.health }];
  }
}

function openSink({ target, isReplay, onProblem }: EveOutputOptions): FileSink | null {
  if (target === undefined) return null;
  const whenFull = isReplay ? "wait" : "drop";
  if (target === "-") return openStdoutSink({ whenFull, onProblem });
  try {
    return openFileSink(target, { whenFull, onProblem, append: !isReplay });
  } catch (error) {
    if (error instanceof SinkError)
      throw new CommandError(ExitCode.FAILED, [`--eve: ${error.message}`]);
    throw error;
  }
}
