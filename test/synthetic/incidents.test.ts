import { describe, expect, it } from "vitest";
import { ask, LiveCall, register, requestOf } from "../support/sip-actors.ts";
import { audioSdp } from "../support/sip-builder.ts";
import { type Endpoint, WIRE_START_US, Wire } from "../support/wire.ts";

const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const ATTACKER: Endpoint = { ip: "198.51.100.77", port: 5060 };
const OTHER: Endpoint = { ip: "203.0.113.5", port: 5060 };

function seconds(timeUs: number): string {
  return ((timeUs - WIRE_START_US) / 1e6).toFixed(2);
}

/** Alerts and incident records as they are dated, one line each. */
function recordsOf(wire: Wire): string[] {
  const { alerts, incidents } = wire.run();
  const texts = [
    ...alerts.map(({ timeUs, signature, srcIp }) => ({
      timeUs,
      text: `${signature.sid} ${srcIp} alert at ${seconds(timeUs)}`,
    })),
    ...incidents.map(({ timeUs, signature, srcIp, state, reason = "goes on", ...record }) => ({
      timeUs,
      text: `${signature.sid} ${srcIp} ${state} (${reason}) at ${seconds(timeUs)}: no. ${record.sequence}, ${record.count} from ${seconds(record.startUs)} to ${seconds(record.endUs)}, peak ${record.peak.count} at ${seconds(record.peak.startUs)}`,
    })),
  ];
  return texts.sort((a, b) => a.timeUs - b.timeUs).map(({ text }) => text);
}

/** INVITEs to fifty users that do not exist. */
function flood(wire: Wire, from: Endpoint, perSecond: number, forSeconds: number): void {
  const startS = wire.now;
  for (let i = 0; i < perSecond * forSeconds; i++) {
    wire.now = startS + i / perSecond;
    const sdp = audioSdp(from.ip, 9000);
    ask(
      wire,
      from,
      PBX,
      requestOf(wire, from, PBX, "INVITE", String(1000 + (i % 50)), { sdp }),
      404,
    );
    if (i % 10_000 === 9_999) wire.play();
  }
  wire.now = startS + forSeconds;
}

