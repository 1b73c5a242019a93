import type { Config } from "../config/config.ts";
import type { FileOutputSpec } from "../emit/delivery/output-spec.ts";
import { type FileSink, openFileSink, openStdoutSink, SinkError } from "../emit/file-sink.ts";
import type { EveType } from "../emit/record-types.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

export interface FileOutputsOptions {
  /** File of `--eve`, `-` for standard output, undefined for none. */
  readonly eve: string | undefined;
  /** Further files, of `--output` and the configuration. */
  readonly files: readonly FileOutputSpec[];
  /** Records of `--eve`, and of files that name none. */
  readonly types: ReadonlySet<EveType>;
  /** `eve.rotate...` say when live capture begins a new file. */
  readonly config: Config;
  readonly isReplay: boolean;
  /** A file can no longer be written: called once for each. */
  readonly onProblem: (problem: string, code: string) => void;
  readonly onLine: (level: "info", line: string) => void;
}

const MIB = 1_048_576;

/** A file, or standard output, that gets records. */
export interface FileOutput {
  readonly sink: FileSink;
  /** In the Elastic Common Schema, which has a shape for alerts, incidents, cases, calls and registrations only; else EVE. */
  readonly isEcs: boolean;
  readonly types: ReadonlySet<EveType>;
}

/** Opens all files that records are written to. Throws CommandError when one cannot be. */
export function openFileOutputs({
  eve,
  files,
  types,
  config,
  isReplay,
  onProblem,
  onLine,
}: FileOutputsOptions): FileOutput[] {
  const whenFull = isReplay ? "wait" : "drop";
  const { rotateKeep, rotateMib, rotateS } = config.eve;
  const rotation = { maxBytes: rotateMib * MIB, maxMs: rotateS * 1_000, keep: rotateKeep };
  const outputs: FileOutput[] = [];
  const open = (option: string, path: string, what: Omit<FileOutput, "sink">): void => {
    try {
      const sink = openFileSink(path, {
        whenFull,
        onProblem,
        append: !isReplay,
        onRecovery: (line) => onLine("info", line),
        ...(!isReplay && { rotation }),
      });
      outputs.push({ sink, ...what });
    } catch (error) {
      if (error instanceof SinkError)
        throw new CommandError(ExitCode.FAILED, [`${option}: ${error.message}`]);
      throw error;
    }
  };
  if (eve === "-")
    outputs.push({ sink: openStdoutSink({ whenFull, onProblem }), isEcs: false, types });
  else if (eve !== undefined) open("--eve", eve, { isEcs: false, types });
  for (const { kind, name, path, types: own } of files) {
    const of = own === null ? types : new Set(own);
    open(`--output ${name}`, path, { isEcs: kind === "ecs", types: of });
  }
  return outputs;
}
