import { combine53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { NumberReading } from "../numbers/number-plan.ts";

const SENDERS_MAX = 8_192;
const DAY_US = 24 * 3_600_000_000;
const KEPT_MAX = 16;
const NUMBERS_MANY = 3;
/** Addresses in one header that are looked at. */
const ADDRESSES_MAX = 4;
const USER = /(?:sips?|tel):\+?([^@>;?\s,]{1,64})/gi;

interface Sender {
  readonly sinceUs: number;
  readonly numbers: Set<number>;
  readonly prefixes: Set<string>;
  hasGrave: boolean;
}

export interface SentOn {
  readonly value: number;
  readonly numbers: number;
}

/**
 * Calls that somebody has sent on to high-cost destinations, by redirection (3xx), transfer (REFER) or forwarding (Diversion,
 * History-Info): whoever forwards pays, and callers are free.
 */
export class SentOnCalls {
  readonly #senders = new KeyMap<Sender>(SENDERS_MAX);

  /** One more by that user at that host, to a high-cost number. */
  note(userKey: number, host: number, { e164, entry }: NumberReading, nowUs: number): SentOn {
    const key = combine53(userKey, host);
    let sender = this.#senders.get(key);
    if (sender === undefined || nowUs - sender.sinceUs > DAY_US) {
      sender = { sinceUs: nowUs, numbers: new Set(), prefixes: new Set(), hasGrave: false };
      this.#senders.set(key, sender);
    }
    this.#senders.touch(key);
    const { numbers, prefixes } = sender;
    if (numbers.size < KEPT_MAX) numbers.add(hashText53(e164));
    if (entry !== null && prefixes.size < KEPT_MAX) prefixes.add(entry.prefix);
    if (entry !== null && entry.class !== "high_cost") sender.hasGrave = true;
    let value = 1;
    if (sender.hasGrave) value++;
    if (numbers.size > 1) value++;
    if (numbers.size >= NUMBERS_MANY) value++;
    if (prefixes.size > 1) value++;
    return { value, numbers: numbers.size };
  }
}

/** What the addresses of a header dial, in order; "+" is kept. */
export function dialledIn(header: string): string[] {
  const found: string[] = [];
  for (const [uri, user = ""] of header.matchAll(USER)) {
    const hasPlus = uri.includes(":+");
    found.push(hasPlus ? `+${user}` : user);
    if (found.length === ADDRESSES_MAX) break;
  }
  return found;
}
