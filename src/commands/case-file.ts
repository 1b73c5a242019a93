import type { Config } from "../config/config.ts";
import type { Cases } from "../detect/cases/cases.ts";
import { KeptCases } from "../detect/cases/kept-case.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { StateFile } from "./state-file.ts";

const BYTES_MAX = 512 * 1_048_576;

/** Keeps open cases in a file (`cases.file`), from one run of `live` to the next. */
export class CaseFile extends StateFile {
  readonly #cases: Cases;
  readonly #nowUs: () => number;

  /** `nowUs` is packet time. From now on the end of the run closes no case. */
  constructor(path: string, cases: Cases, nowUs: () => number) {
    super(path, { option: "cases.file", what: "cases" });
    this.#cases = cases;
    this.#nowUs = nowUs;
    cases.isKept = true;
  }

  /** Reads the file, if it is there; a damaged one costs its cases. Throws CommandError for one that is something else. */
  load(): { readonly level: "info" | "warn"; readonly line: string } | null {
    const text = this.read(BYTES_MAX)?.toString("utf8") ?? null;
    if (text === null) return null;
    let read: unknown;
    try {
      read = JSON.parse(text);
    } catch {
      read = null;
    }
    const isOurs = text.startsWith('{"kind":"sipsentry cases"');
    if (!isOurs) {
      throw new CommandError(ExitCode.BAD_CONFIG, [
        `cases.file: ${this.path} holds no cases of sipsentry and would be overwritten; name another file`,
      ]);
    }
    const kept = KeptCases.safeParse(read);
    if (!kept.success) {
      const where = kept.error.issues[0]?.path.join(".") ?? "";
      const what = read === null ? "cut off" : `not as this version writes it (${where})`;
      return { level: "warn", line: `${this.path}: ${what}; cases begin anew` };
    }
    const { cases } = kept.data;
    this.#cases.restore(cases);
    return { level: "info", line: `${this.path}: ${cases.length} open cases go on` };
  }

  protected override encoded(): string | null {
    const savedUs = this.#nowUs();
    // Without a packet nothing has changed.
    if (savedUs <= 0) return null;
    const kept: KeptCases = {
      kind: "sipsentry cases",
      version: 1,
      savedUs,
      cases: this.#cases.kept(),
    };
    return `${JSON.stringify(kept)}\n`;
  }
}

/** The file of a run, read; null without one, and in a replay, whose results must not depend on other runs. Throws CommandError. */
export function openCases(
  config: Config,
  { engine, statistics }: Pipeline,
  { messages, isLive }: { messages: Messages; isLive: boolean },
): CaseFile | null {
  const { file } = config.cases;
  if (file === "" || !isLive) return null;
  const kept = new CaseFile(file, engine.attacks.cases, () => statistics.lastUs);
  const loaded = kept.load();
  if (loaded !== null) messages[loaded.level](loaded.line);
  const fault = kept.writeFault();
  if (fault !== "") messages.warn(fault);
  return kept;
}
