import { type CipherGCMTypes, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import type { CipherSuite } from "./cipher-suites.ts";

/** Opens records of one direction under one key. */
export interface RecordCipher {
  /** What the record with that number holds; null when its key, number or bytes are others. Never throws. */
  open(seq: number, type: number, body: Buffer): Buffer | null;
  /** Each record needs the one before it. */
  readonly isChained: boolean;
  /** How many records are missing between the last one opened and this one, if it tells; -1: it does not. */
  missing(body: Buffer): number;
  /** The record has gone by, opened or not: what the next one depends on is kept. */
  pass(body: Buffer, isOpened: boolean): void;
}

export interface RecordKeys {
  readonly key: Buffer;
  /** Fixed part of the nonce: 4 bytes, or 12 where the record's number is laid over it; in TLS 1.0 the first record's IV. */
  readonly iv: Buffer;
  readonly macKey: Buffer;
}

const VERSION_10 = 0x0301;
const VERSION_12 = 0x0303;
const NONCE_BYTES = 12;
/** Of a nonce that is brought. */
const EXPLICIT_BYTES = 8;
const CONTENT_BYTES_MAX = 16_384;
/** More are not missing in a gap that a connection is followed over. */
const TOLD_MISSING_MAX = 65_535;

/** RFC 5246 6.2.3.3, RFC 5288, RFC 7905; with `is13` RFC 8446 5.2. */
export class AeadCipher implements RecordCipher {
  readonly isChained = false;
  readonly #suite: CipherSuite;
  readonly #keys: RecordKeys;
  readonly #is13: boolean;
  /** End of the nonce that the last record opened has brought. */
  #lastNonce = -1;

  constructor(suite: CipherSuite, keys: RecordKeys, is13: boolean) {
    this.#suite = suite;
    this.#keys = keys;
    this.#is13 = is13;
  }

  open(seq: number, type: number, body: Buffer): Buffer | null {
    const { aead, tagBytes } = this.#suite;
    const explicitBytes = this.#explicitBytes;
    const length = body.length - explicitBytes - tagBytes;
    if (aead === null || length < 0) return null;
    const associated = this.#is13 ? header13(body.length) : header12(VERSION_12, seq, type, length);
    const nonce = this.#nonce(seq, body.subarray(0, explicitBytes));
    try {
      // CCM wants to know the length before; the types of the three differ in that only.
      const name = aead as CipherGCMTypes;
      const options = { authTagLength: tagBytes };
      const decipher = createDecipheriv(name, this.#keys.key, nonce, options);
      decipher.setAuthTag(body.subarray(body.length - tagBytes));
      decipher.setAAD(associated, { plaintextLength: length });
      const plain = decipher.update(body.subarray(explicitBytes, explicitBytes + length));
      decipher.final();
      return plain;
    } catch {
      // The tag is of another key, number or record.
      return null;
    }
  }

  /** Nonces that records bring are counted up by all who have made some: RFC 5288 3 suggests the number itself. */
  missing(body: Buffer): number {
    if (this.#explicitBytes === 0 || this.#lastNonce < 0 || body.length < EXPLICIT_BYTES) return -1;
    const missing = (nonceEnd(body) - this.#lastNonce - 1) >>> 0;
    return missing <= TOLD_MISSING_MAX ? missing : -1;
  }

  pass(body: Buffer, isOpened: boolean): void {
    if (isOpened && this.#explicitBytes > 0) this.#lastNonce = nonceEnd(body);
  }

  get #explicitBytes(): number {
    return this.#is13 ? 0 : this.#suite.explicitBytes;
  }

  #nonce(seq: number, explicit: Buffer): Buffer {
    const { iv } = this.#keys;
    if (explicit.length > 0) return Buffer.concat([iv, explicit]);
    const nonce = Buffer.from(iv);
    for (let at = NONCE_BYTES - 1, rest = seq; rest > 0 && at >= 4; at--) {
      nonce[at] = (nonce[at] as number) ^ (rest & 0xff);
      rest = Math.floor(rest / 256);
    }
    return nonce;
  }
}

/**
 * A block cipher whose MAC is inside of what is encrypted, or around it (RFC 7366). From TLS 1.1 on each record brings its
 * IV (RFC 4346 6.2.3.2); in 1.0 it is the last block of the record before (RFC 2246 6.2.3.2), so that after missing
 * bytes the first record stays closed.
 */
export class CbcCipher implements RecordCipher {
  readonly #suite: CipherSuite;
  readonly #keys: RecordKeys;
  readonly #version: number;
  readonly #isMacOutside: boolean;
  readonly #chained: Buffer | null;

  constructor(suite: CipherSuite, keys: RecordKeys, version: number, isMacOutside: boolean) {
    this.#suite = suite;
    this.#keys = keys;
    this.#version = version;
    this.#isMacOutside = isMacOutside;
    this.#chained = version === VERSION_10 ? Buffer.from(keys.iv) : null;
  }

  open(seq: number, type: number, body: Buffer): Buffer | null {
    const { blockBytes } = this.#suite;
    const macBytes = this.#keys.macKey.length;
    const end = this.#isMacOutside ? body.length - macBytes : body.length;
    const start = this.#chained === null ? blockBytes : 0;
    if (end < start + blockBytes || end % blockBytes !== 0) return null;
    if (this.#isMacOutside && !this.#isGenuine(seq, type, body, end)) return null;
    const padded = this.#decrypt(body, start, end);
    const padding = padded?.at(-1) ?? 0;
    if (padded === null || padding >= padded.length) return null;
    const length = padded.length - padding - 1;
    if (this.#isMacOutside) return padded.subarray(0, length);
    if (
      length < macBytes ||
      !this.#isGenuine(seq, type, padded.subarray(0, length), length - macBytes)
    ) {
      return null;
    }
    return padded.subarray(0, length - macBytes);
  }

  get isChained(): boolean {
    return this.#chained !== null;
  }

  missing(): number {
    return -1;
  }

  pass(body: Buffer): void {
    const chained = this.#chained;
    if (chained === null) return;
    const end = body.length - (this.#isMacOutside ? this.#keys.macKey.length : 0);
    if (end >= chained.length) body.copy(chained, 0, end - chained.length, end);
  }

  #decrypt(body: Buffer, start: number, end: number): Buffer | null {
    const { cbc } = this.#suite;
    if (cbc === null) return null;
    const iv = this.#chained ?? body.subarray(0, start);
    const decipher = createDecipheriv(cbc, this.#keys.key, iv).setAutoPadding(false);
    // Whole blocks: there is nothing left for its end.
    return decipher.update(body.subarray(start, end));
  }

  /** Bytes from `end` on are the MAC of those before. */
  #isGenuine(seq: number, type: number, bytes: Buffer, end: number): boolean {
    const { mac } = this.#suite;
    if (mac === null) return false;
    const header = header12(this.#version, seq, type, end);
    const hmac = createHmac(mac, this.#keys.macKey).update(header);
    return timingSafeEqual(hmac.update(bytes.subarray(0, end)).digest(), bytes.subarray(end));
  }
}

function nonceEnd(body: Buffer): number {
  return body.readUInt32BE(EXPLICIT_BYTES - 4);
}

/** Number, type, version, length (RFC 5246 6.2.3.1). */
function header12(version: number, seq: number, type: number, length: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(Math.floor(seq / 2 ** 32));
  header.writeUInt32BE(seq % 2 ** 32, 4);
  header[8] = type;
  header.writeUInt16BE(version, 9);
  header.writeUInt16BE(Math.min(length, CONTENT_BYTES_MAX + 2048), 11);
  return header;
}

/** The record's own header (RFC 8446 5.2). */
function header13(length: number): Buffer {
  const version = [VERSION_12 >> 8, VERSION_12 & 0xff];
  return Buffer.from([23, ...version, (length >> 8) & 0xff, length & 0xff]);
}
