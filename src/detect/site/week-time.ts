import { RuleError } from "../rules/load-message.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_PER_DAY = 1_440;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;
const US_PER_MINUTE = 60_000_000;
const MS_PER_MINUTE = 60_000;
/** 1970 began on a Thursday. */
const EPOCH_MINUTE = 3 * MINUTES_PER_DAY;
/** Offsets of all zones are multiples of it, and they change at its edges. */
const QUARTER_US = 15 * US_PER_MINUTE;

/** The minute of the week (Monday 00:00 is 0) of packet time in a zone; asks the zone's rules once a quarter of an hour. */
export class ZoneClock {
  readonly zone: string;
  /** Null for UTC, which needs none: to make one takes longer than to read twenty rules. */
  readonly #format: Intl.DateTimeFormat | null;
  #quarter = Number.NaN;
  #minute = 0;

  /** Throws RangeError for a zone that is not known. */
  constructor(zone: string) {
    this.zone = zone;
    this.#format = zone === "UTC" ? null : formatOf(zone);
  }

  minuteOfWeek(timeUs: number): number {
    const quarter = Math.floor(timeUs / QUARTER_US);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#minute = this.#ask((quarter * QUARTER_US) / 1_000);
    }
    return this.#minute + Math.floor((timeUs - quarter * QUARTER_US) / US_PER_MINUTE);
  }

  #ask(timeMs: number): number {
    if (this.#format === null) {
      return (Math.floor(timeMs / MS_PER_MINUTE) + EPOCH_MINUTE) % MINUTES_PER_WEEK;
    }
    const parts = new Map(
      this.#format.formatToParts(timeMs).map(({ type, value }) => [type, value]),
    );
    const day = DAYS.indexOf((parts.get("weekday") ?? "").toLowerCase());
    return day * MINUTES_PER_DAY + 60 * Number(parts.get("hour")) + Number(parts.get("minute"));
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

/** Hours of the week as a rule writes them: `mon-fri 08:00-18:00, sat 09:00-12:00, zone Europe/Berlin`; `!` means outside. */
export class WeekTimes {
  readonly text: string;
  readonly #isNegated: boolean;
  readonly #clock: ZoneClock;
  /** By minute of the week. */
  readonly #isInside = new Uint8Array(MINUTES_PER_WEEK);

  constructor(token: Token, isNegated: boolean, zoneDefault: string) {
    this.#isNegated = isNegated;
    let zone: Token = { text: zoneDefault, at: token.at };
    const spans: string[] = [];
    for (const part of splitToken(token, ",")) {
      const named = /^zone\s+(\S+)$/.exec(part.text)?.[1];
      if (named !== undefined) zone = { text: named, at: part.at };
      else {
        this.#add(part);
        spans.push(part.text);
      }
    }
    if (spans.length === 0)
      throw new RuleError("time_of_week needs hours, such as mon-fri 08:00-18:00", token.at);
    this.#clock = zoneClock(zone);
    this.text = `it is ${isNegated ? "not " : ""}${spans.join(" or ")} (${this.#clock.zone})`;
  }

  holds(timeUs: number): boolean {
    return (this.#isInside[this.#clock.minuteOfWeek(timeUs)] === 1) !== this.#isNegated;
  }

  #add(part: Token): void {
    const [, first = "", last = "", from = "", until = ""] =
      /^([a-z]{3})(?:-([a-z]{3}))?(?:\s+(\d\d:\d\d)-(\d\d:\d\d))?$/i.exec(part.text) ?? [];
    const firstDay = DAYS.indexOf(first.toLowerCase());
    const lastDay = last === "" ? firstDay : DAYS.indexOf(last.toLowerCase());
    const [start, end] = [minuteOf(from, 0), minuteOf(until, MINUTES_PER_DAY)];
    if (firstDay < 0 || lastDay < 0 || start < 0 || end < 0 || start === end) {
      throw new RuleError(
        `"${part.text}" is no time of the week; write mon-fri 08:00-18:00`,
        part.at,
      );
    }
    const days = ((lastDay - firstDay + 7) % 7) + 1;
    // Night shifts end on the day after.
    const length = end > start ? end - start : end + MINUTES_PER_DAY - start;
    for (let day = 0; day < days; day++) {
      const at = (firstDay + day) * MINUTES_PER_DAY + start;
      for (let minute = at; minute < at + length; minute++)
        this.#isInside[minute % MINUTES_PER_WEEK] = 1;
    }
  }
}

/** -1 when it is no time. */
function minuteOf(text: string, otherwise: number): number {
  if (text === "") return otherwise;
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  const minute = 60 * hours + minutes;
  return minutes < 60 && minute <= MINUTES_PER_DAY ? minute : -1;
}

function zoneClock({ text, at }: Token): ZoneClock {
  try {
    return new ZoneClock(text);
  } catch {
    throw new RuleError(`"${text}" is no time zone, such as Europe/Berlin or UTC`, at);
  }
}
