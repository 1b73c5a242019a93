import type { Config } from "../config/config.ts";
import {
  encodeState,
  type LearnedState,
  restoreState,
  STATE_BYTES_MAX,
} from "../detect/baselines/baseline-state.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { StateFile } from "./state-file.ts";

/** Keeps what baselines have learned, and which countries accounts have called, in a file (`baseline.file`), from one run to the next. */
export class BaselineFile extends StateFile {
  readonly #state: LearnedState;
  readonly #nowUs: () => number;

  /** `nowUs` is packet time. */
  constructor(path: string, state: LearnedState, nowUs: () => number) {
    super(path, { option: "baseline.file", what: "baselines" });
    this.#state = state;
    this.#nowUs = nowUs;
  }

  /**
   * Reads the file, if it is there. Gives a line for people; a damaged file costs only what was learned. Throws
   * CommandError for a file that is something else, which would be overwritten.
   */
  load(): { level: "info" | "warn"; line: string } | null {
    const { path } = this;
    const bytes = this.read(STATE_BYTES_MAX);
    if (bytes === null) return null;
    const verdict = restoreState(bytes, this.#state);
    switch (verdict.state) {
      case "foreign":
        throw new CommandError(ExitCode.BAD_CONFIG, [
          `baseline.file: ${path} is no state of sipsentry and would be overwritten; name another file`,
        ]);
      case "bad":
        return {
          level: "warn",
          line: `${path}: ${verdict.reason}; baselines and the countries of accounts begin to learn anew`,
        };
      case "restored": {
        const { accounts, dropped, keys } = verdict;
        const lost = dropped === 0 ? "" : `; ${dropped} keys of rules that changed begin anew`;
        return {
          level: "info",
          line: `${path}: baselines of ${keys} keys, countries of ${accounts} accounts${lost}`,
        };
      }
    }
  }

  protected override encoded(): Uint8Array | null {
    // Without a packet there is no time, and what was restored is still in the file.
    const nowUs = this.#nowUs();
    return nowUs <= 0 ? null : encodeState(this.#state, nowUs);
  }
}

/** The file of a run, read; null when `baseline.file` is empty. Throws CommandError. */
export function openBaselines(
  config: Config,
  { engine, statistics, tracker }: Pipeline,
  { messages, isLive }: { messages: Messages; isLive: boolean },
): BaselineFile | null {
  const { file } = config.baseline;
  if (file === "") {
    if (isLive && engine.baselines.isUsed)
      messages.info("baselines are learned in memory only; baseline.file keeps them over restarts");
    return null;
  }
  const kept = new BaselineFile(
    file,
    { baselines: engine.baselines, countries: tracker.sip.toll.countries },
    () => statistics.lastUs,
  );
  const loaded = kept.load();
  if (loaded !== null) messages[loaded.level](loaded.line);
  const fault = kept.writeFault();
  if (fault !== "") messages.warn(fault);
  return kept;
}
