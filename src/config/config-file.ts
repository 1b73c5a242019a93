import { readFileSync } from "node:fs";
import type { Document } from "yaml";
import type * as z from "zod";
import { loadLater } from "../base/load-later.ts";
import { didYouMean } from "../detect/rules/load-message.ts";
import { type Config, configSchema, defaultConfig } from "./config.ts";
import { optionKeys } from "./config-options.ts";

/** A configuration that cannot be used: one line for each fault, with file, line and cure. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

export interface ConfigSource {
  /** YAML file. */
  readonly file?: string | undefined;
  /** `key=value` overrides, later ones win. */
  readonly sets?: readonly string[];
}

type Path = readonly PropertyKey[];
/** Where the value at a path came from, such as `my.yaml:12:5`. */
type Locate = (path: Path) => string;

const BYTES_MAX = 4_194_304;
/** One fault of syntax makes others behind it, and a file of another kind has one a line. */
const YAML_FAULTS_SHOWN = 5;
const YAML_FAULT_CHARS = 160;

/** Reads the file, lays the overrides on top, checks all. Throws ConfigError. */
export function loadConfig(source: ConfigSource): Config {
  if (source.file === undefined && (source.sets ?? []).length === 0) return defaultConfig();
  const { tree, locate } = source.file === undefined ? empty() : readTree(source.file);
  const origins = new Map<string, string>();
  for (const set of source.sets ?? []) override(tree, set, origins);
  const where: Locate = (path) => {
    for (let n = path.length; n > 0; n--) {
      const origin = origins.get(path.slice(0, n).join("."));
      if (origin !== undefined) return origin;
    }
    return locate(path);
  };
  let result = configSchema().safeParse(tree);
  if (!result.success && takeAsTyped(tree, result.error.issues, source.sets ?? []))
    result = configSchema().safeParse(tree);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap((issue) => describe(issue, where)));
}

type Tree = Record<string, unknown>;

function yaml(): typeof import("yaml") {
  return loadLater("yaml");
}

function empty(): { tree: Tree; locate: Locate } {
  return { tree: {}, locate: () => "configuration" };
}

function readTree(file: string): { tree: Tree; locate: Locate } {
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const lines = faults
      .slice(0, YAML_FAULTS_SHOWN)
      .map((fault) => `${at(fault.pos[0])}: ${yamlFault(fault.message)}`);
    const more = faults.length - lines.length;
    if (more > 0) lines.push(`${file}: ${more} more faults behind these; is it a YAML file?`);
    throw new ConfigError(lines);
  }
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError([`${file}: ${(error as Error).message}`]);
  }
  if (tree === null || tree === undefined) return { tree: {}, locate: () => file };
  if (typeof tree !== "object" || Array.isArray(tree)) {
    throw new ConfigError([
      `${file}:1:1: expected "name: value" lines; see sipsentry config check --print-options`,
    ]);
  }
  dropEmpty(tree as Tree, 0);
  return { tree: tree as Tree, locate: (path) => locateIn(document, path, file, at) };
}

/** A section whose lines are all commented out reads as null: it stands for its defaults. */
function dropEmpty(tree: Tree, depth: number): void {
  for (const [key, value] of Object.entries(tree)) {
    if (value === null) delete tree[key];
    else if (typeof value === "object" && !Array.isArray(value) && depth < 3) {
      dropEmpty(value as Tree, depth + 1);
    }
  }
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > BYTES_MAX)
      throw new ConfigError([`${file}: larger than 4 MiB; not a configuration`]);
    if (bytes.includes(0))
      throw new ConfigError([`${file}: not a text; give a YAML file to --config`]);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reason = READ_FAULTS[code ?? ""] ?? (error as Error).message;
    throw new ConfigError([`cannot read configuration ${file}: ${reason}`]);
  }
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "no such file; give an existing YAML file to --config",
  EACCES: "permission denied; make it readable for this user",
  EISDIR: "it is a directory; give a YAML file to --config",
};

function yamlFault(message: string): string {
  const first = (message.split("\n")[0] ?? "").trim();
  // Some quote what they do not understand, whole paragraphs of it.
  const line = first.length > YAML_FAULT_CHARS ? `${first.slice(0, YAML_FAULT_CHARS)}...` : first;
  return line.startsWith("Unresolved tag")
    ? `${line}; put quotes around a value that begins with "!"`
    : line;
}

