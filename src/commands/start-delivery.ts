import { hostname } from "node:os";
import type { Config } from "../config/config.ts";
import { Delivery } from "../emit/delivery/delivery.ts";
import {
  type NetworkOutputSpec,
  type OutputSpecs,
  OutputsError,
  parseOutputs,
} from "../emit/delivery/output-spec.ts";
import { SinkError } from "../emit/file-sink.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

const MIB = 1_048_576;

/**
 * Reads `--output` and `outputs`, with the sections of the configuration that they need. `option` is what
 * faults are said of. Throws CommandError.
 */
export function outputSpecs(
  targets: readonly string[],
  config: Config,
  option = "--output",
): OutputSpecs {
  const { ban, eve, kafka, mail, notify, syslog, webhook } = config;
  const sensor = eve.sensor === "" ? hostname() : eve.sensor;
  try {
    const settings = { sensor, ban, kafka, mail, notify, syslog, webhook };
    return parseOutputs(targets, settings, process.env);
  } catch (error) {
    if (error instanceof OutputsError)
      throw new CommandError(
        ExitCode.BAD_CONFIG,
        error.problems.map((problem) => `${option}: ${problem}`),
      );
    throw error;
  }
}

/** Takes the spool folder and starts the delivery thread. Throws CommandError. */
export function startDelivery(options: {
  readonly outputs: readonly NetworkOutputSpec[];
  readonly config: Config;
  /** Folder of the spool. */
  readonly dir: string;
  readonly fromStart: boolean;
  readonly onLine: (level: "warn" | "info", line: string) => void;
}): Delivery {
  const { maxMib, memoryMib, segmentMib, syncMs } = options.config.spool;
  try {
    return new Delivery({
      spool: {
        dir: options.dir,
        maxBytes: maxMib * MIB,
        segmentBytes: segmentMib * MIB,
        memoryBytes: memoryMib * MIB,
        syncMs,
      },
      outputs: options.outputs,
      fromStart: options.fromStart,
      onLine: options.onLine,
    });
  } catch (error) {
    if (error instanceof SinkError) throw new CommandError(ExitCode.FAILED, [error.message]);
    throw error;
  }
}
