import { combine53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import { dialStringOf } from "./dial-string.ts";

const SENT_MAX = 4_096;
const SERVERS_MAX = 1_024;
const PREFIXES_MAX = 16;
/** A PBX connects the caller as soon as its carrier has answered. */
const JOINED_US = 5_000_000;
/** Digits in which both ways to write one number agree. */
const TAIL_DIGITS = 7;
/** Different numbers that show a prefix to mean the same. */
const NUMBERS_MIN = 3;
/** A prefix of what is dialled has no more digits, and a country with a "+" before it has no more characters. */
const PREFIX_MAX = 6;

interface Meaning {
  /** What stands in its place in the international number: "+", or "+" and the home country. */
  readonly stands: string;
  readonly numbers: Set<number>;
  /** Numbers have shown it to mean two things: it is read as before. */
  isAmbiguous: boolean;
}

/** A number as a learned prefix has it. */
export interface LearnedNumber {
  /** With "+". */
  readonly international: string;
  readonly prefix: string;
  readonly stands: string;
  /** Calling code of the home country; "" while no national number has been seen. */
  readonly home: string;
}

/**
 * How a server's users dial, learned from what it lets through: it asks its carrier for the same number with "+", and both calls
 * are answered together. A prefix counts once three numbers have shown it, and never once two meanings were seen.
 */
export class LearnedPlans {
  /** By server and the end of a number: what it asked its carrier for. */
  readonly #sent = new KeyMap<{ readonly international: string; readonly timeUs: number }>(
    SENT_MAX,
  );
  readonly #servers = new KeyMap<Map<string, Meaning>>(SERVERS_MAX);

  /** A server's own call to that number was answered. */
  sent(server: HostKey, dialled: string, nowUs: number): void {
    const international = dialStringOf(dialled)?.dialled ?? "";
    if (!/^\+[1-9]\d{7,14}$/.test(international)) return;
    const key = keyOf(server, international);
    this.#sent.set(key, { international, timeUs: nowUs });
    this.#sent.touch(key);
  }

  /** A call to the server was answered; true when that taught a prefix. */
  connected(server: HostKey, dialled: string, nowUs: number): boolean {
    const digits = dialStringOf(dialled)?.dialled ?? "";
    if (!/^\d{8,20}$/.test(digits)) return false;
    const sent = this.#sent.get(keyOf(server, digits));
    if (sent === undefined || nowUs - sent.timeUs > JOINED_US) return false;
    const same = commonEnd(digits, sent.international);
    const prefix = digits.slice(0, digits.length - same);
    const stands = sent.international.slice(0, sent.international.length - same);
    if (prefix.length > PREFIX_MAX || stands === "" || stands.length > 4) return false;
    return this.#teach(server, prefix, stands, hashText53(sent.international));
  }

  /** Null where nothing was learned that fits. */
  read(server: HostKey, dialled: string): LearnedNumber | null {
    if (this.#servers.size === 0) return null;
    const meanings = this.#servers.get(server);
    if (meanings === undefined) return null;
    const digits = dialStringOf(dialled)?.dialled ?? "";
    for (let length = Math.min(PREFIX_MAX, digits.length - TAIL_DIGITS); length >= 0; length--) {
      const prefix = digits.slice(0, length);
      const meaning = meanings.get(prefix);
      if (meaning === undefined || !isKnown(meaning)) continue;
      const { stands } = meaning;
      const international = `${stands}${digits.slice(length)}`;
      if (!/^\+[1-9]\d{6,14}$/.test(international)) continue;
      return { international, prefix, stands, home: homeOf(meanings) };
    }
    return null;
  }

  #teach(server: HostKey, prefix: string, stands: string, number: number): boolean {
    let meanings = this.#servers.get(server);
    if (meanings === undefined) {
      meanings = new Map();
      this.#servers.set(server, meanings);
    }
    this.#servers.touch(server);
    const meaning = meanings.get(prefix);
    if (meaning === undefined) {
      if (meanings.size < PREFIXES_MAX) {
        meanings.set(prefix, { stands, numbers: new Set([number]), isAmbiguous: false });
      }
      return false;
    }
    if (meaning.stands !== stands) {
      meaning.isAmbiguous = true;
      return false;
    }
    const before = meaning.numbers.size;
    if (before < NUMBERS_MIN) meaning.numbers.add(number);
    return before < NUMBERS_MIN && isKnown(meaning);
  }
}

function isKnown({ isAmbiguous, numbers }: Meaning): boolean {
  return !isAmbiguous && numbers.size >= NUMBERS_MIN;
}

/** The country that stands for a national prefix. */
function homeOf(meanings: ReadonlyMap<string, Meaning>): string {
  for (const meaning of meanings.values()) {
    if (isKnown(meaning) && meaning.stands.length > 1) return meaning.stands.slice(1);
  }
  return "";
}

function keyOf(server: HostKey, digits: string): number {
  return combine53(hashText53(digits.slice(-TAIL_DIGITS)), server);
}

/** Characters at the end that are the same in both. */
function commonEnd(a: string, b: string): number {
  let same = 0;
  while (same < a.length && same < b.length && a.at(-1 - same) === b.at(-1 - same)) same++;
  return same;
}
