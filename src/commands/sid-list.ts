import type { Alert } from "../detect/alerts/alert.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { AlertCheck } from "./expectation.ts";

/** Severities above this are information: they may come or not, unless a list names them. */
const ATTACK_SEVERITY_MAX = 3;

interface Entry {
  /** End of the capture's path; "" is any capture. */
  readonly name: string;
  /** `sid`, or `gid:sid` of other groups. */
  readonly sids: readonly string[];
  isUsed: boolean;
}

/**
 * Expected alerts by signature id: `9101001 9102002` for a run, `office.pcap: 9101001` for one of many captures,
 * `office.pcap:` for one that must be silent. `#` begins a comment. How often a signature alerts does not count.
 */
export class SidList {
  readonly #file: string;
  readonly #entries: Entry[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    const problems: string[] = [];
    for (const [index, raw] of text.split("\n").entries()) {
      const line = raw.replace(/(?:^|\s)#.*$/, "").trim();
      if (line === "") continue;
      const problem = this.#read(line);
      if (problem !== "") problems.push(`--expect: ${file}:${index + 1}: ${problem}`);
    }
    if (problems.length > 0) throw new CommandError(ExitCode.USAGE, problems.slice(0, 10));
  }

  /** For a run over all that is given: entries with and without a name alike. */
  forRun(): AlertCheck {
    for (const entry of this.#entries) entry.isUsed = true;
    return new SidCheck(this.#file, new Set(this.#entries.flatMap(({ sids }) => sids)), "");
  }

  /** For one capture: the entry with the longest name that its path ends with. */
  forCapture(path: string): AlertCheck {
    let best: Entry | null = null;
    for (const entry of this.#entries) {
      const isIt = entry.name === "" || path === entry.name || path.endsWith(`/${entry.name}`);
      if (isIt && (best === null || entry.name.length >= best.name.length)) best = entry;
    }
    if (best !== null) best.isUsed = true;
    return new SidCheck(this.#file, best === null ? null : new Set(best.sids), path);
  }

  /** Captures that are expected and were not there. */
  differences(): string[] {
    return this.#entries
      .filter(({ isUsed }) => !isUsed)
      .map(({ name }) => `${this.#file}: no capture ${name} was replayed`);
  }

  #read(line: string): string {
    const named = /^(\S.*?)\s*:(?:\s+(.*))?$/.exec(line);
    const isNamed = named !== null && !/^[\d\s:]*$/.test(line);
    const sids = (isNamed ? (named[2] ?? "") : line).split(/[\s,]+/).filter((sid) => sid !== "");
    const wrong = sids.find((sid) => !/^(?:\d{1,10}:)?\d{1,10}$/.test(sid));
    if (wrong !== undefined)
      return `"${wrong}" is no signature id; write SID SID, or CAPTURE: SID SID`;
    const name = isNamed ? (named[1] ?? "") : "";
    if (this.#entries.some((entry) => entry.name === name && name !== ""))
      return `${name} is there twice; put its signature ids on one line`;
    this.#entries.push({ name, sids: sids.map((sid) => sid.replace(/^1:/, "")), isUsed: false });
    return "";
  }
}

interface Seen {
  readonly text: string;
  count: number;
}

class SidCheck implements AlertCheck {
  readonly #file: string;
  /** Null when nothing says what is expected. */
  readonly #expected: ReadonlySet<string> | null;
  readonly #path: string;
  readonly #seen = new Map<string, Seen>();
  readonly #information = new Set<string>();

  constructor(file: string, expected: ReadonlySet<string> | null, path: string) {
    this.#file = file;
    this.#expected = expected;
    this.#path = path;
  }

  add({ signature, srcIp }: Alert): void {
    const { gid, sid, severity, msg } = signature;
    const id = gid === 1 ? `${sid}` : `${gid}:${sid}`;
    if (severity > ATTACK_SEVERITY_MAX) this.#information.add(id);
    const known = this.#seen.get(id);
    if (known !== undefined) known.count++;
    else this.#seen.set(id, { text: `${msg}, first from ${srcIp || "nobody"}`, count: 1 });
  }

  differences(): string[] {
    const attacks = [...this.#seen.keys()].filter((id) => !this.#information.has(id)).sort();
    if (this.#expected === null)
      return [
        `${this.#file}: says nothing of ${this.#path}; add: ${[`${this.#path}:`, ...attacks].join(" ")}`,
      ];
    const lines: string[] = [];
    for (const id of this.#expected) if (!this.#seen.has(id)) lines.push(`- missing     [${id}]`);
    for (const id of attacks) {
      if (this.#expected.has(id)) continue;
      const { text, count } = this.#seen.get(id) as Seen;
      lines.push(`+ unexpected  [${id}] ${text}${count > 1 ? ` (${count} alerts)` : ""}`);
    }
    return lines.length === 0
      ? []
      : [`${this.#path || "the alerts"}: not as ${this.#file} says:`, ...lines];
  }
}
