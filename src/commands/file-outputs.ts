import type { Config } from "../config/config.ts";
import type { FileOutputSpec } from "../emit/delivery/output-spec.ts";
import { type FileSink, openFileSink, openStdoutSink, SinkError } from "../emit/file-sink.ts";
import { markWriter, otherWriterOf } from "../emit/file-writers.ts";
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
  readonly onLine: (level: "warn" | "info", line: string) => void;
}

const MIB = 1_048_576;

/** A file, or standard output, that gets records. */
export interface FileOutput {
  readonly sink: FileSink;
  /** In the Elastic Common Schema, which has a shape for alerts, incidents, cases, calls and registrations only; else EVE. */
  readonly isEcs: boolean;
  readonly types: ReadonlySet<EveType>;
  /** To be called once it is closed. */
  readonly release: () => void;
}

/** Opens all files that records are written to. Throws CommandError when one cannot be. */
export function openFileOutputs(options: FileOutputsOptions): FileOutput[] {
  const { eve, files, types } = options;
  const outputs: FileOutput[] = [];
  if (eve === "-") {
    const sink = openStdoutSink({ whenFull: whenFull(options), onProblem: options.onProblem });
    outputs.push({ sink, isEcs: false, types, release: () => {} });
  } else if (eve !== undefined) {
    outputs.push({ ...openFile("--eve", eve, options), isEcs: false, types });
  }
  for (const { kind, name, path, types: own } of files) {
    const of = own === null ? types : new Set(own);
    outputs.push({
      ...openFile(`--output ${name}`, path, options),
      isEcs: kind === "ecs",
      types: of,
    });
  }
  return outputs;
}

function whenFull({ isReplay }: FileOutputsOptions): "wait" | "drop" {
  return isReplay ? "wait" : "drop";
}

function openFile(
  option: string,
  path: string,
  options: FileOutputsOptions,
): Pick<FileOutput, "sink" | "release"> {
  const { config, isReplay, onLine, onProblem } = options;
  const { rotateKeep, rotateMib, rotateS } = config.eve;
  const rotation = { maxBytes: rotateMib * MIB, maxMs: rotateS * 1_000, keep: rotateKeep };
  const other = otherWriterOf(path);
  if (other > 0 && isReplay) throw cannotOpen(option, inUse(path, other));
  if (other > 0) onLine("warn", `${option}: ${alsoWritten(path, other)}`);
  try {
    const sink = openFileSink(path, {
      whenFull: whenFull(options),
      onProblem,
      append: !isReplay,
      onRecovery: (line) => onLine("info", line),
      ...(!isReplay && { rotation }),
    });
    return { sink, release: isReplay ? () => {} : markWriter(path) };
  } catch (error) {
    if (error instanceof SinkError) throw cannotOpen(option, error.message);
    throw error;
  }
}

function cannotOpen(option: string, problem: string): CommandError {
  return new CommandError(ExitCode.FAILED, [`${option}: ${problem}`]);
}

/** A replay makes the file anew, and a sensor that writes to it goes on where nobody reads. */
function inUse(path: string, pid: number): string {
  return `cannot write ${path}: process ${pid}, a sensor, writes to it, and what it has found would be lost; give another path`;
}

/** Sensors that add to one file mix their lines; each moves it away when it is large, and cuts half lines off its end when the disk is full. */
function alsoWritten(path: string, pid: number): string {
  return `${path} is written by process ${pid}, another sensor, too: their records are mixed, and each may cut or move away the other's; give each its own`;
}
