import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRules } from "../../src/commands/rule-files.ts";
import { defaultConfig } from "../../src/config/config.ts";
import type { RuleSet } from "../../src/detect/rules/signature.ts";
import { EventKind } from "../../src/track/facts/event-kind.ts";
import { shippedRules } from "../support/run-capture.ts";
import { sipRequest } from "../support/sip-builder.ts";
import { type Endpoint, Wire, type WireRun } from "../support/wire.ts";
import { SYNTHETIC_ATTACKS } from "./attacks.ts";

const folder = mkdtempSync(join(tmpdir(), "sipsentry-reload-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function load(...files: string[]): RuleSet {
  const { messages, ruleSet } = readRules(defaultConfig(), { rules: files });
  expect(messages.filter(({ level }) => level === "error")).toEqual([]);
  return ruleSet;
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** The shipped rules after some that never match, so that each has another id. */
function renumbered(): RuleSet {
  const others = Array.from(
    { length: 40 },
    (_, i) =>
      `pass sip any any -> any any (msg:"other"; sip.method; content:"NOSUCH${i}"; flowbits:set,other${i}; sid:${1_000_000 + i};)`,
  );
  return load(write("others.rules", others.join("\n")), "rules/*.rules");
}

const RULE_SETS = [load("rules/*.rules"), renumbered()];

/** Plays it again with other rules put in force so many times on the way. */
function recordsOf(
  make: (wire: Wire) => void,
  reloads: number,
): Pick<WireRun, "alerts" | "incidents"> {
  const wire = new Wire({ ruleSet: RULE_SETS[0] as RuleSet });
  make(wire);
  const every = Math.max(1, Math.floor(wire.sent / (reloads + 1)));
  let frames = 0;
  let loaded = 0;
  const { alerts, incidents } = wire.run((pipeline) => {
    frames++;
    if (loaded === reloads || frames % every !== 0) return;
    loaded++;
    pipeline.reload(RULE_SETS[loaded % RULE_SETS.length] as RuleSet);
  });
  expect(loaded).toBe(reloads);
  return { alerts, incidents };
}

describe("rules that are put in force again in the midst of an attack change no record", () => {
  // One of each kind: places and rates make no difference here.
  const kinds = new Map(
    SYNTHETIC_ATTACKS.map((attack) => [`${attack.attack} ${attack.sid}`, attack]),
  );
  for (const { name, make } of kinds.values()) {
    it(name, () => {
      const reference = recordsOf(make, 0);
      expect(reference.alerts.length).toBeGreaterThan(0);
      expect(recordsOf(make, 5)).toEqual(reference);
    });
  }
});

describe("whether the grammar judges follows the rules in force", () => {
  const a: Endpoint = { ip: "192.0.2.1", port: 5060 };
  const b: Endpoint = { ip: "192.0.2.2", port: 5060 };
  const judging = load(
    write(
      "judge.rules",
      `alert sip any any -> any any (msg:"g"; app-layer-event:sip.grammar_violation; sid:1000001;)`,
    ),
  );
  const odd = (n: number) =>
    sipRequest({
      method: "OPTIONS",
      host: b.ip,
      sentBy: `${a.ip}:5060`,
      from: "x",
      to: "y",
      callId: `c${n}`,
      branch: `b${n}`,
      fromTag: `f${n}`,
    }).text.replace("CSeq: 1 OPTIONS", "CSeq: one OPTIONS");

  it("from a reload on, and until one", () => {
    const wire = new Wire({ ruleSet: shippedRules() });
    for (let i = 0; i < 6; i++) {
      wire.send(a, b, odd(i));
      wire.now += 1;
    }
    const judged: (number | undefined)[] = [];
    const { facts } = wire.run((pipeline, seconds) => {
      if (seconds === 2) pipeline.reload(judging);
      if (seconds === 4) pipeline.reload(shippedRules());
      judged.push(pipeline.factCounts[EventKind.SIP_GRAMMAR_VIOLATION]);
    });
    expect(judged).toEqual([0, 0, 0, 1, 2, 2]);
    expect(facts["sip.grammar_violation"]).toBe(2);
  });
});
