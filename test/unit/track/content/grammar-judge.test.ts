import { expect, test } from "vitest";
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
