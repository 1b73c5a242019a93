import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRules } from "../../src/commands/rule-files.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { Child, until } from "../live/child.ts";
import { missingForLive, requireForLive } from "../live/needs.ts";
import { type PipelineRun, type RunOptions, runFiles } from "../support/run-capture.ts";

/** Why tests with that daemon are skipped, in one line; "" when they can run. All capture on the loopback interface. */
export function missingFor(...tools: readonly string[]): string {
  return missingForLive(["tcpdump", ...tools]);
}

/** Where the last packet of a capture goes: to the discard port (RFC 863), where nobody listens. */
const END_PORT = 9;

/**
 * The first three bytes of a network of the loopback interface, by chance: whatever else runs on this machine, the same test
 * of somebody else included, has other addresses, so that a test may take the ports that its protocol has.
 */
export function ownNetwork(): string {
  return `127.${randomInt(1, 255)}.${randomInt(256)}`;
}

/** Real daemons on loopback, what they say to each other captured; all ends with `end`. */
export class Loopback {
  readonly folder: string;
  readonly #children: Child[] = [];
  readonly #capture: string;
  #tcpdump: Child | null = null;

  constructor(name: string, tools: readonly string[]) {
    requireForLive(["tcpdump", ...tools]);
    this.folder = mkdtempSync(join(tmpdir(), `sipsentry-${name}-`));
    this.#capture = join(this.folder, "loopback.pcap");
  }

  start(command: string, ...args: readonly string[]): Child {
    const child = new Child(command, args, this.folder);
    this.#children.push(child);
    return child;
  }

  /** Captures what the filter (pcap-filter(7)) lets through, until `replay`. */
  async capture(filter: string): Promise<void> {
    // Without a second user, as the folder belongs to this one.
    const whole = `(${filter}) or (udp dst port ${END_PORT} and dst host 127.0.0.1)`;
    const at = ["-i", "lo", "--immediate-mode", "-U", "-Z", "root", "-s", "0"];
    const args = [...at, "-w", this.#capture, whole];
    this.#tcpdump = this.start("tcpdump", ...args);
    await this.#tcpdump.said(/listening on lo/, 60_000);
  }

  /** What the shipped rules, or others, say to what was captured. */
  async replay(options: RunOptions = {}): Promise<PipelineRun> {
    const socket = createSocket("udp4");
    const end = `end of ${this.#capture}`;
    socket.send(end, END_PORT, "127.0.0.1");
    // Once it is in the file, all is that came before it.
    const isWhole = () => readFileSync(this.#capture).includes(end);
    await until(isWhole, 20_000, () => `not captured to its end: ${this.#tcpdump?.stderr}`);
    socket.close();
    this.#tcpdump?.signal("SIGINT");
    await this.#tcpdump?.ended(40_000);
    return runFiles([this.#capture], options);
  }

  async end(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) await child.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether a program listens there: on TCP, or for datagrams (proc(5), /proc/net/tcp). */
export function isListening(protocol: "tcp" | "udp", ip: string, port: number): boolean {
  const bytes = ip.split(".").toReversed().map(Number);
  const hex = (n: number, digits: number) => n.toString(16).toUpperCase().padStart(digits, "0");
  const place = `${bytes.map((byte) => hex(byte, 2)).join("")}:${hex(port, 4)}`;
  return readFileSync(`/proc/net/${protocol}`, "utf8").includes(` ${place} 00000000:0000 `);
}

/** Rules of one file of `rules/compat/`, and nothing else. */
export function rulesOf(file: string) {
  const { messages, ruleSet } = readRules(defaultConfig(), { rules: [file] });
  const errors = messages.filter(({ level }) => level === "error");
  if (errors.length > 0) throw new Error(errors.map(({ text }) => text).join("\n"));
  return ruleSet;
}

/** Offenders that a rule has told of, each once, in order. */
export function sourcesOf({ lines }: PipelineRun, sid: number): string[] {
  const records = lines.map((line) => JSON.parse(line));
  const told = records.filter((record) => record.alert?.signature_id === sid);
  return [...new Set(told.map((record): string => record.src_ip))].sort();
}

/** Signature ids of a run, each once, in order. */
export function sidsOf({ alerts }: PipelineRun): number[] {
  return [...new Set(alerts.map(({ signature }) => signature.sid))].sort((a, b) => a - b);
}
