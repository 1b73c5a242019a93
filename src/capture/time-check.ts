import type { Frame } from "./frame.ts";

/** Packets that are looked at; no burst on a wire is so long within a microsecond. */
const LOOKED_MAX = 100;
const DAY_US = 86_400_000_000;
/** 2100-01-01 and 1990-01-01: captures of other times are mistakes. Those near 1970 count from their own start. */
const FUTURE_US = 4_102_444_800_000_000;
const PAST_US = 631_152_000_000_000;

/** Tells a capture whose times cannot be right, before anything is concluded from them. */
export class TimeCheck {
  #looked = 0;
  #firstUs = 0.5;
  #isTold = false;
  #areAllSame = true;

  /** True when there is nothing more to look at. */
  get isDone(): boolean {
    return this.#isTold || this.#looked >= LOOKED_MAX;
  }

  /** What is wrong with the capture, once it shows; "" otherwise. */
  look(frame: Frame): string {
    const { timeUs } = frame;
    if (this.#looked === 0) this.#firstUs = timeUs;
    else if (timeUs !== this.#firstUs) this.#areAllSame = false;
    this.#looked++;
    if (timeUs > FUTURE_US || (timeUs > DAY_US && timeUs < PAST_US))
      return this.#tell(wrong(timeUs));
    return this.#looked === LOOKED_MAX && this.#areAllSame ? this.#tell(this.#absent()) : "";
  }

  /** The same when no packet comes any more. */
  end(): string {
    const areMany = this.#looked > 1 && !this.isDone;
    return areMany && this.#areAllSame ? this.#tell(this.#absent()) : "";
  }

  #tell(what: string): string {
    this.#isTold = true;
    return what;
  }

  #absent(): string {
    const which = this.#firstUs === 0 ? "no times" : "all the same time";
    return `its packets have ${which}, so rates, waits and durations mean nothing; give them a rate, such as --assume-rate 50 (packets a second)`;
  }
}

function wrong(timeUs: number): string {
  const year = timeUs < 8.64e18 ? new Date(timeUs / 1000).getUTCFullYear() : 0;
  const when = Number.isFinite(year) && year > 0 ? `of the year ${year}` : "beyond any calendar";
  return `a packet is ${when}: its times are in another unit than the file says; name the right one, such as --time-scale ns (or us, ms, s, or a factor)`;
}

/** A pcap whose parts of a second are more than a second. */
export function wrongFraction(
  packet: number,
  fraction: number,
  unit: string,
  right: string,
): string {
  return `packet ${packet} has ${fraction} ${unit} within its second: its writer counts in another unit than the file says; read it with --time-scale ${right}`;
}
