import { describe, expect, it } from "vitest";
import { defaultConfig } from "../../../../src/config/config.ts";
import type {
  RegistrationCountRecord,
  RegistrationRecord,
} from "../../../../src/track/registrations/registration-record.ts";
import { ask, register, requestOf } from "../../../support/sip-actors.ts";
import { Wire } from "../../../support/wire.ts";

const PHONE = { ip: "10.0.0.11", port: 5060 };
const OTHER = { ip: "10.0.0.12", port: 5062 };
const PBX = { ip: "10.0.0.1", port: 5060 };

function wireWithRegistrations(attemptsMax = 6_000) {
  const records: RegistrationRecord[] = [];
  const counts: RegistrationCountRecord[] = [];
  const config = defaultConfig();
  const outputs = {
    registration: (record: RegistrationRecord) => records.push(record),
    registrationCount: (count: RegistrationCountRecord) => counts.push(count),
  };
  const eve = { ...config.eve, callAttemptsMax: attemptsMax };
  return { wire: new Wire({ config: { ...config, eve }, outputs }), records, counts };
}

describe("registration records", () => {
  it("tell who came, moved and went, and not who is still there", () => {
    const { wire, records } = wireWithRegistrations();
    register(wire, PHONE, PBX, "201");
    for (const minute of [1, 2, 3]) {
      wire.now = 60 * minute;
      register(wire, PHONE, PBX, "201");
    }
    wire.now = 240;
    register(wire, OTHER, PBX, "201");
    wire.now = 300;
    register(wire, OTHER, PBX, "201", { headers: [] });
    wire.now = 320;
    ask(
      wire,
      OTHER,
      PBX,
      requestOf(wire, OTHER, PBX, "REGISTER", "201", { headers: ["Expires: 0"] }),
      200,
    );
    wire.run();
    expect(records).toMatchObject([
      { state: "registered", account: "201@10.0.0.1", aor: "201@10.0.0.1", srcIp: PHONE.ip },
      { state: "moved", srcIp: OTHER.ip, previousIp: PHONE.ip, previousPort: 5060, expiresS: 3600 },
      { state: "removed", srcIp: OTHER.ip, expiresS: 0, code: 200 },
    ]);
  });

  it("tell who was refused; a challenge is none", () => {
    const { wire, records } = wireWithRegistrations();
    register(wire, PHONE, PBX, "201", { status: 403 });
    wire.run();
    expect(records).toMatchObject([{ state: "refused", code: 403, account: "201@10.0.0.1" }]);
  });

  it("of a guessing run become a count", () => {
    const { wire, records, counts } = wireWithRegistrations(40);
    for (let i = 0; i < 200; i++) {
      wire.now = i / 10;
      register(wire, PHONE, PBX, "201", { status: 401, secret: `guess${i}` });
    }
    wire.run();
    expect(records).toHaveLength(10);
    expect(counts).toMatchObject([
      { refused: 190, accepted: 0, sources: [{ ip: PHONE.ip, calls: 190 }] },
    ]);
  });
});
