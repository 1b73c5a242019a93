import { describe, expect, it } from "vitest";
import { ask, LiveCall, register, requestOf } from "../../support/sip-actors.ts";
import { challenge } from "../../support/sip-builder.ts";
import { type Endpoint, Wire, type WireRun } from "../../support/wire.ts";

const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const PHONE: Endpoint = { ip: "192.0.2.31", port: 5060 };
const STRANGER: Endpoint = { ip: "198.51.100.77", port: 5060 };
const PREFIXES = ["00", "011", "+", "9011", "900", "000", "0011", "810"];
const NUMBER = "972592277524";

function run(make: (wire: Wire) => void): WireRun {
  const wire = new Wire();
  make(wire);
  wire.now += 30;
  ask(wire, PHONE, PBX, requestOf(wire, PHONE, PBX, "OPTIONS", "x"), 200);
  return wire.run();
}

function dial(wire: Wire, from: Endpoint, to: string, status: number): void {
  const headers = status === 401 ? [challenge(wire.unique("n"))] : [];
  ask(wire, from, PBX, requestOf(wire, from, PBX, "INVITE", "100", { to }), status, headers);
}

describe("one number behind many prefixes", () => {
  it.each([401, 403, 404, 480, 484, 486, 503, 603, 0])(
    "shows at the fourth, answered %i",
    (status) => {
      const { sids } = run((wire) => {
        for (const prefix of PREFIXES) {
          dial(wire, STRANGER, `${prefix}${NUMBER}`, status);
          wire.now += 300;
        }
      });
      expect(sids).toContain(9_106_002);
    },
  );

  it("is redialling in three ways, and forgotten when the call is taken", () => {
    const { sids } = run((wire) => {
      for (let round = 0; round < 3; round++) {
        for (const prefix of ["+", "00", "0"]) dial(wire, PHONE, `${prefix}${NUMBER}`, 404);
        wire.now += 5;
        new LiveCall(wire, PHONE, PBX, { from: "201", to: `000${NUMBER}` }).hangUp(5);
        wire.now += 60;
      }
    });
    expect(sids).not.toContain(9_106_002);
  });

  it("shows when sources share it", () => {
    const { sids } = run((wire) => {
      for (const [i, prefix] of [...PREFIXES, "9", "99", "88"].entries()) {
        dial(wire, { ip: `203.0.113.${1 + (i % 4)}`, port: 5060 }, `${prefix}${NUMBER}`, 403);
        wire.now += 60;
      }
    });
    expect(sids).toEqual([9_106_019]);
  });
});

describe("calls straight to a phone", () => {
  it("from a stranger are ghost calls from the third on", () => {
    const { sids } = run((wire) => {
      register(wire, PHONE, PBX, "201");
      for (let i = 0; i < 4; i++) {
        wire.now += 20;
        const invite = requestOf(wire, STRANGER, PHONE, "INVITE", `${100 + i}`);
        ask(wire, STRANGER, PHONE, invite, 486);
      }
    });
    expect(sids).toContain(9_106_004);
  });

  it("from its registrar, and from who had a call taken there, are ordinary", () => {
    const { facts } = run((wire) => {
      register(wire, PHONE, PBX, "201");
      for (let i = 0; i < 6; i++) {
        ask(wire, PBX, PHONE, requestOf(wire, PBX, PHONE, "INVITE", `${100 + i}`), 486);
        wire.now += 20;
      }
      new LiveCall(wire, STRANGER, PHONE, { from: "300", to: "201" }).hangUp(5);
      wire.now += 20;
      for (let i = 0; i < 6; i++) {
        ask(wire, STRANGER, PHONE, requestOf(wire, STRANGER, PHONE, "INVITE", "300"), 486);
        wire.now += 20;
      }
    });
    expect(facts["call.ghost"]).toBeUndefined();
  });
});
