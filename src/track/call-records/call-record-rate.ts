import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { CallCountRecord } from "./call-record.ts";

const MINUTE_US = 60_000_000;
/** One source may fill so much of a minute with calls that nobody took; the rest is for others. */
const SOURCE_SHARE = 1 / 4;
/** Answered calls of a minute; a carrier's sensor sees a tenth of it. */
const ANSWERED_MAX = 60_000;
/** Sources that are told apart, and those that are named. */
const SOURCES_MAX = 4096;
const SOURCES_NAMED = 8;

interface Source {
  readonly host: HostKey;
  written: number;
  counted: number;
}

/**
 * How many call records a minute of packet time may have: a flood of attempts becomes one record with their
 * number. Bounded, whatever is sent.
 */
export class CallRecordRate {
  readonly #attemptsMax: number;
  readonly #names: HostNames;
  #startUs = 0;
  #attempts = 0;
  #answered = 0;
  #attemptsCounted = 0;
  #answeredCounted = 0;
  #sources = new KeyMap<Source>(SOURCES_MAX);

  /** `attemptsMax`: records of calls that nobody took, in a minute. */
  constructor(attemptsMax: number, names: HostNames) {
    this.#attemptsMax = attemptsMax;
    this.#names = names;
  }

  /** When the minute is over; the end of time while none has begun. */
  get dueUs(): number {
    return this.#startUs === 0 ? Number.POSITIVE_INFINITY : this.#startUs + MINUTE_US;
  }

  /** True when a record may be written; else it was counted. */
  take(host: HostKey, wasAnswered: boolean, nowUs: number): boolean {
    if (this.#startUs === 0) this.#startUs = nowUs;
    if (wasAnswered) {
      if (this.#answered < ANSWERED_MAX) {
        this.#answered++;
        return true;
      }
      this.#answeredCounted++;
      this.#source(host).counted++;
      return false;
    }
    const source = this.#source(host);
    const isOver = source.written >= this.#attemptsMax * SOURCE_SHARE;
    if (!isOver && this.#attempts < this.#attemptsMax) {
      this.#attempts++;
      source.written++;
      return true;
    }
    this.#attemptsCounted++;
    source.counted++;
    return false;
  }

  /** Ends the minute; what was counted in it, null when nothing was. */
  close(timeUs: number): CallCountRecord | null {
    const counted = this.#attemptsCounted + this.#answeredCounted;
    const record = counted === 0 ? null : this.#record(timeUs);
    this.#startUs = 0;
    this.#attempts = 0;
    this.#answered = 0;
    this.#attemptsCounted = 0;
    this.#answeredCounted = 0;
    this.#sources = new KeyMap<Source>(SOURCES_MAX);
    return record;
  }

  #record(timeUs: number): CallCountRecord {
    const sources = [...this.#sources.values()]
      .filter(({ counted }) => counted > 0)
      .map(({ host, counted }) => ({ ip: this.#names.text(host), calls: counted }))
      .sort((a, b) => b.calls - a.calls || (a.ip < b.ip ? -1 : 1));
    return {
      timeUs,
      startUs: this.#startUs,
      unanswered: this.#attemptsCounted,
      answered: this.#answeredCounted,
      sources: sources.slice(0, SOURCES_NAMED),
    };
  }

  #source(host: HostKey): Source {
    let source = this.#sources.get(host);
    if (source === undefined) {
      source = { host, written: 0, counted: 0 };
      this.#sources.set(host, source);
    }
    return source;
  }
}
