import { existsSync, readFileSync } from "node:fs";
import type { StatsPage } from "../../src/emit/metrics/stats-page.ts";
import type { RunSummary } from "../../src/emit/summary.ts";
import { BUILT_MAIN } from "../support/build-program.ts";
import type { Child } from "./child.ts";
import type { Namespaces } from "./namespaces.ts";

const START_MAX_MS = 60_000;
/** On a machine that has no time for it; else an orderly stop is one of within 5 s. */
const STOP_MAX_MS = 40_000;
const SEEN_MAX_MS = 60_000;
/** Where a sensor shows its metrics unless it is told otherwise, each in a namespace of its own. */
export const METRICS_URL = "http://127.0.0.1:9790";

export interface EveLine {
  readonly timestamp: string;
  readonly event_type: string;
  readonly src_ip?: string;
  readonly dest_ip?: string;
  readonly alert?: {
    readonly signature_id: number;
    readonly signature: string;
    readonly severity: number;
  };
  readonly sip?: { readonly method?: string; readonly code?: string };
}

export interface SensorOptions {
  readonly namespace: string;
  readonly interface: string;
  readonly evePath: string;
  readonly args: readonly string[];
  /** A command that runs it, as `setpriv` and its options. */
  readonly before?: readonly string[];
}

/** `sipsentry live` in a namespace. */
export class Sensor {
  readonly child: Child;
  readonly #evePath: string;

  private constructor(child: Child, evePath: string) {
    this.child = child;
    this.#evePath = evePath;
  }

  /** Resolves when it says that it listens: from then on no packet passes unseen. */
  static async start(namespaces: Namespaces, options: SensorOptions): Promise<Sensor> {
    const { namespace, evePath, before = [] } = options;
    const live = ["live", "-i", options.interface, "--eve", evePath, ...options.args];
    const node = [process.execPath, BUILT_MAIN, ...live];
    const [command = "", ...args] = [...before, ...node];
    const child = namespaces.start(namespace, command, args);
    await child.said(/listening on/, START_MAX_MS);
    return new Sensor(child, evePath);
  }

  /** Sends SIGINT, as Ctrl-C does. Rejects when it does not end in time. */
  stop(): Promise<number | null> {
    this.child.signal("SIGINT");
    return this.child.ended(STOP_MAX_MS);
  }

  eve(): EveLine[] {
    return eveLines(this.#evePath);
  }

  alerts(): EveLine[] {
    return this.eve().filter(({ event_type }) => event_type === "alert");
  }
}

/** What a sensor shows of itself, asked for inside its namespace. */
export async function statsOf(namespaces: Namespaces, namespace: string): Promise<StatsPage> {
  const args = [BUILT_MAIN, "stats", "--json", "--url", METRICS_URL];
  const child = namespaces.start(namespace, process.execPath, args);
  const exitCode = await child.ended(60_000);
  if (exitCode !== 0) throw new Error(`stats ended with ${exitCode}: ${child.stderr}`);
  return JSON.parse(child.stdout) as StatsPage;
}

/** Asks a sensor again and again until it has seen so much. */
export async function untilSeen(
  namespaces: Namespaces,
  namespace: string,
  isAll: (page: StatsPage) => boolean,
): Promise<StatsPage> {
  for (const untilMs = performance.now() + SEEN_MAX_MS; ; ) {
    const page = await statsOf(namespaces, namespace);
    if (isAll(page)) return page;
    if (performance.now() > untilMs) throw new Error(`not all is seen: ${JSON.stringify(page)}`);
  }
}

/** The complete lines; of a file that is being written the last one may be cut. */
export function eveLines(path: string): EveLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as EveLine);
}

/** How often each rule's alerts named which addresses: `9101001 198.51.100.23 > 10.66.0.10`. */
export function alertCounts(lines: readonly EveLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { alert, dest_ip, event_type, src_ip } of lines) {
    if (alert === undefined || event_type !== "alert") continue;
    const key = `${alert.signature_id} ${src_ip} > ${dest_ip}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

export function summaryOf(stdout: string): RunSummary {
  return JSON.parse(stdout) as RunSummary;
}
