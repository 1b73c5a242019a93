import { AT, type Span } from "../../base/ascii.ts";

/** Texts of an INVITE in the order in which they are packed. */
export const PackedText = {
  CALL_ID: 0,
  ACCOUNT: 1,
  DIALLED: 2,
  ASSERTED_USER: 3,
  CALLER_USER: 4,
  CALLEE_USER: 5,
  CALLER_CONTACT: 6,
} as const;
export type PackedText = (typeof PackedText)[keyof typeof PackedText];

const TEXTS = Object.keys(PackedText).length;
/** A length is two characters, the higher byte first. */
const HEAD = 2 * TEXTS;
/** No text is longer. */
const LENGTH_MAX = 256;

/**
 * Several short texts as one flat string: the length of each, then all of them. One copy out of the message is
 * made for a call, and taken apart when its record is written.
 */
export class TextPacker {
  readonly #bytes = Buffer.alloc(HEAD + TEXTS * LENGTH_MAX);
  #count = 0;
  #end = 0;

  begin(): void {
    this.#count = 0;
    this.#end = HEAD;
    this.#bytes.fill(0, 0, HEAD);
  }

  /** Bytes of a message; cut at `max`, which is at most 256. */
  add(bytes: Uint8Array, { start, end }: Span, max: number): void {
    const length = Math.min(Math.max(0, end - start), max, LENGTH_MAX);
    for (let i = 0; i < length; i++) this.#bytes[this.#end + i] = bytes[start + i] as number;
    this.#added(length);
  }

  /** `user@server`, of a user as written up to its domain; nothing without a user. */
  addAccount(bytes: Uint8Array, { start, end }: Span, server: string, max: number): void {
    let at = start;
    while (at < end && bytes[at] !== AT) at++;
    if (at === start) {
      this.#added(0);
      return;
    }
    const length = Math.min(at - start, max);
    for (let i = 0; i < length; i++) this.#bytes[this.#end + i] = bytes[start + i] as number;
    const rest = server.includes(":") ? `@[${server}]` : `@${server}`;
    const restLength = Math.min(rest.length, max - length);
    for (let i = 0; i < restLength; i++) this.#bytes[this.#end + length + i] = rest.charCodeAt(i);
    this.#added(length + restLength);
  }

  addText(text: string, max: number): void {
    const cut = text.length > max ? text.slice(0, max) : text;
    const length = Math.min(cut.length, LENGTH_MAX);
    this.#bytes.write(cut, this.#end, length, "latin1");
    this.#added(length);
  }

  text(): string {
    return this.#bytes.toString("latin1", 0, this.#end);
  }

  #added(length: number): void {
    this.#bytes.writeUInt16BE(length, 2 * this.#count++);
    this.#end += length;
  }
}

/** "" of what was never packed. */
export function unpackedText(packed: string, which: PackedText): string {
  if (packed === "") return "";
  let start = HEAD;
  for (let i = 0; i < which; i++) start += lengthAt(packed, i);
  return packed.slice(start, start + lengthAt(packed, which));
}

function lengthAt(packed: string, which: number): number {
  return packed.charCodeAt(2 * which) * 256 + packed.charCodeAt(2 * which + 1);
}
