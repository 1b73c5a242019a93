import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PCRE_STEPS_MAX } from "../../../../src/detect/payload/buffer-inspector.ts";
import { loadText, Rig, request } from "../rig.ts";

const UNFOLDED = { incidents: { fold: false } };
const RULES = fileURLToPath(new URL("../../../../rules/", import.meta.url));

/** Each byte keeps hundreds of threads alive. */
const COSTLY =
  'alert udp any any -> any any (msg:"counted alternations"; content:"x"; pcre:"/(?:a|b|ab|ba){0,900}[cd]e/"; sid:1000001;)';
const PLAIN = 'alert udp any any -> any any (msg:"plain"; content:"x"; sid:1000002;)';
const FACT =
  readFileSync(join(RULES, "decode.rules"), "utf8")
    .split("\n")
    .find((line) => line.includes("sid:9107005")) ?? "";

/** Made for the rule: 60 KB in one datagram. */
const MADE = `x${"ab".repeat(30_000)}`;
const MATCHING = "x abababce";

function rig(...rules: string[]): Rig {
  return new Rig([...rules, PLAIN, FACT].join("\n"), UNFOLDED);
}

describe("a rule whose expression goes over its budget", () => {
  it("does not match, is suspended and named, and no other rule is", () => {
    const engine = rig(COSTLY);
    expect(engine.send({ payload: MATCHING })).toEqual([1000001, 1000002]);
    expect(engine.send({ payload: MADE, at: 1 })).toEqual([1000002, 9107005]);
    const alert = engine.alerts.at(-1);
    expect(alert).toMatchObject({ packetNumber: 2, srcIp: "198.51.100.7", srcPort: 5060 });
    expect(alert?.voip).toMatchObject({ event: "rule.too_expensive", value: 10 });
    expect(alert?.evidence[0]?.what).toContain("1:1000001, counted alternations");
    expect(engine.engine.counters.suspensions).toBe(1);
    expect([...engine.engine.counters.suspendedRules]).toEqual([["1:1000001", 1]]);
    expect(engine.send({ payload: MATCHING, at: 2 })).toEqual([1000002]);
    expect(engine.send({ payload: MATCHING, at: 12 })).toEqual([1000001, 1000002]);
  });

  it("is suspended twice as long each time, an hour at most, and forgiven after a quiet hour", () => {
    const engine = rig(COSTLY);
    let at = 0;
    const seconds: number[] = [];
    for (let i = 0; i < 11; i++) {
      engine.send({ payload: MADE, at });
      seconds.push(engine.alerts.at(-1)?.voip.value ?? 0);
      at += (seconds.at(-1) ?? 0) + 1;
    }
    expect(seconds).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    engine.send({ payload: MADE, at: at + 3601 });
    expect(engine.alerts.at(-1)?.voip.value).toBe(10);
  });

  it("costs no more than the budget, whatever is sent while it is suspended", () => {
    const engine = rig(COSTLY);
    for (let i = 0; i < 500; i++) engine.send({ payload: MADE, at: i / 100 });
    expect(engine.engine.counters.suspensions).toBe(1);
  });

  it("stays suspended over a reload when it is the same, and is tried again when it changed", () => {
    const engine = rig(COSTLY);
    engine.send({ payload: MADE });
    engine.reload([COSTLY, PLAIN].join("\n"), 1);
    expect(engine.send({ payload: MATCHING, at: 2 })).toEqual([1000002]);
    engine.reload([COSTLY.replace("900", "90"), PLAIN].join("\n"), 3);
    expect(engine.send({ payload: MATCHING, at: 4 })).toEqual([1000001, 1000002]);
  });

  it("does not match when what is over the budget is negated", () => {
    const engine = rig(COSTLY.replace('pcre:"', 'pcre:!"'));
    expect(engine.send({ payload: MADE })).toEqual([1000002, 9107005]);
  });

  it("shares one budget among all its expressions and values", () => {
    const many = Array.from({ length: 60 }, () => `Via: SIP/2.0/UDP ${"ab".repeat(500)}`);
    const engine = rig(
      'alert sip any any -> any any (msg:"each Via"; sip.via; pcre:"/(?:a|b|ab|ba){0,900}[cd]e/"; sid:1000001;)',
    );
    const payload = request("INVITE", { headers: many });
    expect(engine.send({ payload })).toEqual([9107005]);
  });
});

