import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { PcreMatch } from "../../src/detect/pcre/pcre.ts";
import { StepBudget } from "../../src/detect/pcre/pcre-text.ts";
import { askPcre2, type Pcre2Answer, type Pcre2Case, pcre2Release } from "../support/pcre2test.ts";
import { missingPeers, requirePeers } from "../support/peer-tools.ts";
import { pcreCase } from "./pcre-expressions.ts";

/** Expressions of one run; another seed and more of them with PCRE_SEED and PCRE_RUNS. */
const RUNS = Number(process.env.PCRE_RUNS ?? 20_000);
const SEED = Number(process.env.PCRE_SEED ?? 20_261_129);

/** The release that rules are read as. */
const MEANT = "10.42";
const release = pcre2Release();

/** Why an expression that PCRE2 takes may be refused: linear time cannot give it, or it is asked too little for. */
const REFUSALS = [
  /possessive quantifiers are not supported/,
  /a quantifier on lookaround is not supported/,
  /\\[QE] is not supported in a class/,
];

/** Why an expression may be taken that 10.42 refuses: later releases take it. */
const TAKEN = [/lookbehind assertion is not fixed length/];

function answerOf({
  pattern,
  flags,
  subjects,
}: Pcre2Case): Pcre2Answer | { readonly refused: string } {
  let match: PcreMatch;
  try {
    match = new PcreMatch({ text: `/${pattern}/${flags}`, at: 0 }, false);
  } catch (error) {
    return { refused: (error as Error).message };
  }
  return {
    matches: subjects.map((subject) => {
      const bytes = Buffer.from(`\n${subject}\n`, "latin1");
      const [start, end] = [1, bytes.length - 1];
      const budget = new StepBudget(1e9);
      match.needsPosition = false;
      const isFound = match.find(bytes, start, end, start, budget);
      match.needsPosition = true;
      if (match.find(bytes, start, end, start, budget) !== isFound)
        throw new Error(
          `/${pattern}/${flags} on ${JSON.stringify(subject)}: automaton and machine differ`,
        );
      return isFound ? { start: match.matchStart - 1, end: match.matchEnd - 1 } : null;
    }),
  };
}

/** What differs, as a line that can be pasted into a test; "" when nothing does. */
function difference(one: Pcre2Case, judge: Pcre2Answer): string {
  const ours = answerOf(one);
  const what = `/${one.pattern}/${one.flags}`;
  if ("refused" in ours) {
    if ("error" in judge || REFUSALS.some((reason) => reason.test(ours.refused))) return "";
    return `${what} is refused: ${ours.refused}`;
  }
  if ("error" in judge)
    return TAKEN.some((reason) => reason.test(judge.error))
      ? ""
      : `${what} is taken: ${judge.error}`;
  for (const [i, subject] of one.subjects.entries()) {
    const right = judge.matches[i];
    if (right === "limit") continue;
    const seen = "matches" in ours ? ours.matches[i] : undefined;
    if (JSON.stringify(seen) !== JSON.stringify(right))
      return `${what} on ${JSON.stringify(subject)}: ${JSON.stringify(seen)}, PCRE2 ${JSON.stringify(right)}`;
  }
  return "";
}

const missing = missingPeers(["pcre2test"]);

describe.skipIf(missing !== "")("against PCRE2 (skipped without pcre2test)", () => {
  beforeAll(() => requirePeers(["pcre2test"]));

  it(`reads ${RUNS} generated expressions as PCRE2 ${MEANT} does`, () => {
    expect(release, "the release that the parser is written for").toBe(MEANT);
    const cases = fc.sample(pcreCase, { seed: SEED, numRuns: RUNS });
    const judged = askPcre2(cases);
    const differences = cases.map((one, i) => difference(one, judged[i] as Pcre2Answer));
    expect(differences.filter((line) => line !== "")).toEqual([]);
    // A judge that refuses all would agree with anything.
    const taken = judged.filter((answer) => "matches" in answer).length;
    expect(taken).toBeGreaterThan(RUNS / 3);
    const matched = judged.filter(
      (answer) =>
        "matches" in answer && answer.matches.some((match) => match !== null && match !== "limit"),
    );
    expect(matched.length).toBeGreaterThan(RUNS / 6);
  });
});
