import { describe, expect, it } from "vitest";
import { ask, register, requestOf } from "../support/sip-actors.ts";
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
  it("300 INVITE a second over ten minutes", { timeout: 180_000 }, () => {
    const wire = new Wire();
    flood(wire, ATTACKER, 300, 600);
    wire.now += 2_000;
    flood(wire, ATTACKER, 1, 1);
    expect(recordsOf(wire)).toEqual([
      "9101003 198.51.100.77 alert at 0.04",
      "9103002 198.51.100.77 alert at 0.33",
      "9103002 198.51.100.77 update (goes on) at 60.33: no. 1, 18099 from 0.00 to 60.33, peak 18000 at 0.00",
      "9101003 198.51.100.77 closed (idle) at 300.04: no. 1, 12 from 0.00 to 0.04, peak 12 at 0.00",
      "9103002 198.51.100.77 update (goes on) at 300.33: no. 2, 90099 from 0.00 to 300.33, peak 18000 at 0.00",
      "9103002 198.51.100.77 closed (idle) at 900.00: no. 3, 180000 from 0.00 to 600.00, peak 18000 at 0.00",
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
      "9102901 198.51.100.77 alert at 285.01",
      "9102901 198.51.100.77 update (goes on) at 345.01: no. 1, 23 from 15.00 to 330.01, peak 2 at 255.00",
      "9102901 198.51.100.77 update (goes on) at 585.01: no. 2, 39 from 15.00 to 570.01, peak 4 at 315.00",
      "9102901 198.51.100.77 update (goes on) at 1545.01: no. 3, 103 from 15.00 to 1530.01, peak 4 at 315.00",
      "9102002 198.51.100.77 alert at 2235.01",
      "9102002 198.51.100.77 update (goes on) at 2295.01: no. 1, 153 from 15.00 to 2280.01, peak 4 at 2235.00",
      "9102002 198.51.100.77 update (goes on) at 2535.01: no. 2, 169 from 15.00 to 2520.01, peak 4 at 2235.00",
      "9102002 198.51.100.77 update (goes on) at 3495.01: no. 3, 233 from 15.00 to 3480.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 5145.01: no. 4, 343 from 15.00 to 5130.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 7095.01: no. 4, 473 from 15.00 to 7080.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 8745.01: no. 5, 583 from 15.00 to 8730.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 10695.01: no. 5, 713 from 15.00 to 10680.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 12345.01: no. 6, 823 from 15.00 to 12330.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 14295.01: no. 6, 953 from 15.00 to 14280.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 15945.01: no. 7, 1063 from 15.00 to 15930.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 17895.01: no. 7, 1193 from 15.00 to 17880.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 19545.01: no. 8, 1303 from 15.00 to 19530.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 21495.01: no. 8, 1433 from 15.00 to 21480.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 23145.01: no. 9, 1543 from 15.00 to 23130.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 25095.01: no. 9, 1673 from 15.00 to 25080.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 update (goes on) at 26745.01: no. 10, 1783 from 15.00 to 26730.01, peak 4 at 315.00",
      "9102002 198.51.100.77 update (goes on) at 28695.01: no. 10, 1913 from 15.00 to 28680.01, peak 4 at 2235.00",
      "9102901 198.51.100.77 closed (end_of_run) at 28785.01: no. 11, 1920 from 15.00 to 28785.01, peak 4 at 315.00",
      "9102002 198.51.100.77 closed (end_of_run) at 28785.01: no. 11, 1920 from 15.00 to 28785.01, peak 4 at 2235.00",
    ]);
  });
});
