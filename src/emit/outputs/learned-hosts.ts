import { readFileSync } from "node:fs";
import type { SharedUse } from "../../track/hosts/source-standings.ts";
import { addressText } from "./ban-entry.ts";
import { replaceFile } from "./ban-file.ts";
import { EveRecord } from "./eve-record.ts";

const HOSTS_MAX = 65_536;
const WEEK_MS = 7 * 86_400_000;
const USES: ReadonlySet<string> = new Set<SharedUse>([
  "server",
  "trunk",
  "registered users",
  "answers calls",
]);

interface Learned {
  readonly use: SharedUse;
  readonly lastMs: number;
}

/**
 * Addresses that others depend on, as the sensor has learned them, kept over a restart: until phones have registered
 * again it would not know an office from an attacker. Bounded; what was not seen for a week is forgotten.
 */
export class LearnedHosts {
  readonly #path: string;
  /** By address, the one seen longest ago first. */
  readonly #hosts = new Map<string, Learned>();
  #saving: Promise<void> = Promise.resolve();
  #isChanged = false;

  /** Reads what an earlier run has learned; a file that is missing or damaged costs only that. */
  constructor(path: string, nowMs: number) {
    this.#path = path;
    for (const line of linesOf(path)) {
      const fields = EveRecord.parse(line);
      const ip = addressText(fields?.text("ip") ?? "");
      const use = fields?.text("use") ?? "";
      const lastMs = Date.parse(fields?.text("last_seen") ?? "");
      if (ip === "" || !USES.has(use) || !(nowMs - lastMs < WEEK_MS)) continue;
      this.#put(ip, { use: use as SharedUse, lastMs: Math.min(lastMs, nowMs) });
    }
  }

  /** Who depends on that address; "" when nothing is known. */
  useOf(ip: string, nowMs: number): SharedUse {
    const known = this.#hosts.get(addressText(ip));
    return known === undefined || nowMs - known.lastMs >= WEEK_MS ? "" : known.use;
  }

  learn(ip: string, use: SharedUse, nowMs: number): void {
    const address = addressText(ip);
    if (address === "") return;
    this.#put(address, { use, lastMs: nowMs });
    this.#isChanged = true;
  }

  /** Writes what is new. Never rejects: the next time tries again. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      if (!this.#isChanged) return;
      this.#isChanged = false;
      const lines = [...this.#hosts].map(([ip, { lastMs, use }]) =>
        JSON.stringify({ ip, use, last_seen: new Date(lastMs).toISOString() }),
      );
      try {
        await replaceFile(this.#path, `${lines.join("\n")}\n`);
      } catch {
        this.#isChanged = true;
      }
    });
    return this.#saving;
  }

  #put(ip: string, learned: Learned): void {
    this.#hosts.delete(ip);
    this.#hosts.set(ip, learned);
    if (this.#hosts.size <= HOSTS_MAX) return;
    const [oldest = ""] = this.#hosts.keys();
    this.#hosts.delete(oldest);
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, HOSTS_MAX);
  } catch {
    return [];
  }
}
