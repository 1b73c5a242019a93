import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Frame } from "../../src/capture/frame.ts";
import { type Config, defaultConfig } from "../../src/config/config.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { dice, packetsOf, type RawPacket } from "../support/rewrap.ts";
import { shippedRules } from "../support/run-capture.ts";
import { ThreadClock } from "../support/thread-clock.ts";
import { SESSION_KEYS } from "../support/tls-session.ts";
import { below, carried } from "./carriers.ts";
import { mutated } from "./mutations.ts";
import type { SlowPacket } from "./slow-packets.ts";

/** Packets of a capture that one round takes, and the time between rounds. */
const ROUND_PACKETS = 40;
const ROUND_US = 50_000;
const START_US = 1_800_000_000_000_000;

export interface FuzzFigures {
  readonly packets: number;
  readonly rounds: number;
  /** Rounds in which something was thrown, by seed, with what it was. */
  readonly faults: readonly { readonly seed: number; readonly error: string }[];
  readonly residentMib: number;
}

const FAULTS_MAX = 20;
export const SLOW_MS = 1;

/**
 * Plays bundled captures, carried in many ways and broken in more, through the whole product. A round is all
 * that its seed says, but that what came before is remembered: `--seed N --rounds 1` plays it alone.
 */
export class Fuzzer {
  readonly pipeline: Pipeline;
  /** Told of each packet that takes longer than a millisecond of the thread's CPU time, once warm-up is over. */
  onSlow: (packet: SlowPacket) => void = () => {};
  readonly #clock = new ThreadClock();
  readonly #captures: readonly (readonly RawPacket[])[];
  readonly #frame = new Frame();
  #nowUs = START_US;
  #packets = 0;
  #rounds = 0;
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
      residentMib: this.#residentMib,
    };
  }

  /** The packets that a seed stands for. */
  packets(seed: number): RawPacket[] {
    const random = dice(seed);
    const capture = this.#captures[below(random, this.#captures.length)] ?? [];
    const first = below(random, Math.max(1, capture.length - ROUND_PACKETS));
    return mutated(carried(capture.slice(first, first + ROUND_PACKETS), random), random);
  }

  /** CPU time of each of these packets of a round (numbers from 1) when it is played once more, milliseconds. */
  times(packets: readonly RawPacket[], numbers: ReadonlySet<number>): Map<number, number> {
    const times = new Map<number, number>();
    this.#nowUs += ROUND_US;
    try {
      for (const [i, packet] of packets.entries()) {
        const cpuMs = numbers.has(i + 1) ? this.#clock.nowMs() : 0;
        this.#hand(packet);
        if (numbers.has(i + 1)) times.set(i + 1, this.#clock.nowMs() - cpuMs);
      }
    } catch {
      // It was told when the round was played first.
    }
    return times;
  }

  /** `isTimed`: warm-up is over. */
  round(seed: number, isTimed: boolean): void {
    const packets = this.packets(seed);
    this.#rounds++;
    try {
      let number = 0;
      for (const packet of packets) {
        if (isTimed) this.#timed(packet, seed, ++number);
        else this.#hand(packet);
      }
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (this.#faults.length < FAULTS_MAX) this.#faults.push({ seed, error: text });
    }
    this.#nowUs += ROUND_US;
    if (this.#rounds % 1000 === 0) {
      this.#residentMib = Math.max(this.#residentMib, process.memoryUsage.rss() / 1_048_576);
    }
  }

  #timed(packet: RawPacket, seed: number, number: number): void {
    const startMs = performance.now();
    const cpuMs = this.#clock.nowMs();
    this.#hand(packet);
    const ms = this.#clock.nowMs() - cpuMs;
    if (ms < SLOW_MS) return;
    const endMs = performance.now();
    this.onSlow({ ms, seed, number, packet: packet.bytes.toString("hex", 0, 128), startMs, endMs });
  }

  #hand({ bytes, linkType }: RawPacket): void {
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
    this.pipeline.onFrame(frame);
  }
}
