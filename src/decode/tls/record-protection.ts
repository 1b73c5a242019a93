import type { RecordCipher } from "./record-cipher.ts";

/** After missing bytes so many records may be missing. */
const MISSING_RECORDS_MAX = 64;
/** How often the records of a segment are tried under other numbers than the next: a try takes some 15 µs, and more per KiB. */
const TRIES_MAX = 8;
const TRIED_BYTES_MAX = 65_536;

/**
 * The keys of one direction, one after the other, and the number of its next record. Which key a record is under is
 * found by its tag: TLS 1.3 goes on from key to key inside what is encrypted (RFC 8446 4.4, 4.6.3). So is how many
 * records are missing after missing bytes, where records do not tell: over several of them if it has to be.
 */
export class RecordProtection {
  /** Records opened under any key, and tries of that, which cost as much. */
  opened = 0;
  tries = 0;
  #cipher: RecordCipher;
  #seq = 0;
  #next: RecordCipher | null | undefined;
  readonly #following: () => RecordCipher | null;
  /** After missing bytes: records seen since that stayed closed, and how many missing ones are tried next. */
  #closed = 0;
  #missing = 0;
  #triesLeft = TRIES_MAX;

  /** `following` makes the key after the last one it made; null when there is none. */
  constructor(first: RecordCipher, following: () => RecordCipher | null) {
    this.#cipher = first;
    this.#following = following;
  }

  /** A segment begins. */
  begin(): void {
    this.#triesLeft = TRIES_MAX;
  }

  /** Null when no key opens it. With `isAfterGap` records before it may be missing. */
  open(type: number, body: Buffer, isAfterGap: boolean): Buffer | null {
    const plain = isAfterGap ? this.#search(type, body) : this.#openAt(0, type, body);
    this.#cipher.pass(body, plain !== null);
    return plain;
  }

  #search(type: number, body: Buffer): Buffer | null {
    if (this.#closed === 0 && this.#cipher.isChained) {
      this.#closed++;
      return null;
    }
    const told = this.#cipher.missing(body);
    const plain = told < 0 ? null : this.#openUnder(this.#cipher, this.#seq + told, type, body);
    if (plain !== null) return plain;
    const bytesTries = 1 + Math.floor(TRIED_BYTES_MAX / (body.length + 1));
    for (let tries = Math.min(this.#triesLeft, bytesTries); tries > 0; tries--) {
      const missing = this.#missing;
      this.#missing = (missing + 1) % MISSING_RECORDS_MAX;
      this.#triesLeft--;
      const found = this.#openAt(this.#closed + missing, type, body);
      if (found !== null) return found;
    }
    this.#closed++;
    return null;
  }

  /** Under the key at hand with so many records between, or as the one of that number under the next key. */
  #openAt(missing: number, type: number, body: Buffer): Buffer | null {
    const plain = this.#openUnder(this.#cipher, this.#seq + missing, type, body);
    if (plain !== null) return plain;
    if (this.#next === undefined) this.#next = this.#following();
    return this.#next === null ? null : this.#openUnder(this.#next, missing, type, body);
  }

  #openUnder(cipher: RecordCipher, seq: number, type: number, body: Buffer): Buffer | null {
    this.tries++;
    const plain = cipher.open(seq, type, body);
    if (plain === null) return null;
    if (cipher !== this.#cipher) this.#next = undefined;
    this.#cipher = cipher;
    this.#seq = seq + 1;
    this.#closed = 0;
    this.#missing = 0;
    this.opened++;
    return plain;
  }
}