describe("a long attack is a handful of records", () => {
  it("100 INVITE a second over ten minutes", () => {
    const wire = new Wire();
    flood(wire, ATTACKER, 100, 600);
    wire.now += 2_000;
    flood(wire, ATTACKER, 1, 1);
    expect(recordsOf(wire)).toEqual([
      "9101003 198.51.100.77 alert at 0.11",
      "9103002 198.51.100.77 alert at 0.99",
      "9103002 198.51.100.77 update (goes on) at 60.99: no. 1, 6099 from 0.00 to 60.98, peak 6000 at 0.00",
      "9101003 198.51.100.77 closed (idle) at 300.11: no. 1, 12 from 0.00 to 0.11, peak 12 at 0.00",
      "9103002 198.51.100.77 update (goes on) at 300.99: no. 2, 30099 from 0.00 to 300.98, peak 6000 at 0.00",
      "9103002 198.51.100.77 closed (idle) at 899.99: no. 3, 60000 from 0.00 to 599.99, peak 6000 at 0.00",
    ]);
  });

  it("two attackers are two incidents", () => {
    const wire = new Wire();
    for (let i = 0; i < 90; i++) {
      flood(wire, ATTACKER, 40, 1);
      wire.now -= 0.99;
      flood(wire, OTHER, 30, 1);
      wire.now -= 0.01;
    }
    expect(recordsOf(wire)).toEqual([
      "9101003 198.51.100.77 alert at 0.28",
      "9101003 203.0.113.5 alert at 0.38",
      "9103002 198.51.100.77 alert at 2.48",
      "9103002 203.0.113.5 alert at 3.31",
      "9103002 198.51.100.77 update (goes on) at 62.48: no. 1, 2499 from 0.00 to 62.45, peak 2400 at 0.00",
      "9103002 203.0.113.5 update (goes on) at 63.31: no. 1, 1899 from 0.01 to 63.28, peak 1800 at 0.01",
      "9101003 198.51.100.77 closed (end_of_run) at 89.98: no. 1, 12 from 0.00 to 0.28, peak 12 at 0.00",
      "9101003 203.0.113.5 closed (end_of_run) at 89.98: no. 1, 12 from 0.01 to 0.38, peak 12 at 0.01",
      "9103002 198.51.100.77 closed (end_of_run) at 89.98: no. 2, 3600 from 0.00 to 89.98, peak 2400 at 0.00",
      "9103002 203.0.113.5 closed (end_of_run) at 89.98: no. 2, 2700 from 0.01 to 89.98, peak 1800 at 0.01",
    ]);
  });

  it("a pause within the rule's quiet time: the same incident is resumed, later a new one opens", () => {
    const wire = new Wire();
    flood(wire, ATTACKER, 50, 30);
    wire.now += 400;
    flood(wire, ATTACKER, 50, 30);
    wire.now += 3_000;
    flood(wire, ATTACKER, 50, 30);
    expect(recordsOf(wire)).toEqual([
      "9101003 198.51.100.77 alert at 0.22",
      "9103002 198.51.100.77 alert at 1.98",
      "9103002 198.51.100.77 update (goes on) at 61.98: no. 1, 1500 from 0.00 to 29.98, peak 1500 at 0.00",
      "9101003 198.51.100.77 closed (idle) at 300.22: no. 1, 12 from 0.00 to 0.22, peak 12 at 0.00",
      "9103002 198.51.100.77 closed (idle) at 329.98: no. 2, 1500 from 0.00 to 29.98, peak 1500 at 0.00",
      "9103002 198.51.100.77 resumed (goes on) at 431.10: no. 3, 1556 from 0.00 to 431.10, peak 1500 at 0.00",
      "9103002 198.51.100.77 update (goes on) at 1391.10: no. 4, 3000 from 0.00 to 459.98, peak 1500 at 0.00",
      "9103002 198.51.100.77 closed (idle) at 1659.98: no. 5, 3000 from 0.00 to 459.98, peak 1500 at 0.00",
      "9103002 198.51.100.77 alert at 3461.98",
      "9103002 198.51.100.77 closed (end_of_run) at 3489.98: no. 1, 1500 from 3460.00 to 3489.98, peak 1500 at 3460.00",
    ]);
    expect(new Set(wire.incidents.map(({ incidentId }) => incidentId))).toEqual(
      new Set(wire.alerts.map(({ alertId }) => alertId)),
    );
  });

  it("password guessing, one in 15 s for eight hours", () => {
    const wire = new Wire();
    for (let i = 0; i < 4 * 60 * 8; i++) {
      register(wire, ATTACKER, PBX, "210", { status: 401, secret: `guess${i}` });
      wire.now += 15;
    }
    expect(recordsOf(wire)).toEqual([
      "9102002 198.51.100.77 alert at 120.00",
      "9102002 198.51.100.77 update (goes on) at 180.00: no. 1, 4 from 105.01 to 165.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 420.00: no. 2, 20 from 105.01 to 405.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 1380.00: no. 3, 84 from 105.01 to 1365.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 4980.00: no. 4, 324 from 105.01 to 4965.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 8580.00: no. 5, 564 from 105.01 to 8565.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 12180.00: no. 6, 804 from 105.01 to 12165.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 15780.00: no. 7, 1044 from 105.01 to 15765.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 19380.00: no. 8, 1284 from 105.01 to 19365.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 22980.00: no. 9, 1524 from 105.01 to 22965.00, peak 4 at 105.01",
      "9102002 198.51.100.77 update (goes on) at 26580.00: no. 10, 1764 from 105.01 to 26565.00, peak 4 at 105.01",
      "9102002 198.51.100.77 closed (end_of_run) at 28788.01: no. 11, 1913 from 105.01 to 28788.01, peak 4 at 105.01",
    ]);
  });

  it("begin with the deed, not with the verdict on it, which waits for the media", () => {
    const wire = new Wire();
    const call = new LiveCall(wire, OTHER, PBX);
    call.talk(8);
    wire.now = 3;
    const bye = call.inDialog("BYE", { sentBy: "198.51.100.77:5060" });
    ask(wire, ATTACKER, PBX, bye, 200);
    wire.now = 9;
    const { alerts, incidents } = wire.run();
    const alarm = alerts.find(({ signature }) => signature.metadata.attack?.includes("bye_spoof"));
    expect(seconds(alarm?.timeUs ?? 0)).not.toBe("3.00");
    const incident = incidents.find(({ incidentId }) => incidentId === alarm?.alertId);
    expect(seconds(incident?.startUs ?? 0)).toBe("3.00");
  });
});
