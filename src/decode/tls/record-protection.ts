import type { RecordCipher } from "./record-cipher.ts";

/** After missing bytes so many records may be missing, and so many bytes are tried to find out. */
const MISSING_RECORDS_MAX = 64;
const TRIED_BYTES_MAX = 65_536;

/**
 * The keys of one direction, one after the other, and the number of its next record. Which key a record is under is
 * found by its tag: TLS 1.3 goes on from key to key inside what is encrypted (RFC 8446 4.4, 4.6.3).
 */
export class RecordProtection {
  /** Records opened under any key. */
  opened = 0;
  #cipher: RecordCipher;
  #seq = 0;
  #next: RecordCipher | null | undefined;
  readonly #following: () => RecordCipher | null;

  /** `following` makes the key after the last one it made; null when there is none. */
  constructor(first: RecordCipher, following: () => RecordCipher | null) {
    this.#cipher = first;
    this.#following = following;
  }

  /** Null when no key opens it. With `isAfterGap` records before it may be missing. */
  open(type: number, body: Buffer, isAfterGap: boolean): Buffer | null {
    const plain = this.#try(type, body, isAfterGap);
    this.#cipher.pass(body);
    return plain;
  }

  #try(type: number, body: Buffer, isAfterGap: boolean): Buffer | null {
    const tried = Math.floor(TRIED_BYTES_MAX / Math.max(1, body.length));
    const tries = isAfterGap ? Math.max(1, Math.min(MISSING_RECORDS_MAX, tried)) : 1;
    for (let missing = 0; missing < tries; missing++) {
      const plain = this.#cipher.open(this.#seq + missing, type, body);
      if (plain === null) continue;
      this.#seq += missing + 1;
      this.opened++;
      return plain;
    }
    if (this.#next === undefined) this.#next = this.#following();
    for (let seq = 0; seq < tries && this.#next !== null; seq++) {
      const plain = this.#next.open(seq, type, body);
      if (plain === null) continue;
      this.#cipher = this.#next;
      this.#next = undefined;
      this.#seq = seq + 1;
      this.opened++;
      return plain;
    }
    return null;
  }
}
