import { createCipheriv, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CIPHER_SUITES, type CipherSuite } from "../../../../src/decode/tls/cipher-suites.ts";
import {
  AeadCipher,
  CbcCipher,
  type RecordCipher,
} from "../../../../src/decode/tls/record-cipher.ts";
import { RecordProtection } from "../../../../src/decode/tls/record-protection.ts";

const DATA = 23;
const VERSIONS = [0x0301, 0x0302, 0x0303] as const;

/** Seals as RFC 2246 6.2.3.2, RFC 4346 6.2.3.2 and RFC 7366 3 say. */
class CbcSealer {
  #seq = 0;
  #last: Buffer;
  readonly #suite: CipherSuite;
  readonly #version: number;
  readonly #isMacOutside: boolean;

  constructor(suite: CipherSuite, version: number, isMacOutside: boolean) {
    this.#suite = suite;
    this.#version = version;
    this.#isMacOutside = isMacOutside;
    this.#last = keysOf(suite).iv;
  }

  /** `padding`: blocks more than are needed. */
  seal(text: string, padding = 0): Buffer {
    const { blockBytes, cbc, mac } = this.#suite;
    if (cbc === null || mac === null) throw new Error("no CBC suite");
    const { key, macKey } = keysOf(this.#suite);
    const tagOf = (bytes: Buffer) => {
      const head = Buffer.alloc(13);
      head.writeUInt32BE(this.#seq, 4);
      head[8] = DATA;
      head.writeUInt16BE(this.#version, 9);
      head.writeUInt16BE(bytes.length, 11);
      return createHmac(mac, macKey).update(head).update(bytes).digest();
    };
    const content = Buffer.from(text);
    const inner = this.#isMacOutside ? content : Buffer.concat([content, tagOf(content)]);
    const pad = blockBytes - 1 - (inner.length % blockBytes) + padding * blockBytes;
    const plain = Buffer.concat([inner, Buffer.alloc(pad + 1, pad)]);
    const isChained = this.#version === 0x0301;
    const iv = isChained ? this.#last : Buffer.alloc(blockBytes, 0xa0 + this.#seq);
    const cipher = createCipheriv(cbc, key, iv).setAutoPadding(false);
    const sealed = Buffer.concat([isChained ? Buffer.alloc(0) : iv, cipher.update(plain)]);
    this.#last = sealed.subarray(-blockBytes);
    const record = this.#isMacOutside ? Buffer.concat([sealed, tagOf(sealed)]) : sealed;
    this.#seq++;
    return record;
  }
}

function keysOf(suite: CipherSuite) {
  const macBytes = { sha1: 20, sha256: 32, sha384: 48 }[suite.mac ?? "sha1"];
  return {
    key: Buffer.from(Array.from({ length: suite.keyBytes }, (_, i) => 7 * i + 1)),
    iv: Buffer.alloc(suite.blockBytes, 0x1f),
    macKey: Buffer.alloc(macBytes, 0x3c),
  };
}

const AEAD_KEYS = { key: Buffer.alloc(16, 9), macKey: Buffer.alloc(0) };

function aeadOf(suite: CipherSuite, is13: boolean): AeadCipher {
  return new AeadCipher(suite, { ...AEAD_KEYS, iv: Buffer.alloc(is13 ? 12 : 4, 5) }, is13);
}

/** Seals the number of a record as its text (RFC 5288 3, RFC 8446 5.2 and 5.3). */
function aeadSealer(is13: boolean): (seq: number) => Buffer {
  return (seq) => {
    const number = Buffer.alloc(8);
    number.writeUInt32BE(seq, 4);
    const text = Buffer.from(String(seq));
    const nonce = Buffer.alloc(12, 5);
    for (let i = 0; i < 8; i++) nonce[4 + i] = (is13 ? 5 : 0) ^ (number[i] as number);
    const length = text.length + (is13 ? 16 : 0);
    const header = Buffer.from([DATA, 3, 3, 0, length]);
    const cipher = createCipheriv("aes-128-gcm", AEAD_KEYS.key, nonce);
    cipher.setAAD(is13 ? header : Buffer.concat([number, header]));
    const sealed = [cipher.update(text), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(is13 ? sealed : [number, ...sealed]);
  };
}

const suites = [...CIPHER_SUITES].filter(([, suite]) => suite.cbc !== null);
const cases = suites.flatMap(([id, suite]) =>
  VERSIONS.flatMap((version) =>
    [false, true].map((isMacOutside) => ({ id, suite, version, isMacOutside })),
  ),
);

function openerOf(suite: CipherSuite, version: number, isMacOutside: boolean): RecordProtection {
  const cipher = new CbcCipher(suite, keysOf(suite), version, isMacOutside);
  return new RecordProtection(cipher, () => null);
}

describe("records after missing ones", () => {
  const suite = CIPHER_SUITES.get(0x1301) as CipherSuite;
  const suite12 = CIPHER_SUITES.get(0xc02f) as CipherSuite;

  it("are found where they tell nothing, in few tries each, over several if it has to be", () => {
    for (const missing of [0, 1, 7, 8, 40, 60]) {
      const seal = aeadSealer(true);
      const opener = new RecordProtection(aeadOf(suite, true), () => null);
      expect(String(opener.open(DATA, seal(0), false))).toBe("0");
      const opened: boolean[] = [];
      for (let seq = 1 + missing; !opened.at(-1) && opened.length < 10; seq++) {
        opener.begin();
        opened.push(opener.open(DATA, seal(seq), true) !== null);
      }
      expect([missing, opened.length]).toEqual([missing, 1 + Math.floor(missing / 8)]);
    }
  });

  it("are found at once where their nonces tell", () => {
    const seal = aeadSealer(false);
    const opener = new RecordProtection(aeadOf(suite12, false), () => null);
    for (const seq of [0, 1, 41, 5_000]) {
      expect(String(opener.open(DATA, seal(seq), seq > 1))).toBe(String(seq));
    }
  });

  it("that nothing opens are tried so often a segment, however many it has", () => {
    let tries = 0;
    const cipher: RecordCipher = {
      isChained: false,
      missing: () => -1,
      open: () => {
        tries++;
        return null;
      },
      pass: () => {},
    };
    const opener = new RecordProtection(cipher, () => null);
    for (let i = 0; i < 1000; i++) opener.open(DATA, Buffer.alloc(24), true);
    expect(tries).toBeGreaterThan(0);
    expect(tries).toBeLessThanOrEqual(32);
  });
});

describe("records of block ciphers", () => {
  it("of each suite and version, with the MAC inside and outside, are opened in turn", () => {
    for (const { id, suite, version, isMacOutside } of cases) {
      const sealer = new CbcSealer(suite, version, isMacOutside);
      const opener = openerOf(suite, version, isMacOutside);
      // An empty one before each, as TLS 1.0 has them against guessed IVs.
      const texts = ["", "INVITE", "", "x".repeat(1000), "BYE"];
      const opened = texts.map((text, i) => opener.open(DATA, sealer.seal(text, i), false));
      const what = `${id.toString(16)} ${version.toString(16)} ${isMacOutside}`;
      expect([what, opened.map(String)]).toEqual([what, texts]);
    }
  });

  it("that were changed, cut or are of another type stay closed", () => {
    const text = "INVITE sip:a@b SIP/2.0";
    for (const { suite, version, isMacOutside } of cases) {
      const record = new CbcSealer(suite, version, isMacOutside).seal(text);
      const openOf = (type: number, body: Buffer) =>
        openerOf(suite, version, isMacOutside).open(type, body, false);
      expect(openOf(DATA, record)).not.toBeNull();
      expect(openOf(22, record)).toBeNull();
      for (let at = 0; at < record.length; at += 5) {
        expect(openOf(DATA, record.subarray(0, at))).toBeNull();
        const changed = Buffer.from(record);
        changed[at] = (changed[at] as number) ^ 0x10;
        // A MAC inside does not cover the padding, of which only the length is read.
        expect([null, text]).toContain(openOf(DATA, changed)?.toString() ?? null);
        if (isMacOutside) expect(openOf(DATA, changed)).toBeNull();
      }
    }
  });

  it("after missing ones: TLS 1.0 has its IV in the one before, so one stays closed", () => {
    for (const { suite, version, isMacOutside } of cases) {
      const sealer = new CbcSealer(suite, version, isMacOutside);
      const opener = openerOf(suite, version, isMacOutside);
      opener.open(DATA, sealer.seal("first"), false);
      for (let missing = 0; missing < 3; missing++) sealer.seal("missing");
      const opened = ["one", "two", "three"].map((text, i) =>
        String(opener.open(DATA, sealer.seal(text), i < 2)),
      );
      expect(opened).toEqual([version === 0x0301 ? "null" : "one", "two", "three"]);
    }
  });
});
