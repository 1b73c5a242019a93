import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AhoCorasick } from "../../../../src/detect/payload/aho-corasick.ts";
import { Pattern } from "../../../../src/detect/payload/pattern.ts";
import { Rig, request } from "../rig.ts";

describe("multi-pattern search", () => {
  it("finds every pattern that is there, whatever its case, and no other (property)", () => {
    const word = fc.string({
      unit: fc.constantFrom("a", "b", "A", "c"),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.string({ unit: fc.constantFrom("a", "b", "C", "c"), maxLength: 40 }),
        (words, text) => {
          const automaton = new AhoCorasick(
            words.map((text, signatureId) => ({
              pattern: new Pattern(Buffer.from(text), true),
              signatureId,
            })),
          );
          const found = new Set<number>();
          const bytes = Buffer.from(`xx${text}xx`);
          automaton.scan(bytes, 2, bytes.length - 2, { add: (id) => found.add(id) });
          const expected = words.flatMap((w, id) =>
            text.toLowerCase().includes(w.toLowerCase()) ? [id] : [],
          );
          expect([...found].sort((a, b) => a - b)).toEqual(expected);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("index", () => {
  const agents = Array.from({ length: 1000 }, (_, i) => `tool-${i}-x`);
  const filler = agents.map(
    (agent, i) =>
      `alert sip any any -> any any (sip.user_agent; content:"${agent}"; nocase; sid:${1000 + i};)`,
  );
  const mixed = [
    'alert udp any any -> any 5060 (content:"OPTIONS"; depth:7; sid:1;)',
    "alert udp any 5060 -> any any (dsize:>10; sid:2;)",
    'alert udp any any -> any 5060:5070 (content:"tool-7-x"; sid:3;)',
    'alert sip any any -> any any (content:"Via"; sid:4;)',
    'alert sip any any -> any any (sip.to; content:"100"; sip.user_agent; content:"tool-42-x"; sid:5;)',
    ...Array.from(
      { length: 30 },
      (_, i) =>
        `alert udp any any -> any [5060,${6000 + i}] (content:"pattern${i}"; sid:${100 + i};)`,
    ),
  ];
  const payloads = [
    request("OPTIONS", { headers: ["User-Agent: Tool-42-X"] }),
    request("OPTIONS", { headers: ["User-Agent: tool-42-x"] }),
    request("INVITE", { headers: ["User-Agent: tool-7-x", "X: pattern3 pattern31"] }),
    "noise pattern29",
    "\r\n\r\n",
  ];

  it("gives the same alerts with a thousand rules beside as without them", () => {
    const run = (rules: string[]) => {
      const rig = new Rig(rules.join("\n"));
      return payloads.flatMap((payload) =>
        [5060, 6029, 9999].map((dstPort) =>
          rig.send({ payload, dstPort }).filter((sid) => sid < 1000),
        ),
      );
    };
    const alone = run(mixed);
    expect(run([...filler.slice(0, 500), ...mixed, ...filler.slice(500)])).toEqual(alone);
    expect(alone[0]).toEqual([1, 2, 4]);
    expect(alone[3]).toEqual([1, 2, 4, 5]);
    expect(alone[6]).toEqual([2, 3, 4, 103]);
  });

  it("evaluates only rules that can match", () => {
    const rig = new Rig(filler.join("\n"));
    rig.send({ payload: request("OPTIONS", { headers: ["User-Agent: tool-77-x"] }) });
    expect(rig.alerts.map(({ signature }) => signature.sid)).toEqual([1077]);
    expect(rig.engine.counters.evaluations).toBe(1);
  });

  it("leaves packets alone whose ports no rule names", () => {
    const rig = new Rig(
      Array.from(
        { length: 50 },
        (_, i) => `alert udp any any -> any ${5060 + i} (sid:${i + 1};)`,
      ).join("\n"),
    );
    rig.send({ payload: "x", dstPort: 40_000 });
    expect(rig.engine.counters.evaluations).toBe(0);
  });
});
