import { type FileSink, openFileSink, openStdoutSink, SinkError } from "../emit/file-sink.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

export interface FileOutputsOptions {
  /** File of `--eve`, `-` for standard output, undefined for none. */
  readonly eve: string | undefined;
  /** Further files, of `--output` and the configuration. */
  readonly files: readonly { readonly name: string; readonly path: string }[];
  readonly isReplay: boolean;
  /** A file can no longer be written: called once for each. */
  readonly onProblem: (problem: string, code: string) => void;
}

/** Opens all files that records are written to. Throws CommandError when one cannot be. */
export function openFileOutputs({
  eve,
  files,
  isReplay,
  onProblem,
}: FileOutputsOptions): FileSink[] {
  const whenFull = isReplay ? "wait" : "drop";
  const sinks: FileSink[] = [];
  const open = (option: string, path: string): void => {
    try {
      sinks.push(openFileSink(path, { whenFull, onProblem, append: !isReplay }));
    } catch (error) {
      if (error instanceof SinkError)
        throw new CommandError(ExitCode.FAILED, [`${option}: ${error.message}`]);
      throw error;
    }
  };
  if (eve === "-") sinks.push(openStdoutSink({ whenFull, onProblem }));
  else if (eve !== undefined) open("--eve", eve);
  for (const { name, path } of files) open(`--output ${name}`, path);
  return sinks;
}