/** Position of a key, else of its nearest parent that the file has. */
function locateIn(
  document: Document,
  path: Path,
  file: string,
  at: (offset: number) => string,
): string {
  for (let n = path.length; n > 0; n--) {
    const parent = n === 1 ? document.contents : document.getIn(path.slice(0, n - 1), true);
    const offset = keyOffset(parent, path[n - 1]);
    if (offset !== undefined) return at(offset);
  }
  return file;
}

function keyOffset(parent: unknown, key: PropertyKey | undefined): number | undefined {
  const { isMap, isNode } = yaml();
  if (!isMap(parent)) return undefined;
  for (const pair of parent.items) {
    const node = pair.key;
    if (isNode(node) && String(node) === String(key)) return node.range?.[0];
  }
  return undefined;
}

function override(tree: Tree, set: string, origins: Map<string, string>): void {
  const equals = set.indexOf("=");
  const path = set.slice(0, Math.max(equals, 0)).trim().split(".");
  if (equals < 1 || path.some((part) => part === "" || part === "__proto__")) {
    throw new ConfigError([
      `--set ${set}: expected key=value, such as --set limits.flowsMax=100000`,
    ]);
  }
  const last = path.pop() as string;
  let node = tree;
  for (const part of path) {
    const next = Object.hasOwn(node, part) ? node[part] : undefined;
    if (typeof next === "object" && next !== null && !Array.isArray(next)) node = next as Tree;
    else node = node[part] = {} as Tree;
  }
  node[last] = overrideValue(path[0], set.slice(equals + 1).trim());
  origins.set([...path, last].join("."), `--set ${set}`);
}

/** Of `--set spool.dir=7` YAML makes a number, and who typed it meant a text. True when there was such a one. */
function takeAsTyped(
  tree: Tree,
  issues: readonly z.core.$ZodIssue[],
  sets: readonly string[],
): boolean {
  let isAny = false;
  for (const issue of issues) {
    if (issue.code !== "invalid_type" || issue.expected !== "string") continue;
    const keys = issue.path.map(String);
    const typed = sets.findLast((set) => set.slice(0, set.indexOf("=")).trim() === keys.join("."));
    const name = keys.pop();
    if (typed === undefined || name === undefined) continue;
    const parent = keys.reduce((node, key) => node[key] as Tree, tree);
    if (typeof parent[name] === "object") continue;
    parent[name] = typed.slice(typed.indexOf("=") + 1).trim();
    isAny = true;
  }
  return isAny;
}

/** Variables keep their text: `!` and `$` mean something else in YAML. */
function overrideValue(section: string | undefined, value: string): unknown {
  if (section === "vars") return value;
  try {
    return yaml().parse(value, { logLevel: "silent" }) ?? "";
  } catch {
    return value;
  }
}

function describe(issue: z.core.$ZodIssue, where: Locate): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const name = path.join(".");
      return `${where(path)}: unknown option "${name}".${guess(name) || " See sipsentry config check --print-options"}`;
    });
  }
  return [`${where(issue.path)}: ${issue.path.join(".") || "configuration"}: ${fault(issue)}`];
}

/** The nearest full name; a section is guessed from its own name, not from its options'. */
function guess(name: string): string {
  const depth = name.split(".").length;
  const keys = optionKeys().map((key) => key.split(".").slice(0, depth).join("."));
  return didYouMean(name, new Set(keys));
}

/** What a value has to be, as it is written. */
const EXPECTED: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "a text; one that looks like a number, a list or true needs quotes around it",
  array: "a list, such as [one, two]",
  object: 'a section, "name: value" lines',
};

function fault(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_big":
      return `too large; the largest value is ${issue.maximum}`;
    case "too_small":
      return `too small; the smallest value is ${issue.minimum}`;
    case "invalid_type":
      // An option that says itself how it is written.
      if (!issue.message.startsWith("Invalid input")) return issue.message;
      return `expected ${EXPECTED[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return "expected a text or a list of texts and numbers";
    case "invalid_key":
      return "a variable's name is letters, digits, _ and -";
    default:
      return issue.message;
  }
}
