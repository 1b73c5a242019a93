import type { IncidentPeak } from "./incident.ts";

export const MINUTE_S = 60;
const MINUTE_US = MINUTE_S * 1e6;

/** The minute with the most matches; minutes are counted from the start of the incident. */
export class BusiestMinute {
  #minuteUs: number;
  #count = 0;
  #peakUs: number;
  #peakCount = 0;

  constructor(startUs: number) {
    this.#minuteUs = startUs;
    this.#peakUs = startUs;
  }

  add(timeUs: number, matches = 1): void {
    const minutes = Math.floor((timeUs - this.#minuteUs) / MINUTE_US);
    if (minutes > 0) {
      this.#minuteUs += minutes * MINUTE_US;
      this.#count = 0;
    }
    this.#count += matches;
    if (this.#count <= this.#peakCount) return;
    this.#peakCount = this.#count;
    this.#peakUs = this.#minuteUs;
  }

  get peak(): IncidentPeak {
    return { count: this.#peakCount, seconds: MINUTE_S, startUs: this.#peakUs };
  }
}
