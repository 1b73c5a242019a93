import { KeyMap } from "../../base/key-map.ts";

const CALLERS_MAX = 8_192;
const DAY_US = 24 * 3_600_000_000;
/** Places of one caller that are told apart. */
const KEPT_MAX = 32;

/** Whose telephone has long been there may have business in two places more; who calls while its user is at home elsewhere, in one less. */
export const Residence = { UNKNOWN: 0, SETTLED: -2, AWAY: 1 } as const;
export type Residence = (typeof Residence)[keyof typeof Residence];

interface Places {
  readonly prefixes: Set<string>;
  readonly sinceUs: number;
}

/**
 * To how many high-cost places each caller has called within a day: who sells calls slowly stays below what an hour shows, but not to
 * one place. A family abroad is one or two. By account and caller, as a hotel's guests share the account of its trunk.
 */
export class HighCostPlaces {
  readonly #callers = new KeyMap<Places>(CALLERS_MAX);

  /** Counts an answered call. Returns the places within the day when this one is new, as its residence has it; else 0. */
  called(callerKey: number, prefix: string, residence: Residence, nowUs: number): number {
    let places = this.#callers.get(callerKey);
    if (places === undefined || nowUs - places.sinceUs > DAY_US) {
      places = { prefixes: new Set(), sinceUs: nowUs };
      this.#callers.set(callerKey, places);
    }
    this.#callers.touch(callerKey);
    const { prefixes } = places;
    if (prefixes.has(prefix) || prefixes.size >= KEPT_MAX) return 0;
    prefixes.add(prefix);
    return Math.max(0, prefixes.size + residence);
  }
}
