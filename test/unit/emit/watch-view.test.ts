import fc from "fast-check";
import { expect, it } from "vitest";
import { cellsOf, cellText, fitted, wrapped } from "../../../src/emit/watch/cell-text.ts";
import { WatchModel } from "../../../src/emit/watch/watch-model.ts";
import { WatchView } from "../../../src/emit/watch/watch-view.ts";

const STATUS = { source: "a", rates: "", state: "" };
const KEYS = ["up", "down", "pageup", "pagedown", "home", "end", "tab", "return", "escape", "f1"];

function record(type: string, text: string, n: number): string {
  const time = "2026-11-21T03:00:00.000000+0000";
  return JSON.stringify({
    ...{ timestamp: time, event_type: type, src_ip: text },
    alert: { signature: text, severity: (n % 4) + 1, signature_id: n },
    case: { id: `${text}${n}`, title: text, severity: n % 3, story: [text], advice: [text] },
    call: {
      ...{ call_id: `${text}${n}`, state: "answered", answered: time, caller: { user: text } },
      streams: [{ src_ip: text, ssrc: `${n}`, codec: text, packets: n }],
    },
    evidence: [{ what: text, seen: text, expected: text }],
    voip: { alert_id: `${n}`, nested: { deep: [{ er: text }] } },
  });
}

it("is as many lines as the terminal has, none wider, whatever records and keys come", () => {
  const key = fc.oneof(
    fc.constantFrom(...KEYS).map((name) => ({ name })),
    fc.constantFrom(..."1234/pkjgGh?qx ").map((sequence) => ({ sequence })),
  );
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("alert", "case", "call", "x"), text), { maxLength: 30 }),
      fc.array(key, { maxLength: 40 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (records, keys, width, height) => {
        const model = new WatchModel();
        const view = new WatchView(model);
        records.forEach(([type, said], n) => {
          model.add(record(type, said, n));
        });
        for (const one of keys) {
          view.key(one);
          const lines = view.render({ width, height }, STATUS, false);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) {
            expect(cellsOf(line), line).toBeLessThanOrEqual(width);
            expect(line).toBe(cellText(line));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

it("says what is known of the source address, in the row and in full", () => {
  const model = new WatchModel();
  const view = new WatchView(model);
  const known = { country: "NL", asn: 64500, as_org: "Example", name: "gw.\x1b[2J\u202eexample" };
  const addresses = [
    { ip: "192.0.2.9", country: "DE" },
    { ip: "192.0.2.1", ...known },
  ];
  for (const type of ["call", "alert"])
    model.add(JSON.stringify({ ...JSON.parse(record(type, "192.0.2.1", 1)), addresses }));
  const shown = () => view.render({ width: 220, height: 60 }, STATUS, false).join("\n");
  for (const pane of ["2", "4"]) {
    view.key({ sequence: pane });
    expect(shown()).toMatch(/Known of it/);
    expect(shown()).toMatch(/192\.0\.2\.1 +NL, AS64500 Example/);
    view.key({ name: "return" });
    expect(shown()).toMatch(/Addresses[\s\S]*192\.0\.2\.9[\s\S]*64500/);
    expect(shown()).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    view.key({ name: "escape" });
  }
});

it("keeps the cursor on its row when others come, and shows no more than it keeps", () => {
  const model = new WatchModel();
  const view = new WatchView(model);
  view.key({ sequence: "4" });
  for (let n = 0; n < 5_000; n++) model.add(record("alert", `10.0.0.${n}`, n));
  expect(model.count("alerts")).toBe(2_000);
  view.key({ name: "down" });
  const chosen = view.rows()[1]?.key;
  model.add(record("alert", "new", 9_999));
  view.key({ name: "return" });
  const [, , title = ""] = view.render({ width: 80, height: 20 }, STATUS, false);
  expect(title.trim()).toBe(`10.0.0.${chosen}`);
});

it("counts cells as a terminal does", () => {
  expect(cellsOf("a\u4e2d\u{1f4de}")).toBe(5);
  expect(fitted("\u4e2d\u4e2d\u4e2d", 4)).toBe("\u4e2d… ");
  expect(fitted("ab", 4, true)).toBe("  ab");
  expect(cellText("a\u0301\u0302\u0303\u202e\x1b[2J\u200b")).toBe("\u00e1??[2J?");
  for (const line of wrapped("word ".repeat(30) + "x".repeat(100), 20, "  "))
    expect(cellsOf(line)).toBeLessThanOrEqual(20);
});
