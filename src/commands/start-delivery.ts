import { hostname } from "node:os";
import type { Config } from "../config.ts";
import { Delivery, type OutputLeft } from "../emit/delivery/delivery.ts";
import {
  type NetworkOutputSpec,
  type OutputSpecs,
  OutputsError,
  parseOutputs,
} from "../emit/delivery/output-spec.ts";
import { SinkError } from "../emit/file-sink.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

const MIB = 1_048_576;
/** Where `spool.dir` is empty: beside the captures that are replayed. */
const SPOOL_DIR = "sipsentry-spool";

/**
 * Reads `--output` and `outputs`, with the sections of the configuration that they need. `option` is what
 * faults are said of. Throws CommandError.
 */
export function outputSpecs(
  targets: readonly string[],
  config: Config,
  option = "--output",
): OutputSpecs {
  const { ban, eve, kafka, syslog, webhook } = config;
  const sensor = eve.sensor === "" ? hostname() : eve.sensor;
  try {
    return parseOutputs(targets, { sensor, ban, kafka, syslog, webhook }, process.env);
  } catch (error) {
    if (error instanceof OutputsError)
      throw new CommandError(
        ExitCode.BAD_CONFIG,
        error.problems.map((problem) => `${option}: ${problem}`),
      );
    throw error;
  }
}

export function spoolDir(config: Config): string {
  return config.spool.dir === "" ? SPOOL_DIR : config.spool.dir;
}

/** Takes the spool folder and starts the delivery thread. Throws CommandError. */
export function startDelivery(options: {
  readonly outputs: readonly NetworkOutputSpec[];
  readonly config: Config;
  readonly onLine: (level: "warn" | "info", line: string) => void;
}): Delivery {
  const { maxMib, memoryMib, segmentMib, syncMs } = options.config.spool;
  try {
    return new Delivery({
      spool: {
        dir: spoolDir(options.config),
        maxBytes: maxMib * MIB,
        segmentBytes: segmentMib * MIB,
        memoryBytes: memoryMib * MIB,
        syncMs,
      },
      outputs: options.outputs,
      onLine: options.onLine,
    });
  } catch (error) {
    if (error instanceof SinkError) throw new CommandError(ExitCode.FAILED, [error.message]);
    throw error;
  }
}

/** One line for each output that has not acknowledged everything; `lost` of it is not even in the spool. */
export function leftLines(left: readonly OutputLeft[], dir: string, lost: number): string[] {
  return left.map(({ name, left: count, problem }) => {
    const reason = problem === "" ? "" : ` (${problem})`;
    const kept =
      lost === 0 ? "they" : `${lost} are lost, as the spool did not take them; the others`;
    return `${count} records are not acknowledged by ${name}${reason}; ${kept} wait in ${dir} and go out with the next run that has this output`;
  });
}
