import { createHash } from "node:crypto";
import { didYouMean } from "../../detect/load-message.ts";
import type { KafkaSettings } from "../outputs/kafka-sink.ts";
import { kafkaSettings } from "./kafka-target.ts";
import { OutputError } from "./output-files.ts";
import type { OutputSettings, RecordFormat } from "./output-settings.ts";

/** A file that the main thread writes. */
export interface FileOutputSpec {
  readonly kind: "eve" | "ecs";
  /** For messages and metrics. */
  readonly name: string;
  readonly path: string;
}

interface NetworkOutput<Kind extends string, Settings> {
  readonly kind: Kind;
  /** Name of its cursor file: equal for the same receiver in every run, and for no other one. */
  readonly id: string;
  /** For messages and metrics; no other output has it, and it holds no secret. */
  readonly name: string;
  readonly format: RecordFormat;
  /** Longest time that one batch may take, with all that the sink tries within. */
  readonly sendMs: number;
  readonly settings: Settings;
}

/** An output of the delivery thread: plain data, which may hold secrets and is never printed. */
export type NetworkOutputSpec = NetworkOutput<"kafka", KafkaSettings>;

export interface OutputSpecs {
  readonly files: readonly FileOutputSpec[];
  readonly network: readonly NetworkOutputSpec[];
}

/** Outputs that cannot be used: one line for each fault, with its cure and without its secrets. */
export class OutputsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "OutputsError";
    this.problems = problems;
  }
}

type Unnamed<Spec> = Spec extends NetworkOutputSpec ? Omit<Spec, "id" | "sendMs"> : never;

interface Parsed {
  /** Tells the receiver from all others; it may hold a secret. */
  readonly identity: string;
  readonly timeoutMs: number;
  readonly spec: Unnamed<NetworkOutputSpec>;
}

type Parse = (rest: string, settings: OutputSettings, env: NodeJS.ProcessEnv) => Parsed;

/** Forms of an output, by what it begins with. */
const FORMS: Readonly<Record<string, Parse>> = {
  "kafka://": (rest, { kafka, sensor }, env) => {
    const settings = kafkaSettings(rest, kafka, sensor, env);
    const name = `kafka://${settings.brokers.join(",")}/${settings.topic}`;
    return {
      identity: name,
      timeoutMs: settings.requestTimeoutMs,
      spec: { kind: "kafka", name, format: kafka.format, settings },
    };
  },
};

const FILE_FORM = /^(eve|ecs):(.*)$/s;
/** A sink may answer late by its own time limit, after a first attempt that took as long. */
const SLACK_MS = 5_000;

/**
 * Reads all outputs. One that is given twice counts once. Files of keys and secrets are read here, so that
 * the process may give up its rights afterwards. Throws OutputsError.
 */
export function parseOutputs(
  targets: readonly string[],
  settings: OutputSettings,
  env: NodeJS.ProcessEnv,
): OutputSpecs {
  const files = new Map<string, FileOutputSpec>();
  const network = new Map<string, NetworkOutputSpec>();
  const problems: string[] = [];
  for (const target of targets) {
    try {
      const file = parseFile(target);
      if (file !== null) {
        files.set(file.name, file);
        continue;
      }
      const spec = parseNetwork(target, settings, env);
      network.set(spec.id, spec);
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new OutputsError(problems);
  return { files: [...files.values()], network: [...network.values()] };
}

function parseFile(target: string): FileOutputSpec | null {
  const match = FILE_FORM.exec(target);
  if (match === null) return null;
  const [, kind, path = ""] = match;
  if (path === "") throw new OutputError(`${target}: give a file, such as ${kind}:alerts.json`);
  return { kind: kind === "ecs" ? "ecs" : "eve", name: target, path };
}

function parseNetwork(
  target: string,
  settings: OutputSettings,
  env: NodeJS.ProcessEnv,
): NetworkOutputSpec {
  const [form = ""] = /^[a-z+]*:(?:\/\/)?/i.exec(target) ?? [];
  const parse = Object.hasOwn(FORMS, form.toLowerCase()) ? FORMS[form.toLowerCase()] : undefined;
  if (parse === undefined) {
    const known = [...Object.keys(FORMS), "eve:", "ecs:"];
    const cure = didYouMean(form, known) || ` It begins with one of ${known.join(" ")}`;
    throw new OutputError(`"${form || target.slice(0, 40)}" is no output.${cure}`);
  }
  const { identity, spec, timeoutMs } = parse(target.slice(form.length), settings, env);
  const id = `${spec.kind}-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
  return { ...spec, id, sendMs: 2 * timeoutMs + SLACK_MS };
}
