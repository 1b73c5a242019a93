import type { PacketClock } from "../../base/packet-clock.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { originAt, type PacketOrigin } from "../facts/packet-origin.ts";
import type { Statistics, TableUse } from "../facts/statistics.ts";
import { OneWayMedia } from "../media/one-way.ts";
import { Sight } from "./sight.ts";
import type { UnreadSip } from "./unread.ts";

export interface WatchdogSettings {
  /** Share of packets dropped in a minute, in percent, from which `sensor.drops` is raised; 0: any drop. */
  readonly dropsPercent: number;
  /** Seconds without any packet until `sensor.silent`; 0 never. */
  readonly silenceS: number;
}

const TICK_US = 1_000_000;
const DROPS_WINDOW_US = 60_000_000;
/**
 * Silence is time that passes while nothing comes, as the clock of live capture tells it, step by
 * step. A packet that is an hour younger than the one before is a gap in a capture file.
 */
const SILENT_STEP_MAX_US = 2 * TICK_US;

export interface WatchdogParts {
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly unread: UnreadSip;
  readonly names: HostNames;
  readonly clock: PacketClock;
  readonly tables: () => readonly TableUse[];
}

/**
 * The sensor's own sight as facts: packets dropped before the decoder, no packets at all, media seen
 * in one direction only. A packet costs one comparison of times.
 */
export class Watchdog {
  readonly oneWay: OneWayMedia;
  readonly #sight = new Sight();
  readonly #settings: WatchdogSettings;
  readonly #parts: WatchdogParts;
  #tickUs = 0.5;
  #lastUs = 0.5;
  #packetsAtTick = 0;
  #silentUs = 0.5;
  /** Silence at which the fact is raised next. */
  #silenceDueUs: number;
  #windowStartUs = 0.5;
  #packetsAtStart = 0;
  #dropsAtStart = 0;
  #clockSteps = 0;
  #forgotten = 0;

  constructor(settings: WatchdogSettings, parts: WatchdogParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#silenceDueUs = settings.silenceS * 1_000_000;
    this.oneWay = new OneWayMedia(parts.names);
  }

  /** What is wrong with the sensor's sight now, a line each. */
  get faults(): readonly string[] {
    return this.#sight.faults(this.#parts.clock.nowUs);
  }

  isDue(nowUs: number): boolean {
    return nowUs >= this.#tickUs || this.oneWay.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    this.oneWay.advance(nowUs, events);
    if (nowUs < this.#tickUs) return;
    this.#noteClock(nowUs);
    if (this.#lastUs < 1) this.#begin(nowUs);
    this.#noteSilence(nowUs);
    this.#noteForgotten(nowUs);
    this.#noteUnread(nowUs);
    if (nowUs - this.#windowStartUs >= DROPS_WINDOW_US) this.#noteDrops(nowUs);
    this.#lastUs = nowUs;
    this.#tickUs = nowUs + TICK_US;
  }

  #begin(nowUs: number): void {
    this.#lastUs = nowUs;
    this.#windowStartUs = nowUs;
  }

  /** Times that do not fit: windows and waits around them are less exact than the rules say. */
  #noteClock(nowUs: number): void {
    const { clock, events } = this.#parts;
    if (clock.steps === this.#clockSteps) return;
    this.#clockSteps = clock.steps;
    const seconds = Math.round(clock.lastStepUs / 1_000_000);
    const event = events.raise(EventKind.SENSOR_CLOCK_STEP, nowUs, Math.abs(seconds));
    if (event === null) return;
    event.origin = originAt(clock.lastStepPlace);
    event.evidence = [
      {
        what: "time of a packet",
        expected: "close to the packet before",
        seen: `${Math.abs(seconds)} s ${seconds < 0 ? "before" : "after"} it, ${clock.steps} times so far`,
      },
    ];
  }

  /** Full tables that had to let go of what was proven. */
  #noteForgotten(nowUs: number): void {
    const full = this.#parts.tables().filter(({ provenEvictions }) => provenEvictions > 0);
    const forgotten = full.reduce((sum, { provenEvictions }) => sum + provenEvictions, 0);
    const since = forgotten - this.#forgotten;
    this.#forgotten = forgotten;
    if (since === 0) return;
    const names = full.map(({ name }) => name).join(", ");
    this.#sight.note(
      "tables",
      `full tables: ${names}; ${forgotten} proven entries forgotten`,
      nowUs,
    );
    const event = this.#parts.events.raise(EventKind.SENSOR_TABLE_FULL, nowUs, since);
    if (event === null) return;
    event.origin = this.#latest();
    event.evidence = full.map(({ name, capacity, provenEvictions }) => ({
      what: `table ${name}`,
      expected: `room for all, ${capacity} entries`,
      seen: `${provenEvictions} forgotten so far of which something was proven`,
    }));
  }

  #noteUnread(nowUs: number): void {
    const { unread, events } = this.#parts;
    const text = unread.raise(nowUs, events);
    if (text !== "") this.#sight.note("unread", `not read: ${text}`, nowUs);
  }

  /** The last packet before the fact showed. */
  #latest(): PacketOrigin {
    return originAt(this.#parts.statistics.lastPlace);
  }

  #noteSilence(nowUs: number): void {
    const { packets } = this.#parts.statistics;
    const { silenceS } = this.#settings;
    if (packets !== this.#packetsAtTick) {
      this.#packetsAtTick = packets;
      this.#silentUs = 0.5;
      this.#silenceDueUs = silenceS * 1_000_000;
      return;
    }
    this.#silentUs += Math.min(nowUs - this.#lastUs, SILENT_STEP_MAX_US);
    if (silenceS === 0 || this.#silentUs < this.#silenceDueUs) return;
    this.#silenceDueUs *= 2;
    const seconds = Math.floor(this.#silentUs / 1_000_000);
    const event = this.#parts.events.raise(EventKind.SENSOR_SILENT, nowUs, seconds);
    if (event === null) return;
    event.origin = this.#latest();
    const before = packets === 0 ? "and none before" : `after ${packets} packets`;
    event.evidence = [
      { what: "packets", expected: "some", seen: `none for ${seconds} s, ${before}` },
    ];
  }

  #noteDrops(nowUs: number): void {
    const { statistics, events } = this.#parts;
    const packets = statistics.packets - this.#packetsAtStart;
    const drops = statistics.captureDrops - this.#dropsAtStart;
    const seconds = Math.round((nowUs - this.#windowStartUs) / 1_000_000);
    this.#windowStartUs = nowUs;
    this.#packetsAtStart = statistics.packets;
    this.#dropsAtStart = statistics.captureDrops;
    if (drops <= 0) return;
    const percent = (100 * drops) / (packets + drops);
    if (percent < this.#settings.dropsPercent) return;
    const value = Math.round(percent * 100) / 100;
    this.#sight.note("drops", `capture drops: ${value} % of a minute's packets`, nowUs);
    const event = events.raise(EventKind.SENSOR_DROPS, nowUs, value);
    if (event === null) return;
    event.origin = this.#latest();
    event.evidence = [
      {
        what: "packets that the capture dropped",
        expected: "none",
        seen: `${drops} of ${packets + drops} in ${seconds} s (${value} %)`,
      },
    ];
  }
}
