import { describe, expect, test } from "vitest";
import { sdpLines } from "../../../src/decode/sdp-lines.ts";
import { DecodeAll } from "../../support/decode-all.ts";
import { hostileMessages } from "../../support/hostile-messages.ts";

/** A search that starts again at each byte would read each about a hundred times. */
const LENGTH = 192;
/** Reads of each byte, by all decoders together: each looks at its own field only a few times. */
const READS_PER_BYTE_MAX = 16;

const DIGIT_NINE = 0x39;

/** Counts each byte that is read from it, by index or by a search. */
class CountedBytes {
  reads = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = new Proxy(bytes, {
      get: (target, name) => {
        if (typeof name === "symbol") return Reflect.get(target, name, target);
        if (name.charCodeAt(0) <= DIGIT_NINE) {
          this.reads++;
          return target[Number(name)];
        }
        if (name === "indexOf") {
          return (value: number, from: number) => {
            const at = target.indexOf(value, from);
            this.reads += (at < 0 ? target.length : at) - from;
            return at;
          };
        }
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

const all = new DecodeAll();

function readsOf(bytes: Buffer): number {
  const counted = new CountedBytes(bytes);
  all.decode(counted.bytes);
  return counted.reads;
}

describe("messages that are made to be slow", () => {
  test("every byte is read a few times only, whatever fills a field", () => {
    const slow: string[] = [];
    for (const { name, bytes } of hostileMessages(LENGTH)) {
      const reads = readsOf(bytes) / bytes.length;
      if (reads > READS_PER_BYTE_MAX) slow.push(`${name}: ${reads.toFixed(0)} reads a byte`);
    }
    expect(slow).toEqual([]);
  });

  test("the counter sees a search that starts again at each byte", () => {
    const counted = new CountedBytes(Buffer.alloc(100, "<"));
    for (let at = 0; at < 100; at++) counted.bytes.indexOf(0x3e, at);
    expect(counted.reads).toBe(5050);
  });

  test("8 kB of each are decoded, and no span leaves the message", () => {
    const { via, address, body } = all;
    const wrong: string[] = [];
    for (const { name, bytes } of hostileMessages(8_000)) {
      if (!all.decode(bytes)) continue;
      for (const { start, end } of [via.branch, via.host, address.uri, address.tag, body]) {
        if (start < 0 || start > end || end > bytes.length) wrong.push(name);
      }
      sdpLines(all.message);
    }
    expect(wrong).toEqual([]);
  });
});
