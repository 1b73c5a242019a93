import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";

/** A packet that took longer than a millisecond. */
export interface TimedPacket {
  /** CPU time of the thread. */
  readonly ms: number;
  /** When it was handed over and when it was done, by `performance.now()`. */
  readonly startMs: number;
  readonly endMs: number;
}

/** One of a round. */
export interface SlowPacket extends TimedPacket {
  readonly seed: number;
  /** Number of the packet in its round, from 1. */
  readonly number: number;
  /** Its first bytes, in hex. */
  readonly packet: string;
}

interface Collection {
  readonly startMs: number;
  readonly endMs: number;
}

const KEPT_MAX = 100_000;
/** A collection is queued twice on its way to an observer. */
const TURNS = 3;

/**
 * Slow packets, those in which V8 collected garbage told apart: that one waits for a collection is no fault of its own.
 * V8 tells of collections between turns of the event loop only, so `settle` is to be waited for now and then.
 */
export class SlowPackets<T extends TimedPacket> {
  /** Packets with a collection inside. */
  collected = 0;
  slowestCollectedMs = 0;
  readonly #waiting: T[] = [];
  readonly #kept: T[] = [];
  #collections: Collection[] = [];
  readonly #observer: PerformanceObserver;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        this.#collections.push({ startMs: startTime, endMs: startTime + duration });
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Those without a collection: slow by their own work, or once, as when V8 compiles. */
  get others(): readonly T[] {
    return this.#kept;
  }

  add(packet: T): void {
    this.#waiting.push(packet);
  }

  /** Lets the event loop turn until all collections so far are known, and judges what was added. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    for (const packet of this.#waiting) this.#judge(packet);
    this.#waiting.length = 0;
    this.#collections = [];
  }

  close(): void {
    this.#observer.disconnect();
  }

  #judge(packet: T): void {
    const { startMs, endMs, ms } = packet;
    if (this.#collections.some((one) => one.startMs < endMs && one.endMs > startMs)) {
      this.collected++;
      this.slowestCollectedMs = Math.max(this.slowestCollectedMs, ms);
      return;
    }
    if (this.#kept.length < KEPT_MAX) this.#kept.push(packet);
  }
}
