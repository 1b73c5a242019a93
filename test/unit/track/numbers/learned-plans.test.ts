import { describe, expect, it } from "vitest";
import { LearnedPlans } from "../../../../src/track/numbers/learned-plans.ts";
import { dial, PBX } from "../../../support/dialled-call.ts";
import { register } from "../../../support/sip-actors.ts";
import { type Endpoint, Wire } from "../../../support/wire.ts";

const SERVER = 7;

function taught(pairs: readonly (readonly [dialled: string, international: string])[]) {
  const plans = new LearnedPlans();
  for (const [i, [dialled, international]] of pairs.entries()) {
    plans.sent(SERVER, international, i * 1e6);
    plans.connected(SERVER, dialled, i * 1e6 + 1000);
  }
  return plans;
}

const NATIONAL = [
  ["0301234567", "+49301234567"],
  ["08912345678", "+498912345678"],
  ["0221998877", "+49221998877"],
] as const;
const ABROAD = [
  ["00442079460100", "+442079460100"],
  ["0033142000000", "+33142000000"],
  ["00252612345678", "+252612345678"],
] as const;

describe("a dial plan is learned from what a server lets through", () => {
  it("once three numbers have shown a prefix", () => {
    expect(taught(NATIONAL.slice(0, 2)).read(SERVER, "0401112223")).toBeNull();
    expect(taught(NATIONAL).read(SERVER, "0401112223")).toEqual({
      international: "+49401112223",
      prefix: "0",
      stands: "+49",
      home: "49",
    });
  });

  it("with the longest prefix first", () => {
    const plans = taught([...NATIONAL, ...ABROAD]);
    expect(plans.read(SERVER, "0088216123456789")?.international).toBe("+88216123456789");
    expect(plans.read(SERVER, "0401112223")?.international).toBe("+49401112223");
  });

  it("with an outside line in it", () => {
    const pairs = ABROAD.map(([dialled, sent]) => [`9011${dialled.slice(2)}`, sent] as const);
    expect(taught(pairs).read(SERVER, "9011252612345678")?.international).toBe("+252612345678");
  });

  it("not from one number that is called three times", () => {
    const [one] = ABROAD;
    if (one === undefined) throw new Error("no pair");
    expect(taught([one, one, one]).read(SERVER, "00252612345678")).toBeNull();
  });

  it("not where a prefix has meant two things", () => {
    const plans = taught([...NATIONAL, ["0301234567", "+1301234567"]]);
    expect(plans.read(SERVER, "0401112223")).toBeNull();
  });

  it("not of another server, nor of a call that came later", () => {
    const plans = taught(NATIONAL);
    expect(plans.read(8, "0401112223")).toBeNull();
    const late = new LearnedPlans();
    for (const [dialled, international] of NATIONAL) {
      late.sent(SERVER, international, 0);
      late.connected(SERVER, dialled, 6e6);
    }
    expect(late.read(SERVER, "0401112223")).toBeNull();
  });
});

describe("on the wire", () => {
  const CARRIER: Endpoint = { ip: "203.0.113.9", port: 5060 };
  const PHONE: Endpoint = { ip: "192.0.2.31", port: 5060 };

  function bridged(wire: Wire, dialled: string, international: string): void {
    dial(wire, PBX, "pbx", international, { server: CARRIER, hasCredentials: false, seconds: 30 });
    wire.now -= 0.9;
    dial(wire, PHONE, "201", dialled, { seconds: 29 });
    wire.now += 40;
  }

  it("calls abroad behind 9 and 00 are read after three, and the notice says so", () => {
    const wire = new Wire();
    register(wire, PHONE, PBX, "201");
    wire.now += 5;
    for (const [dialled, sent] of [...NATIONAL, ...ABROAD]) bridged(wire, `9${dialled}`, sent);
    for (let i = 0; i < 4; i++) {
      dial(wire, PHONE, "201", `900${["25261", "23491", "53521", "97259"][i]}1234567`);
      wire.now += 30;
    }
    const { alerts, facts } = wire.run();
    const sids = [9_107_907, 9_107_908];
    const notices = alerts.filter(({ signature }) => sids.includes(signature.sid));
    expect(notices.map(({ voip }) => voip.value)).toEqual([0, 1]);
    expect(JSON.stringify(notices[1]?.evidence)).toContain("+49");
    expect(facts["call.high_cost"]).toBeGreaterThanOrEqual(3);
    expect(facts["call.far"]).toBeGreaterThanOrEqual(4);
  });
});
