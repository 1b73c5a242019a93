import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MIRROR } from "./network.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const METRICS = "127.0.0.1:9790";
const START_MAX_MS = 30_000;
const STOP_MAX_MS = 30_000;
const SAID_MAX = 20_000;
/** The heap breathes: between two samples the resident size is looked at this often. */
const FLOOR_MS = 500;

/**
 * Small tables: they are full after some minutes, and from then on what grows is a leak. With the
 * defaults an hour of this traffic would not fill them, and growth would say nothing.
 */
const LIMITS = {
  flowsMax: 4_000,
  hostsMax: 400,
  transactionsMax: 20_000,
  callsMax: 2_000,
  accountsMax: 250,
  streamsMax: 250,
  endpointsMax: 1_500,
  thresholdKeysMax: 4_000,
  thresholdValuesMax: 16_000,
};

export interface SensorSample {
  readonly rssMib: number;
  /** Lowest since the last sample. */
  readonly floorMib: number;
  readonly heapMib: number;
  readonly externalMib: number;
  readonly packets: number;
  readonly drops: number;
  readonly alerts: number;
  readonly evictions: number;
}

/** The parts of /stats that a soak looks at. */
interface Stats {
  readonly packets: { readonly total: number; readonly capture_drops: number };
  readonly alerts: { readonly total: number };
  readonly tables: readonly { readonly evictions: number }[];
}

export interface SensorOptions {
  readonly folder: string;
  readonly outputs: readonly string[];
  /** Leave root for this user; "" stays root. */
  readonly user: string;
}

/** `sipsentry live` with all outputs on. It runs a build of its own, which nobody changes meanwhile. */
export class SoakSensor {
  readonly evePath: string;
  stderr = "";
  stdout = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #exitCode: number | null | undefined;
  #floorMib = Number.POSITIVE_INFINITY;
  #watch: NodeJS.Timeout | undefined;

  static async start(options: SensorOptions): Promise<SoakSensor> {
    const sensor = new SoakSensor(options);
    const untilMs = performance.now() + START_MAX_MS;
    while (!sensor.stderr.includes("listening on")) {
      if (sensor.#exitCode !== undefined || performance.now() > untilMs) {
        throw new Error(`the sensor does not start: ${sensor.stderr}`);
      }
      await sleep(50);
    }
    sensor.#watch = setInterval(() => sensor.#noteFloor(), FLOOR_MS);
    return sensor;
  }

  private constructor({ folder, outputs, user }: SensorOptions) {
    this.evePath = join(folder, "logs", "eve.json");
    const sets = [
      ...Object.entries(LIMITS).map(([name, value]) => `limits.${name}=${value}`),
      `spool.dir=${join(folder, "spool")}`,
      ...["spool.maxMib=64", "spool.segmentMib=4", "evidence.totalMib=64", "evidence.ringMib=16"],
      ...["evidence.perRuleHour=1000", "incidents.idleS=60", "incidents.openMax=512"],
      ...["eve.rotateMib=64", "eve.rotateKeep=2", "operation.drainS=20"],
      `operation.user=${user}`,
    ];
    const args = [
      ...[build(folder), "live", "-i", MIRROR, "--quiet", "--log-level", "info", "--json"],
      ...["--eve", this.evePath, "--eve-types", "alert,incident,sip,flow,anomaly,stats"],
      ...["--evidence", join(folder, "evidence"), "--output", `ban:${join(folder, "ban", "list")}`],
      ...outputs.flatMap((output) => ["--output", output]),
      ...sets.flatMap((set) => ["--set", set]),
    ];
    // --quiet would hide that it listens.
    const shown = args.filter((arg) => arg !== "--quiet");
    this.#child = spawn(process.execPath, shown, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-SAID_MAX);
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout = (this.stdout + text).slice(-1_000_000);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        this.#exitCode = code;
        clearInterval(this.#watch);
        resolve(code);
      });
    });
  }

  /** Null while it runs. */
  get ended(): number | null | undefined {
    return this.#exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As logrotate does before SIGHUP. */
  moveEve(): void {
    renameSync(this.evePath, `${this.evePath}.moved`);
  }

  /** Whether the signal has a handler (SigCgt, proc_pid_status(5)). */
  waitsFor(signal: NodeJS.Signals): boolean {
    const mask = BigInt(`0x${this.#status("SigCgt")}`);
    return (mask & (1n << BigInt(constants.signals[signal] - 1))) !== 0n;
  }

  /** Resident size as the kernel has it; the rest as the sensor says over HTTP. */
  async sample(): Promise<SensorSample> {
    const metrics = await (await fetch(`http://${METRICS}/metrics`)).text();
    const stats = (await (await fetch(`http://${METRICS}/stats`)).json()) as Stats;
    const metric = (name: string) =>
      Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
    const rssMib = this.#residentMib();
    const floorMib = Math.min(this.#floorMib, rssMib);
    this.#floorMib = rssMib;
    return {
      rssMib,
      floorMib,
      heapMib: metric("nodejs_heap_size_used_bytes") / 2 ** 20,
      externalMib: metric("nodejs_external_memory_bytes") / 2 ** 20,
      packets: stats.packets.total,
      drops: stats.packets.capture_drops,
      alerts: stats.alerts.total,
      evictions: stats.tables.reduce((sum, { evictions }) => sum + evictions, 0),
    };
  }

  /** SIGTERM, as systemd does; gives the exit code. */
  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    const limit = setTimeout(() => this.signal("SIGKILL"), STOP_MAX_MS);
    const code = await this.#ended;
    clearTimeout(limit);
    return code;
  }

  #noteFloor(): void {
    if (this.#exitCode === undefined)
      this.#floorMib = Math.min(this.#floorMib, this.#residentMib());
  }

  #residentMib(): number {
    return Number.parseInt(this.#status("VmRSS"), 10) / 1024;
  }

  #status(field: string): string {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return new RegExp(`^${field}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "0";
  }
}

/** Builds into the folder; gives the path of `main.js`. */
function build(folder: string): string {
  const place = join(folder, "build");
  mkdirSync(place);
  execFileSync(process.execPath, [join(ROOT, "build.mjs"), "--outdir", join(place, "dist")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  cpSync(join(ROOT, "rules"), join(place, "rules"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(place, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
  return join(place, "dist", "main.js");
}
