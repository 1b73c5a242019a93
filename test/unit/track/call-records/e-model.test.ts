import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanOpinionScore } from "../../../../src/track/call-records/e-model.ts";
import { referenceScore } from "../../../support/e-model-reference.ts";

const CHANCE = { burstRatio: 1 };

describe("meanOpinionScore", () => {
  it("is within 0.1 of the whole of G.107, for any loss and delay", () => {
    const stream = fc.record({
      lossPercent: fc.double({ min: 0, max: 60, noNaN: true }),
      delayMs: fc.double({ min: 0, max: 800, noNaN: true }),
      burstRatio: fc.double({ min: 1, max: 4, noNaN: true }),
    });
    fc.assert(
      fc.property(stream, (given) => {
        const score = meanOpinionScore({ codec: "PCMU", ...given });
        const reference = referenceScore({ ...given, ie: 0, bpl: 25.1 });
        expect(Math.abs((score ?? 0) - reference)).toBeLessThan(0.1);
      }),
    );
  });

  // Ratings that G.113 Appendix I and the planning tables of G.108 give for these codecs.
  it.each([
    ["PCMA", 0, 0, 4.41],
    ["PCMA", 1, 0, 4.33],
    ["PCMA", 5, 0, 3.92],
    ["G729", 0, 0, 4.1],
    ["G729", 3, 0, 3.6],
    ["GSM", 0, 0, 3.74],
    ["PCMA", 0, 150, 4.34],
    ["PCMA", 0, 400, 3.27],
  ])("%s with %d %% loss and %d ms is about %d", (codec, lossPercent, delayMs, expected) => {
    const score = meanOpinionScore({ codec, lossPercent, delayMs, ...CHANCE });
    expect(Math.abs((score ?? 0) - expected)).toBeLessThan(0.1);
  });

  it("falls with loss and delay and stays on the scale", () => {
    const at = (lossPercent: number, delayMs: number) =>
      meanOpinionScore({ codec: "G729", lossPercent, delayMs, ...CHANCE }) ?? 0;
    for (const delayMs of [0, 50, 150, 300, 600, 5_000]) {
      const scores = [0, 1, 2, 5, 10, 20, 50, 100].map((loss) => at(loss, delayMs));
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(Math.min(...scores)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...scores)).toBeLessThanOrEqual(4.41);
    }
  });

  it("takes runs of loss for worse than single packets", () => {
    const stream = { codec: "PCMU", lossPercent: 4, delayMs: 40 };
    const single = meanOpinionScore({ ...stream, burstRatio: 1 }) ?? 0;
    const runs = meanOpinionScore({ ...stream, burstRatio: 3 }) ?? 0;
    expect(runs).toBeLessThan(single);
  });

  it("knows nothing of video and of names that were made up", () => {
    for (const codec of ["H264", "VP8", "", "toString", "__proto__"]) {
      expect(meanOpinionScore({ codec, lossPercent: 0, delayMs: 0, ...CHANCE })).toBeNull();
    }
  });
});
