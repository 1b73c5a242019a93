import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Frame } from "../../src/capture/frame.ts";
import { type Config, defaultConfig } from "../../src/config.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { dice, packetsOf, type RawPacket } from "../support/rewrap.ts";
import { shippedRules } from "../support/run-capture.ts";
import { SESSION_KEYS } from "../support/tls-session.ts";
import { below, carried } from "./carriers.ts";
import { mutated } from "./mutations.ts";

/** Packets of a capture that one round takes, and the time between rounds. */
const ROUND_PACKETS = 40;
const ROUND_US = 50_000;
const START_US = 1_800_000_000_000_000;

export interface Slow {
  readonly ms: number;
  readonly seed: number;
  readonly packet: string;
}

export interface FuzzFigures {
  readonly packets: number;
  readonly rounds: number;
  /** Rounds in which something was thrown, by seed, with what it was. */
  readonly faults: readonly { readonly seed: number; readonly error: string }[];
  /** Packets that took longer than a millisecond after warm-up, and the slowest of all. */
  readonly overOneMs: number;
  readonly slowest: Slow | null;
  readonly residentMib: number;
}

const FAULTS_MAX = 20;

/**
 * Plays bundled captures, carried in many ways and broken in more, through the whole product. A round is all
 * that its seed says, but that what came before is remembered: `--seed N --rounds 1` plays it alone.
 */
export class Fuzzer {
  readonly pipeline: Pipeline;
  readonly #captures: readonly (readonly RawPacket[])[];
  readonly #frame = new Frame();
  #nowUs = START_US;
  #packets = 0;
  #rounds = 0;
  #overOneMs = 0;
  #slowest: Slow | null = null;
  #residentMib = 0;
  readonly #faults: { seed: number; error: string }[] = [];

  private constructor(captures: readonly (readonly RawPacket[])[], config: Config) {
    this.#captures = captures;
    this.pipeline = new Pipeline({
      config,
      ruleSet: shippedRules(),
      outputs: { alert: () => {}, sip: () => {}, flow: () => {}, anomaly: () => {} },
    });
  }

  /** Keys of the TLS that carries captures are there. */
  static async open(config: Config = defaultConfig()): Promise<Fuzzer> {
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-"));
    const keyLog = join(folder, "keys");
    writeFileSync(keyLog, SESSION_KEYS);
    try {
      return await Fuzzer.#open({ ...config, capture: { ...config.capture, keyLog } });
    } finally {
      // It stays open.
      rmSync(folder, { recursive: true });
    }
  }

  static async #open(config: Config): Promise<Fuzzer> {
    const captures = await Promise.all(bundledCaptures().map(({ path }) => packetsOf(path)));
    return new Fuzzer(captures, config);
  }

  get figures(): FuzzFigures {
    return {
      packets: this.#packets,
      rounds: this.#rounds,
      faults: this.#faults,
      overOneMs: this.#overOneMs,
      slowest: this.#slowest,
      residentMib: this.#residentMib,
    };
  }

  /** `isTimed`: warm-up is over. */
  round(seed: number, isTimed: boolean): void {
    const random = dice(seed);
    const capture = this.#captures[below(random, this.#captures.length)] ?? [];
    const first = below(random, Math.max(1, capture.length - ROUND_PACKETS));
    const packets = mutated(carried(capture.slice(first, first + ROUND_PACKETS), random), random);
    this.#rounds++;
    try {
      for (const packet of packets) this.#hand(packet, seed, isTimed);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (this.#faults.length < FAULTS_MAX) this.#faults.push({ seed, error: text });
    }
    this.#nowUs += ROUND_US;
    if (this.#rounds % 1000 === 0) {
      this.#residentMib = Math.max(this.#residentMib, process.memoryUsage.rss() / 1_048_576);
    }
  }

  #hand({ bytes, linkType }: RawPacket, seed: number, isTimed: boolean): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.start = 0;
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = this.#nowUs;
    frame.linkType = linkType;
    frame.number = ++this.#packets;
    this.#nowUs += 100;
    const cpu = process.cpuUsage();
    const start = performance.now();
    this.pipeline.onFrame(frame);
    let ms = performance.now() - start;
    if (ms >= 1) {
      // Others use the machine too: what the clock says beyond the CPU's time is theirs.
      const { user, system } = process.cpuUsage(cpu);
      ms = Math.min(ms, (user + system) / 1000);
    }
    if (!isTimed || ms < 1) return;
    this.#overOneMs++;
    if (this.#slowest !== null && ms <= this.#slowest.ms) return;
    this.#slowest = { ms, seed, packet: bytes.toString("hex", 0, 128) };
  }
}
