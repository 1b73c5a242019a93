import { createHash } from "node:crypto";
import { didYouMean } from "../../detect/rules/load-message.ts";
import type { BanSettings } from "../outputs/ban-sink.ts";
import type { KafkaSettings } from "../outputs/kafka-sink.ts";
import type { NotifySettings } from "../outputs/notify-sink.ts";
import { NOTIFY_TEMPLATES, type NotifyTemplate } from "../outputs/notify-templates.ts";
import type { SyslogSettings } from "../outputs/syslog-sink.ts";
import { webhookName } from "../outputs/webhook-name.ts";
import type { WebhookSettings } from "../outputs/webhook-sink.ts";
import { type EveType, TOLD_TYPES } from "../record-types.ts";
import { banSettings } from "./ban-target.ts";
import { kafkaSettings } from "./kafka-target.ts";
import { mailSettings } from "./mail-target.ts";
import { notifySettings, whomToTell } from "./notify-target.ts";
import { hostPortText } from "./output-address.ts";
import { OutputError } from "./output-files.ts";
import type { OutputSettings, RecordFormat } from "./output-settings.ts";
import { networkTypes, type TypedTarget, typedTarget } from "./output-types.ts";
import { syslogSettings } from "./syslog-target.ts";
import { webhookSettings } from "./webhook-target.ts";

/** A file that the main thread writes. */
export interface FileOutputSpec {
  readonly kind: "eve" | "ecs";
  /** For messages and metrics. */
  readonly name: string;
  readonly path: string;
  /** Records that it gets; null: those of `eve.types`. */
  readonly types: readonly EveType[] | null;
}

interface NetworkOutput<Kind extends string, Settings> {
  readonly kind: Kind;
  /** Name of its cursor file: equal for the same receiver in every run, and for no other one. */
  readonly id: string;
  /** For messages and metrics; no other output has it, and it holds no secret. */
  readonly name: string;
  readonly format: RecordFormat;
  /** Records that it gets. */
  readonly types: readonly EveType[];
  /** Longest time that one batch may take, with all that the sink tries within. */
  readonly sendMs: number;
  readonly settings: Settings;
}

/** An output of the delivery thread: plain data, which may hold secrets and is never printed. */
export type NetworkOutputSpec =
  | NetworkOutput<"ban", BanSettings>
  | NetworkOutput<"kafka", KafkaSettings>
  | NetworkOutput<"notify", NotifySettings>
  | NetworkOutput<"syslog", SyslogSettings>
  | NetworkOutput<"webhook", WebhookSettings>;

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

type Unnamed<Spec> = Spec extends NetworkOutputSpec ? Omit<Spec, "id" | "sendMs" | "types"> : never;

interface Parsed {
  /** Tells the receiver from all others; it may hold a secret. */
  readonly identity: string;
  readonly timeoutMs: number;
  readonly spec: Unnamed<NetworkOutputSpec>;
}

/** `rest` is the target without its form. */
type Parse = (rest: string, settings: OutputSettings, env: NodeJS.ProcessEnv) => Parsed;

/** Forms of an output, by what it begins with. */
const FORMS: Readonly<Record<string, Parse>> = {
  "kafka://": (rest, { kafka, sensor }, env) => {
    const settings = kafkaSettings(rest, kafka, sensor, env);
    const name = `kafka://${settings.brokers.join(",")}/${settings.topic}`;
    const spec = { kind: "kafka", name, format: kafka.format, settings } as const;
    return { identity: name, timeoutMs: settings.requestTimeoutMs, spec };
  },
  "syslog://": parseSyslog("udp"),
  "syslog+tcp://": parseSyslog("tcp"),
  "syslog+tls://": parseSyslog("tls"),
  "ban:": parseBanFeed,
  "http://": parseWebhook("http://"),
  "https://": parseWebhook("https://"),
  ...Object.fromEntries(NOTIFY_TEMPLATES.flatMap(notifyForms)),
  "mail+smtp://": parseMail("smtp"),
  "mail+smtps://": parseMail("smtps"),
};

/** Messages about cases: `slack+https://...` and its like. */
function notifyForms(template: NotifyTemplate): [string, Parse][] {
  return ["http://", "https://"].map((scheme) => {
    const parse: Parse = (rest, options) => {
      const settings = notifySettings(template, scheme + rest, options);
      const { timeoutMs, url } = settings.to.webhook;
      const name = `${template}+${webhookName(url)}`;
      const spec = { kind: "notify", name, format: "eve", settings } as const;
      return { identity: `${template} ${url}`, timeoutMs, spec };
    };
    return [`${template}+${scheme}`, parse];
  });
}

