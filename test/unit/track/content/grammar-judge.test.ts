import { expect, test } from "vitest";
import { judgedChars } from "../../../../src/decode/sip/grammar.ts";
import { GrammarJudge } from "../../../../src/track/content/grammar-judge.ts";
import { decoded, INVITE } from "../../decode/sip/sip-text.ts";

const odd = decoded(
  INVITE.replace("Via: SIP/2.0/UDP", "Via: ,,").replace("SIP/2.0\r", "SIP/7.0\r"),
);

test("the grammar says which field of an odd message breaks it", () => {
  expect(new GrammarJudge().verdict(odd, 1)).toMatch(/^Via ",, 10\.0\.0\.9/);
});

test("a message without anomalies is not judged, nor one that only has bytes too many", () => {
  const judge = new GrammarJudge();
  const broken = INVITE.replace("Via: SIP/2.0/UDP", "Via: ,,");
  expect(judge.verdict(decoded(broken), 1)).toBeNull();
  expect(judge.verdict(decoded(`${broken}x`), 1)).toBeNull();
  expect(judge.unjudged).toBe(0);
});

test("at most 50 messages are judged in a second of packet time, the others counted", () => {
  const judge = new GrammarJudge();
  const run = (startUs: number) =>
    Array.from({ length: 60 }, (_, i) => judge.verdict(odd, startUs + i)).filter((v) => v !== null);
  expect(run(5_000_000)).toHaveLength(50);
  expect(judge.unjudged).toBe(10);
  expect(run(6_000_000)).toHaveLength(50);
  expect(judge.unjudged).toBe(20);
});

test("a message of parameters is judged as far as it costs little, and counted", () => {
  const judge = new GrammarJudge();
  const params = ";a=b".repeat(120);
  const vias = Array.from({ length: 7 }, () => `Via: SIP/2.0/UDP a${params}\r\n`).join("");
  const long = INVITE.replace("Via: ", `${vias}Via: `).replace("SIP/2.0\r", "SIP/7.0\r");
  expect(judge.verdict(decoded(long), 1)).toBeNull();
  expect(judge.unjudged).toBe(1);
  const text = "INVITE sip:a@b SIP/2.0\r\n";
  expect(judgedChars(text)).toBe(text.length);
  expect(judgedChars(";".repeat(4096))).toBe(256);
  expect(judgedChars("a".repeat(4096))).toBe(2048);
});
