import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { type Config, configSchema } from "../../src/config/config.ts";
import { Account } from "../cases/digest.ts";
import { outside, PBX } from "../cases/lab.ts";
import { captureOf, type Scene } from "../cases/scene.ts";
import { inPieces } from "../support/captured.ts";
import { runSource } from "../support/run-capture.ts";
import { sipRequest } from "../support/sip-builder.ts";

/** Packets cost their sender nothing; what is written of them has a ceiling. */

const configOf = (incidents: Partial<Config["incidents"]>) => configSchema().parse({ incidents });

async function recordsOf(make: (scene: Scene) => void, incidents: Partial<Config["incidents"]>) {
  const scene = { name: "rate", expect: "quiet", kind: "rate", what: "", make };
  const source = openSource(["-"], { stdin: inPieces(captureOf(scene), 1 << 20) });
  const run = await runSource(source, { config: configOf(incidents) });
  // Cases are made of alerts that were written, so they keep to their ceiling.
  const records = run.lines
    .map((line) => JSON.parse(line))
    .filter(({ event_type }) => event_type !== "case");
  const of = (sid: number) => records.filter(({ alert }) => alert.signature_id === sid);
  const alerts = records.filter(({ event_type }) => event_type === "alert");
  const held = records.filter(({ incident }) => incident?.state === "held_back");
  return { alerts, held, of, records };
}

const SCANNER = 9100010;

/** A scanner's OPTIONS from so many addresses, 100 a second. */
function scanned(scene: Scene, sources: number, first = 0): void {
  for (let i = first; i < first + sources; i++) {
    const from = { ...outside(7), ip: `203.0.${i >> 8}.${i & 255}` };
    const id = `scan-${i}`;
    const { text } = sipRequest({
      ...{ method: "OPTIONS", host: PBX.ip, sentBy: `${from.ip}:5060`, from: "100", to: "100" },
      ...{ callId: id, branch: id, fromTag: id, userAgent: "friendly-scanner" },
    });
    scene.send(from, PBX, text);
    scene.wait(0.01);
  }
}

describe("the ceiling of a rule", () => {
  it("lets so many alerts through in a minute, and counts the others in one record", async () => {
    const { held, of } = await recordsOf((scene) => scanned(scene, 400), { rulePerMinute: 50 });
    const written = of(SCANNER).filter(({ event_type }) => event_type === "alert");
    expect(written).toHaveLength(50);
    const records = held.filter(({ alert }) => alert.signature_id === SCANNER);
    expect(records).toHaveLength(1);
    expect(records[0].incident).toMatchObject({ count: 350, new_count: 350, folded: 0 });
    expect(records[0].incident.top.sources.distinct).toBe(350);
    expect(records[0].incident.top.sources.values.length).toBeGreaterThan(0);
    expect(records[0].src_ip).toBeUndefined();
    // One that was not written opens no incident that would be closed by a record.
    expect(of(SCANNER)).toHaveLength(50 + 50 + 1);
  });

  it("is one record a minute, and all alerts are in one or the other", async () => {
    const make = (scene: Scene) => {
      for (let minute = 0; minute < 3; minute++) {
        scanned(scene, 100, 100 * minute);
        scene.wait(60);
      }
    };
    const { held, of } = await recordsOf(make, { rulePerMinute: 30 });
    const written = of(SCANNER).filter(({ event_type }) => event_type === "alert");
    const records = held.filter(({ alert }) => alert.signature_id === SCANNER);
    expect([written.length, records.length]).toEqual([90, 3]);
    expect(records.map(({ incident }) => incident.count)).toEqual([70, 70, 70]);
    const times = records.map(({ timestamp }) => timestamp);
    expect(new Set(times).size).toBe(3);
  });

  it("is not for forged sources to use up: a proven one is written all the same", async () => {
    const make = (scene: Scene) => {
      for (let i = 0; i < 60; i++) {
        const from = { ...outside(7), ip: `203.0.113.${i + 1}` };
        for (let n = 0; n < 9; n++) {
          const account = new Account(scene, from, PBX, "204");
          const request = account.request([
            `Authorization: Digest username="204", realm="pbx", nonce="${scene.hex(8)}", uri="sip:x", response="${scene.hex(32)}"`,
          ]);
          scene.send(from, PBX, request.text);
          scene.wait(0.01);
        }
      }
      for (let n = 0; n < 10; n++) {
        new Account(scene, outside(66), PBX, "205").login({ password: `g${n}`, status: 401 });
        scene.wait(0.3);
      }
    };
    const { alerts } = await recordsOf(make, { rulePerMinute: 5 });
    const guesser = alerts.filter(({ src_ip }) => src_ip === outside(66).ip);
    expect(guesser.map(({ alert }) => alert.signature_id)).toContain(9102001);
  });

  it("is off at 0", async () => {
    const off = { rulePerMinute: 0, severityPerMinute: 0 };
    const { held, of } = await recordsOf((scene) => scanned(scene, 2_000), off);
    expect(of(SCANNER).filter(({ event_type }) => event_type === "alert")).toHaveLength(2_000);
    expect(held).toEqual([]);
  });
});

describe("the ceiling of a severity", () => {
  it("counts all rules together, and leaves other severities alone", async () => {
    const make = (scene: Scene) => {
      scanned(scene, 300);
      for (let n = 0; n < 10; n++) {
        new Account(scene, outside(66), PBX, "205").login({ password: `g${n}`, status: 401 });
        scene.wait(0.3);
      }
    };
    const { alerts, held } = await recordsOf(make, { severityPerMinute: 40 });
    const of3 = alerts.filter(({ alert }) => alert.severity === 3);
    expect(of3).toHaveLength(40);
    expect(alerts.some(({ alert }) => alert.severity < 3)).toBe(true);
    const counted = held.reduce((sum, { incident }) => sum + incident.count, 0);
    const all = await recordsOf(make, {});
    expect(counted + alerts.length).toBe(all.alerts.length);
  });

  it("bounds what 20,000 forged packets make, by default", async () => {
    const { records } = await recordsOf((scene) => scanned(scene, 20_000), {});
    // 200 s: four minutes of two rules, each alert with the record that closes its incident.
    expect(records.length).toBeLessThan(4 * 2 * 600 * 2 + 50);
  });
});
