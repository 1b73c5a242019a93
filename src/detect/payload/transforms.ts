import { createHash } from "node:crypto";
import { RuleError } from "../rules/load-message.ts";
import {
  flag,
  type Keyword,
  type OptionValue,
  plain,
  type RuleDraft,
} from "../rules/rule-draft.ts";

/** What a rule looks at instead of the value of its sticky buffer. */
export interface Transform {
  /** As the rule writes it. */
  readonly name: string;
  /** The result has the bytes of the value in place, but for the case of letters. */
  readonly keepsLetters: boolean;
  /** Writes its result to `out`, which has room for it, and returns its length. */
  apply(bytes: Buffer, start: number, end: number, out: Buffer): number;
}

/** The longest digest. */
const DIGEST_BYTES = 32;

/** A value after some transforms, in one of two buffers that grow to the longest value seen. */
export class TransformedValue {
  #from = Buffer.alloc(1_024);
  #to = Buffer.alloc(1_024);

  /** The result is valid until the next call. */
  of(transforms: readonly Transform[], bytes: Buffer, start: number, end: number): Buffer {
    // None makes a value longer but by one byte, or than a digest.
    const room = Math.max(end - start, DIGEST_BYTES) + transforms.length;
    if (this.#to.length < room) {
      this.#from = Buffer.alloc(2 * room);
      this.#to = Buffer.alloc(2 * room);
    }
    let value = bytes.subarray(start, end);
    for (const transform of transforms) {
      const length = transform.apply(value, 0, value.length, this.#to);
      value = this.#to.subarray(0, length);
      [this.#from, this.#to] = [this.#to, this.#from];
    }
    return value;
  }
}

const BLANK = 0x20;

/** What isspace(3) calls one in the C locale. */
function isSpace(byte: number): boolean {
  return byte === BLANK || (byte >= 0x09 && byte <= 0x0d);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Bytes mapped one by one; -1 leaves one out. */
function mapped(
  name: string,
  map: (byte: number, index: number) => number,
  keepsLetters = false,
): Transform {
  return {
    name,
    keepsLetters,
    apply(bytes, start, end, out) {
      let length = 0;
      for (let i = start; i < end; i++) {
        const byte = map(bytes[i] as number, i - start);
        if (byte >= 0) out[length++] = byte;
      }
      return length;
    },
  };
}

function digest(name: string, algorithm: string): Transform {
  return {
    name,
    keepsLetters: false,
    apply: (bytes, start, end, out) =>
      createHash(algorithm).update(bytes.subarray(start, end)).digest().copy(out),
  };
}

const compressWhitespace: Transform = {
  name: "compress_whitespace",
  keepsLetters: false,
  apply(bytes, start, end, out) {
    let length = 0;
    let isAfterSpace = false;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      const isBlank = isSpace(byte);
      if (!isBlank || !isAfterSpace) out[length++] = byte;
      isAfterSpace = isBlank;
    }
    return length;
  },
};

/** `%41` is A and `+` a blank; what is no escape stays. */
const urlDecode: Transform = {
  name: "url_decode",
  keepsLetters: false,
  apply(bytes, start, end, out) {
    let length = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      const high = byte === 0x25 && i + 2 < end ? hexDigit(bytes[i + 1]) : -1;
      const low = high < 0 ? -1 : hexDigit(bytes[i + 2]);
      if (low >= 0) {
        out[length++] = (high << 4) | low;
        i += 2;
      } else {
        out[length++] = byte === 0x2b ? BLANK : byte;
      }
    }
    return length;
  },
};

const dotprefix: Transform = {
  name: "dotprefix",
  keepsLetters: false,
  apply(bytes, start, end, out) {
    out[0] = 0x2e;
    return 1 + bytes.copy(out, 1, start, end);
  },
};

const TRANSFORMS: readonly (readonly [transform: Transform, about: string])[] = [
  [
    mapped("to_lowercase", (byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte), true),
    "the value in lower case (ASCII)",
  ],
  [
    mapped("to_uppercase", (byte) => (byte >= 0x61 && byte <= 0x7a ? byte & 0xdf : byte), true),
    "the value in upper case (ASCII)",
  ],
  [mapped("strip_whitespace", (byte) => (isSpace(byte) ? -1 : byte)), "the value without blanks"],
  [compressWhitespace, "the value with one blank where it has several"],
  [urlDecode, "the value with %XX and + decoded"],
  [dotprefix, "the value with a dot before it"],
  [digest("to_md5", "md5"), "the 16 bytes of its MD5"],
  [digest("to_sha1", "sha1"), "the 20 bytes of its SHA-1"],
  [digest("to_sha256", "sha256"), "the 32 bytes of its SHA-256"],
];

export const TRANSFORM_KEYWORDS: readonly Keyword[] = [
  ...TRANSFORMS.map(([transform, about]) =>
    flag(transform.name, `of the sticky buffer before it: ${about}`, (rule, value) => {
      rule.transform(transform, value.keywordAt);
    }),
  ),
  plain("xor", "of the sticky buffer before it: XOR with a key of hex digits", applyXor),
].map((keyword) => ({ ...keyword, isBuffer: true }));

function applyXor(rule: RuleDraft, value: OptionValue): void {
  if (!/^([0-9a-f]{2}){1,64}$/i.test(value.text)) {
    throw new RuleError(
      `xor key "${value.text}" is no list of hex bytes, such as 0d0ac8ff`,
      value.at,
    );
  }
  const key = Buffer.from(value.text, "hex");
  const transform = mapped(
    `xor:${value.text}`,
    (byte, index) => byte ^ (key[index % key.length] as number),
  );
  rule.transform(transform, value.keywordAt);
}