function parseMail(scheme: "smtp" | "smtps"): Parse {
  return (rest, { mail: options, notify }) => {
    const mail = mailSettings(rest, scheme, options);
    const name = `mail+${scheme}://${hostPortText(mail)}/${mail.to.join(",")}`;
    const settings = { ...whomToTell(notify), to: { template: "mail", mail, name } } as const;
    const spec = { kind: "notify", name, format: "eve", settings } as const;
    return { identity: name, timeoutMs: mail.timeoutMs, spec };
  };
}

function parseBanFeed(path: string, { ban }: OutputSettings): Parsed {
  const settings = banSettings(path, ban);
  const name = `ban:${settings.path}`;
  const spec = { kind: "ban", name, format: "eve", settings } as const;
  return { identity: name, timeoutMs: FILE_TIMEOUT_MS, spec };
}

function parseSyslog(transport: SyslogSettings["transport"]): Parse {
  return (rest, options) => {
    const settings = syslogSettings(rest, transport, options);
    const scheme = transport === "udp" ? "syslog" : `syslog+${transport}`;
    const name = `${scheme}://${hostPortText(settings)}`;
    const spec = { kind: "syslog", name, format: options.syslog.format, settings } as const;
    return { identity: name, timeoutMs: settings.timeoutMs, spec };
  };
}

function parseWebhook(scheme: string): Parse {
  return (rest, { webhook }) => {
    const settings = webhookSettings(scheme + rest, webhook);
    const name = webhookName(settings.url);
    const spec = { kind: "webhook", name, format: webhook.format, settings } as const;
    return { identity: settings.url, timeoutMs: settings.timeoutMs, spec };
  };
}

const FILE_FORM = /^(eve|ecs):(.*)$/s;
const FILE_TIMEOUT_MS = 10_000;
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
  for (const text of targets) {
    try {
      const target = typedTarget(text);
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
  return { files: [...files.values()], network: withOwnNames([...network.values()]) };
}

function parseFile({ target, types }: TypedTarget): FileOutputSpec | null {
  const match = FILE_FORM.exec(target);
  if (match === null) return null;
  const [, kind, path = ""] = match;
  if (path === "") throw new OutputError(`${target}: give a file, such as ${kind}:alerts.json`);
  const name = types === null ? target : `${types.join(",")}=${target}`;
  return { kind: kind === "ecs" ? "ecs" : "eve", name, path, types };
}

function parseNetwork(
  { target, types }: TypedTarget,
  settings: OutputSettings,
  env: NodeJS.ProcessEnv,
): NetworkOutputSpec {
  const [form = ""] = /^[a-z+]*:(?:\/\/)?/i.exec(target) ?? [];
  const parse = Object.hasOwn(FORMS, form.toLowerCase()) ? FORMS[form.toLowerCase()] : undefined;
  if (parse === undefined) {
    const known = [...Object.keys(FORMS), "eve:", "ecs:"];
    const cure =
      didYouMean(form.toLowerCase(), known) || ` It begins with one of ${known.join(" ")}`;
    // What has no kind in front is not repeated: it may be a secret.
    const fault =
      form === "" ? "an output has its kind in front." : `output "${form}" is not known.`;
    throw new OutputError(fault + cure);
  }
  const { identity, spec, timeoutMs } = parse(target.slice(form.length), settings, env);
  const sendMs = 2 * timeoutMs + SLACK_MS;
  if (types === null) return { ...spec, id: idOf(spec.kind, identity), types: TOLD_TYPES, sendMs };
  if (spec.kind === "ban" || spec.kind === "notify") {
    throw new OutputError(`${spec.name}: takes what it needs; leave "${types.join(",")}=" out`);
  }
  const list = networkTypes(types, spec.name).join(",");
  const id = idOf(spec.kind, `${list}=${identity}`);
  return { ...spec, id, name: `${list}=${spec.name}`, types, sendMs };
}

function idOf(kind: string, identity: string): string {
  return `${kind}-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
}

/** Two webhooks may differ only in what their names leave out. */
function withOwnNames(specs: readonly NetworkOutputSpec[]): NetworkOutputSpec[] {
  const taken = new Set<string>();
  return specs.map((spec) => {
    const name = taken.has(spec.name) ? `${spec.name} (${spec.id.slice(-4)})` : spec.name;
    taken.add(name);
    return { ...spec, name };
  });
}
