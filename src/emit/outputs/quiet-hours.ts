const SPAN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** Hours of the day, such as `22:00-07:00`, in a time zone; they may go past midnight. */
export class QuietHours {
  readonly #from: number;
  readonly #to: number;
  readonly #clock: Intl.DateTimeFormat;

  /** `text` "" is never quiet. Throws RangeError when it is no span, or the zone is not known. */
  constructor(text: string, timezone: string) {
    const [, fromH, fromM, toH, toM] = SPAN.exec(text) ?? [];
    if (text !== "" && fromH === undefined) {
      throw new RangeError(`"${text}" is no span of hours, such as 22:00-07:00`);
    }
    this.#from = Number(fromH ?? 0) * 60 + Number(fromM ?? 0);
    this.#to = Number(toH ?? 0) * 60 + Number(toM ?? 0);
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    this.#clock = new Intl.DateTimeFormat("en-GB", { ...time, timeZone: timezone });
  }

  /** `timeMs` since 1970. */
  isQuiet(timeMs: number): boolean {
    if (this.#from === this.#to) return false;
    const [hour = "0", minute = "0"] = this.#clock.format(timeMs).split(":");
    const now = Number(hour) * 60 + Number(minute);
    return this.#from < this.#to
      ? now >= this.#from && now < this.#to
      : now >= this.#from || now < this.#to;
  }
}
