import type { Ban } from "./ban-entry.ts";

/** Offenders by address, or by what else tells them apart, bounded. Time is handed in. */
export class BanList<Entry extends Ban = Ban> {
  readonly #bans = new Map<string, Entry>();
  readonly #entriesMax: number;
  readonly #keyOf: (entry: Entry) => string;

  constructor(entriesMax: number, keyOf: (entry: Entry) => string = ({ ip }) => ip) {
    this.#entriesMax = entriesMax;
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#bans.size;
  }

  /** Lists an offender, or prolongs its ban. Call `trim` after a batch. */
  add(ban: Entry): void {
    const key = this.#keyOf(ban);
    const known = this.#bans.get(key);
    this.#bans.set(key, known === undefined ? ban : joined(known, ban));
  }

  /** Takes out the entry of that key. True when there was one. */
  delete(key: string): boolean {
    return this.#bans.delete(key);
  }

  /** Takes out who has served his time, and beyond the limit who would be next. True when anyone went. */
  trim(nowMs: number): boolean {
    const before = this.#bans.size;
    for (const [key, { expires }] of this.#bans) {
      if (Date.parse(expires) <= nowMs) this.#bans.delete(key);
    }
    const excess = this.#bans.size - this.#entriesMax;
    if (excess > 0) {
      const byExpiry = [...this.#bans].sort(([, a], [, b]) => compare(a.expires, b.expires));
      for (const [key] of byExpiry.slice(0, excess)) this.#bans.delete(key);
    }
    return this.#bans.size < before;
  }

  /** When the next ban ends, milliseconds; infinite when there is none. */
  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { expires } of this.#bans.values()) next = Math.min(next, Date.parse(expires));
    return next;
  }

  /** By the time they were listed. */
  entries(): readonly Entry[] {
    return [...this.#bans.values()];
  }
}

/** A record that is delivered twice changes nothing; one that arrives late shortens nothing. */
function joined<Entry extends Ban>(known: Entry, next: Entry): Entry {
  if (next.alert_id === known.alert_id) return known;
  const latest = next.last_seen >= known.last_seen ? next : known;
  return {
    ...latest,
    first_seen: earlierOf(known.first_seen, next.first_seen),
    records: known.records + 1,
    expires: compare(known.expires, next.expires) > 0 ? known.expires : next.expires,
  };
}

function earlierOf(a: string, b: string): string {
  return compare(a, b) > 0 ? b : a;
}

/** Times of one form compare as texts. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
