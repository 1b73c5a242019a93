import fc from "fast-check";
import { expect, test } from "vitest";
import { eveTime } from "../../../../src/emit/eve/eve-header.ts";
import { quoted, quotedClean } from "../../../../src/emit/eve/eve-text.ts";
import { LineBytes, piece } from "../../../../src/emit/eve/line-bytes.ts";
import { LineBatch } from "../../../../src/emit/line-batch.ts";

const line = new LineBytes();

function written(write: (line: LineBytes) => void): string {
  line.begin();
  write(line);
  return line.toString();
}

const ANY_TEXT = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
  // A byte a character, as texts from packets are.
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);

test("writes texts as strings are written", () => {
  fc.assert(
    fc.property(ANY_TEXT, fc.nat(320), (text, max) => {
      expect(written((to) => to.quoted(text))).toBe(quoted(text));
      expect(written((to) => to.quotedClean(text, max))).toBe(quotedClean(text, max));
      const kept = Buffer.from(text, "utf8").toString("utf8");
      expect(written((to) => to.text(text))).toBe(kept);
    }),
  );
});

test("writes numbers as JavaScript does", () => {
  const number = fc.oneof(fc.maxSafeNat(), fc.double(), fc.integer(), fc.constant(-0));
  fc.assert(
    fc.property(number, fc.constantFrom(100, 1_000, 1_000_000), (value, scale) => {
      expect(written((to) => to.number(value))).toBe(String(value));
      const ratio = Math.round(value * scale) / scale;
      expect(written((to) => to.rounded(value, scale))).toBe(String(ratio));
    }),
  );
  fc.assert(
    fc.property(fc.nat(999_999_999), (value) => {
      expect(written((to) => to.ratio(value, 1_000_000))).toBe(String(value / 1_000_000));
    }),
  );
  expect(written((to) => to.hex32(0xdeadbeef))).toBe("deadbeef");
  expect(written((to) => to.hex32(0x0a))).toBe("0000000a");
});

test("writes times as `eveTime` does", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 4e17, noNaN: true }), (timeUs) => {
      expect(written((to) => to.time(timeUs))).toBe(eveTime(timeUs));
    }),
  );
});

test("makes objects of members, and grows with what is written", () => {
  const member = piece(',"seven":7');
  const text = written((to) => {
    to.makeObject(0);
    for (let i = 0; i < 2_000; i++) to.put(member);
    to.makeObject(2);
  });
  expect(text.slice(0, 24)).toBe('{}{"seven":7,"seven":7,"');
  expect(text).toHaveLength(2 + 2_000 * 10 + 1);
});

test("a batch holds lines of both kinds as they are, with a line feed each", () => {
  const batch = new LineBatch();
  const lines = Array.from({ length: 3_000 }, (_, i) => `{"name":"ü${i}"}`);
  for (const [i, text] of lines.entries()) {
    line.begin();
    line.text(text);
    batch.add(i % 2 === 0 ? text : line);
  }
  expect(batch.lines).toBe(lines.length);
  const bytes = batch.take();
  expect(bytes.toString("utf8")).toBe(`${lines.join("\n")}\n`);
  expect([batch.length, batch.lines, batch.take().length]).toEqual([0, 0, 0]);
});
