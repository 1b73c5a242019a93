import type { Config } from "../config/config.ts";
import { Evidence } from "../emit/evidence/evidence.ts";
import { SinkError } from "../emit/file-sink.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

/** Null when `evidence.dir` is not set; `onProblem` gets what goes wrong with it later. Throws CommandError when the folder cannot be used. */
export function openEvidence(
  { evidence }: Config,
  onProblem: (problem: string) => void,
  pipeline: () => Pipeline,
): Evidence | null {
  if (evidence.dir === "") return null;
  try {
    return new Evidence({
      ...evidence,
      findCall: (key) => pipeline().tracker.dialogs.calls.first(key) ?? undefined,
      onProblem,
    });
  } catch (error) {
    if (error instanceof SinkError) throw new CommandError(ExitCode.FAILED, [error.message]);
    throw error;
  }
}
