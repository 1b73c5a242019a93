import type { Alert } from "../detect/alerts/alert.ts";
import type { AlertCheck } from "./expectation.ts";

/** Differences that are told one by one. */
const SHOWN_MAX = 10;
/** Produced lines are kept up to this many beyond what is expected. */
const SURPLUS_MAX = 10_000;

/** Compares the alert lines of a run with those of a golden file (`--expect`). */
export class Golden implements AlertCheck {
  readonly #file: string;
  readonly #expected: readonly string[];
  readonly #seen: string[] = [];
  #isCut = false;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#expected = text
      .split("\n")
      .filter((line) => line !== "" && isAlertLine(line))
      .map(withoutPath);
  }

  add(_alert: Alert, line: string): void {
    if (this.#seen.length < this.#expected.length + SURPLUS_MAX) this.#seen.push(withoutPath(line));
    else this.#isCut = true;
  }

  /** What differs, for people; empty when every line is as expected, in order. */
  differences(): string[] {
    const missing = surplus(this.#expected, this.#seen);
    const extra = surplus(this.#seen, this.#expected);
    if (missing.length === 0 && extra.length === 0) return this.#orderDifference();
    const lines = [
      `${this.#file}: ${this.#expected.length} alerts expected, ${this.#seen.length}${this.#isCut ? " or more" : ""} seen; first differences:`,
    ];
    const extraById = new Map(extra.map((line) => [idOf(line), line]));
    const told: string[] = [];
    for (const line of missing) {
      const other = extraById.get(idOf(line));
      if (other === undefined) {
        told.push(`- missing     ${describe(line)}`);
        continue;
      }
      extraById.delete(idOf(line));
      told.push(`~ changed     ${describe(line)}`, ...fieldDifferences(line, other));
    }
    for (const line of extraById.values()) told.push(`+ unexpected  ${describe(line)}`);
    lines.push(...told.slice(0, SHOWN_MAX));
    if (told.length > SHOWN_MAX)
      lines.push(`and ${told.length - SHOWN_MAX} more lines of difference`);
    lines.push(`if the new alerts are right: sipsentry replay ... --eve ${this.#file}`);
    return lines;
  }

  #orderDifference(): string[] {
    const at = this.#expected.findIndex((line, i) => line !== this.#seen[i]);
    if (at < 0) return [];
    return [
      `${this.#file}: the same alerts in another order, from alert ${at + 1} on:`,
      `- expected    ${describe(this.#expected[at] ?? "")}`,
      `+ seen        ${describe(this.#seen[at] ?? "")}`,
    ];
  }
}

/** Where the capture lay is not what the alert says; it is the last field (`EveWriter`). */
function withoutPath(line: string): string {
  return line.replace(/,"pcap_filename":"(?:[^"\\]|\\.)*"(?=\}$)/, "");
}

function isAlertLine(line: string): boolean {
  return parse(line).event_type === "alert";
}

/** The items of `a` that `b` does not have, counting repeats. */
function surplus(a: readonly string[], b: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of b) counts.set(line, (counts.get(line) ?? 0) + 1);
  return a.filter((line) => {
    const left = counts.get(line) ?? 0;
    if (left > 0) counts.set(line, left - 1);
    return left === 0;
  });
}

type Fields = Record<string, unknown>;

function parse(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function member(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function idOf(line: string): string {
  return String(member(parse(line).voip, "alert_id") ?? line);
}

function describe(line: string): string {
  const record = parse(line);
  const { alert } = record;
  const ends = `${record.src_ip ?? "?"} -> ${record.dest_ip ?? "?"}`;
  return `${record.timestamp} [${member(alert, "signature_id")}] ${ends} ${member(alert, "signature")}`;
}

function fieldDifferences(expected: string, seen: string): string[] {
  const before = flatten("", parse(expected));
  const after = flatten("", parse(seen));
  const lines: string[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(key), after.get(key)];
    if (was !== is) lines.push(`    ${key}: expected ${was ?? "nothing"}, seen ${is ?? "nothing"}`);
  }
  return lines.length > 0 ? lines : ["    the fields are in another order"];
}

function flatten(
  path: string,
  value: unknown,
  into = new Map<string, string>(),
): Map<string, string> {
  if (isObject(value)) {
    for (const [key, item] of Object.entries(value))
      flatten(path === "" ? key : `${path}.${key}`, item, into);
  } else {
    into.set(path, JSON.stringify(value) ?? "nothing");
  }
  return into;
}
