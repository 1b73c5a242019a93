import { beforeAll, describe, expect, it } from "vitest";
import { FRAME_BYTES_MAX, FrameWriter } from "../../bench/capture-file.ts";
import { FLOOD_ALERTS_MAX, STORMS, type Storm } from "../../bench/storm-traffic.ts";
import { type StormAlert, type StormVerdict, stormVerdict } from "../../bench/storm-verdict.ts";
import { stormThenAttacks } from "../../bench/storm-victims.ts";
import { Frame } from "../../src/capture/frame.ts";
import { type Config, configSchema, defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { EventKind } from "../../src/track/facts/event-kind.ts";
import type { TableUse } from "../../src/track/facts/statistics.ts";
import { shippedRules } from "../support/run-capture.ts";

/** Of each storm; the tables are smaller by the same measure, so that it fills them as the whole one does. */
const SHARE = 3_000 / 70_000;
/** Alerts of severity 1 to 3 that are not about the three victims: a storm is told, not repeated. */
const ALERTS_MAX = 30;

/** What many rejected credentials cost in bytes only the whole storm shows (`npm run bench -- storms`). */
function shareOf({ name }: Storm): number {
  return name === "guesses" ? SHARE / 4 : SHARE;
}

interface StormRun extends StormVerdict {
  readonly tables: readonly TableUse[];
  readonly overfull: readonly string[];
  /** How often the sensor told that something proven was forgotten. */
  readonly told: number;
}

function smallTables(): Config {
  const { memoryMib: _, ...sizes } = defaultConfig().limits;
  const limits = Object.entries(sizes).map(([name, size]) => [name, Math.round(size * SHARE)]);
  return configSchema().parse({ limits: Object.fromEntries(limits) });
}

function run(storm: Storm): StormRun {
  const alerts: Alert[] = [];
  const pipeline = new Pipeline({
    config: smallTables(),
    ruleSet: shippedRules(),
    outputs: { alert: (alert) => alerts.push(alert) },
  });
  const overfull = new Set<string>();
  const frames = new FrameWriter();
  const frame = new Frame();
  frame.bytes = Buffer.alloc(FRAME_BYTES_MAX);
  frame.view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.length);
  for (const packet of stormThenAttacks(storm, shareOf(storm))) {
    frame.end = frames.write(frame.bytes, 0, packet);
    frame.wireLength = frame.end;
    frame.timeUs = Math.floor(packet.timeUs);
    frame.number++;
    pipeline.onFrame(frame);
    if (frame.number % 1_000 > 0) continue;
    for (const { name, size, capacity } of pipeline.tables()) {
      if (size > capacity) overfull.add(`${name}: ${size} of ${capacity}`);
    }
  }
  const tables = pipeline.tables();
  pipeline.finish();
  const told = pipeline.factCounts[EventKind.SENSOR_TABLE_FULL] ?? 0;
  return { ...stormVerdict(alerts.map(seen)), tables, overfull: [...overfull], told };
}

function seen({ signature, srcIp, destIp }: Alert): StormAlert {
  const { sid, severity, metadata } = signature;
  return {
    src_ip: srcIp,
    dest_ip: destIp,
    alert: { signature_id: sid, severity, metadata: { attack: metadata.attack ?? [] } },
  };
}

describe.each(STORMS)("after a storm of $name ($about)", (storm) => {
  let found: StormRun;

  beforeAll(() => {
    found = run(storm);
  });

  it("a BYE forged in the name of a party of an older call is found", () => {
    expect(found.found.bye, JSON.stringify(found)).not.toBeNull();
  });

  it("a stranger's media in an older call is found", () => {
    expect(found.found.foreign, JSON.stringify(found)).not.toBeNull();
  });

  it("media in the name of a party of an older call, inside the sequence, is found", () => {
    expect(found.found.inName, JSON.stringify(found)).not.toBeNull();
  });

  it("the flood is one alert, not thousands", () => {
    const why = JSON.stringify(found);
    expect(found.floods, why).toBeGreaterThanOrEqual(storm.floodAlertsMin);
    expect(found.floods, why).toBeLessThanOrEqual(FLOOD_ALERTS_MAX);
    expect(found.alerts, why).toBeLessThanOrEqual(ALERTS_MAX);
  });

  it("no table holds more than it may", () => {
    expect(found.overfull).toEqual([]);
  });

  it("a table that had to forget what was proven says so, and no other", () => {
    const forgotten = found.tables.some(({ provenEvictions }) => provenEvictions > 0);
    expect(found.told > 0, JSON.stringify(found.tables)).toBe(forgotten);
  });
});
