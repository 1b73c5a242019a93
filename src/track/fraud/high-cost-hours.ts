import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { CostlyCall } from "./costly-call.ts";
import { Residence } from "./high-cost-places.ts";

const CALLERS_MAX = 8_192;
const DAY_US = 24 * 3_600_000_000;
const HOUR_S = 3_600;
/** So long in all a family talks on a Sunday. */
const LONG_S = 3 * HOUR_S;
/** Numbers of a caller that are told apart. */
export const NUMBERS_MANY = 3;

interface Hours {
  readonly sinceUs: number;
  seconds: number;
  readonly numbers: Set<string>;
}

export interface HighCostTime {
  /** Signs: three hours, six hours, three numbers; one less from a telephone that has been there, one more from elsewhere than its user is. */
  readonly value: number;
  readonly seconds: number;
  readonly numbers: number;
}

/** How long each account and caller talks to high-cost destinations within a day: whoever sells minutes may do so one call at a time. */
export class HighCostHours {
  readonly #callers = new KeyMap<Hours>(CALLERS_MAX);

  /** A call has ended. Null before three hours have come together, and for calls that are of no such destination or of a trunk. */
  ended(call: CostlyCall, seconds: number, nowUs: number): HighCostTime | null {
    const { accountKey, hasCredentials, isTrunk, parties, reading, residence } = call;
    if (residence === null || isTrunk || !hasCredentials) return null;
    const key = combine53(accountKey, parties.fromUserKey);
    let hours = this.#callers.get(key);
    if (hours === undefined || nowUs - hours.sinceUs > DAY_US) {
      hours = { sinceUs: nowUs, seconds: 0, numbers: new Set() };
      this.#callers.put(key, hours);
    } else this.#callers.touch(key);
    hours.seconds += seconds;
    if (hours.numbers.size < NUMBERS_MANY) hours.numbers.add(reading.e164);
    if (hours.seconds < LONG_S) return null;
    let value = hours.seconds >= 2 * LONG_S ? 2 : 1;
    if (hours.numbers.size >= NUMBERS_MANY) value++;
    if (residence === Residence.SETTLED) value--;
    if (residence === Residence.AWAY) value++;
    return { value, seconds: hours.seconds, numbers: hours.numbers.size };
  }
}
