import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** One expectation of a test.yaml: so many EVE records have these values. */
export interface VerifyCheck {
  readonly count: number;
  /** Dotted paths, `[n]` for list elements. */
  readonly match: Readonly<Record<string, unknown>>;
}

export interface VerifyCase {
  readonly name: string;
  readonly pcap: string;
  /** Missing when the test runs without rules. */
  readonly rules: string | null;
  readonly checks: readonly VerifyCheck[];
}

interface TestYaml {
  readonly pcap?: string;
  readonly args?: readonly string[];
  readonly checks?: readonly { readonly filter?: { count?: unknown; match?: unknown } }[];
}

/** Options of Suricata that mean nothing here: checksums are never verified, SIP is always on. */
const KNOWN_ARGS = [/^-k none$/, /^--set app-layer\.protocols\.sip\.enabled=yes$/];

/** Reads the tests of a suricata-verify folder as they stand. */
export function readCases(root: string): VerifyCase[] {
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, "test.yaml")))
    .sort()
    .map((name) => readCase(root, name));
}

function readCase(root: string, name: string): VerifyCase {
  const folder = join(root, name);
  const yaml = parse(readFileSync(join(folder, "test.yaml"), "utf8")) as TestYaml;
  const files = readdirSync(folder);
  const rulesFile = files.find((file) => file.endsWith(".rules"));
  const rules = rulesFile === undefined ? null : join(folder, rulesFile);
  const pcap = join(
    folder,
    yaml.pcap ?? files.find((file) => file.endsWith(".pcap")) ?? "missing.pcap",
  );
  for (const arg of yaml.args ?? []) {
    if (!KNOWN_ARGS.some((known) => known.test(arg)))
      throw new Error(`${name}: unknown argument ${arg}`);
  }
  const checks = (yaml.checks ?? []).map((check) => readCheck(name, check.filter));
  return { name, pcap, rules, checks };
}

function readCheck(
  name: string,
  filter: { count?: unknown; match?: unknown } | undefined,
): VerifyCheck {
  if (
    filter === undefined ||
    typeof filter.count !== "number" ||
    typeof filter.match !== "object"
  ) {
    throw new Error(`${name}: a check that is not a filter with count and match`);
  }
  return { count: filter.count, match: filter.match as Record<string, unknown> };
}

/** Number of records that have all values of a check. */
export function countMatching(records: readonly unknown[], match: VerifyCheck["match"]): number {
  const wanted = Object.entries(match);
  return records.filter((record) =>
    wanted.every(([path, value]) => String(valueAt(record, path)) === String(value)),
  ).length;
}

function valueAt(record: unknown, path: string): unknown {
  let value = record;
  for (const key of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