describe("a rule whose expression costs much for each of many packets", () => {
  it("is suspended in the second in which it is over, and only then", () => {
    const engine = rig(COSTLY.replace("900", "60"));
    const heavy = `x${"ab".repeat(400)}`;
    for (let i = 0; i < 20; i++) engine.send({ payload: heavy, at: 2 * i });
    expect(engine.engine.counters.suspensions).toBe(0);
    for (let i = 0; i < 1_000; i++) engine.send({ payload: `${heavy}${i}`, at: 50 + i / 1e4 });
    const { suspensions } = engine.engine.counters;
    // The automaton knows its way after the first; new bytes each time do not make it forget that.
    expect(suspensions).toBe(0);
    const looking = rig(
      'alert udp any any -> any any (msg:"looks"; content:"x"; pcre:"/(?:a(?=b)|b){0,60}[cd]e/"; sid:1000001;)',
    );
    for (let i = 0; i < 200; i++) looking.send({ payload: heavy, at: i / 1e3 });
    expect(looking.engine.counters.suspensions).toBe(1);
    const fact = looking.alerts.find(({ signature }) => signature.sid === 9107005);
    expect(fact?.evidence[0]?.expected).toMatch(/in a second/);
  });
});

describe("many rules that each stay below their budget", () => {
  const rules = Array.from(
    { length: 60 },
    (_, i) =>
      `alert udp any any -> any any (msg:"heavy ${i}"; content:"x"; pcre:"/(?:a(?=b)|b){0,150}[cd]e/"; sid:${2000000 + i};)`,
  );
  const heavy = (i: number) => `x${"ab".repeat(1_500)}${i}`;

  it("are held to little once all of them have cost too much in a second", () => {
    const engine = rig(...rules);
    engine.send({ payload: heavy(0) });
    const { suspensions } = engine.engine.counters;
    expect(suspensions).toBeGreaterThan(20);
    for (let i = 1; i < 20; i++) engine.send({ payload: heavy(i), at: i / 100 });
    expect(engine.engine.counters.suspensions).toBe(60);
  });
});

describe("a rule that costs little", () => {
  it("is not suspended by much traffic, nor in a capture without times", () => {
    const engine = new Rig(
      'alert udp any any -> any any (msg:"cheap"; pcre:"/user-agent:[^\\n]*scan/i"; sid:1000001;)',
      UNFOLDED,
    );
    const payload = request("OPTIONS", { headers: ["User-Agent: x"] });
    for (let i = 0; i < 60_000; i++) engine.send({ payload });
    engine.send({ payload: request("OPTIONS", { headers: ["User-Agent: a scanner"] }) });
    expect(engine.alerts.map(({ signature }) => signature.sid)).toEqual([1000001]);
  });
});

describe("what is too large to compile", () => {
  it.each([
    "/(a{1000}){1000}/",
    "/(?:(?:a|b){100}){200}/",
    "/((((a{10}){10}){10}){10}){10}/",
    "/(?=(?:ab){9000})c/",
  ])("is refused: %s", (expression) => {
    const { messages, loaded } = loadText(
      `alert udp any any -> any any (msg:"r"; pcre:"${expression}"; sid:1;)`,
    );
    expect(loaded).toBe(0);
    expect(messages.map(({ text }) => text).join()).toMatch(
      /too large: more than 16384 instructions/,
    );
  });

  it("is refused before it takes memory or time", () => {
    const nested = `${"(".repeat(251)}a${")".repeat(251)}`;
    const { messages } = loadText(
      `alert udp any any -> any any (msg:"r"; pcre:"/${nested}/"; sid:1;)`,
    );
    expect(messages[0]?.text).toMatch(/too deeply nested/);
  });

  it("is warned of when only its size is odd", () => {
    const { messages, loaded } = loadText(COSTLY);
    expect(loaded).toBe(1);
    expect(messages.map(({ level, text }) => `${level} ${text}`).join()).toMatch(
      /warning pcre: \d+ instructions: .* suspended/,
    );
    expect(loadText(PLAIN).messages).toEqual([]);
  });

  it("is none of the shipped rules", () => {
    expect(PCRE_STEPS_MAX).toBeGreaterThan(500_000);
    for (const name of ["scan", "enumeration", "flood"]) {
      const text = readFileSync(join(RULES, `${name}.rules`), "utf8");
      const { messages } = loadText(text);
      expect(messages.filter(({ text }) => text.startsWith("pcre"))).toEqual([]);
    }
  });
});
