import { Frame } from "../../src/capture/frame.ts";
import { type Config, defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { EveWriter } from "../../src/emit/eve/eve.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { shippedRules } from "../support/run-capture.ts";
import type { WorldFrame } from "./world.ts";

export interface SensorRun {
  readonly alerts: readonly Alert[];
  /** EVE lines of alerts and incidents, in order. */
  readonly lines: readonly string[];
  /** Tables that held more than they may. */
  readonly overfull: readonly string[];
}

/** Worlds are small: small tables are quick to make and show whether their limits hold. */
const ENTRIES_MAX = 8_192;

function smallConfig(): Config {
  const config = defaultConfig();
  const limits: Record<string, unknown> = { ...config.limits };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "number" && value > ENTRIES_MAX) limits[name] = ENTRIES_MAX;
  }
  return { ...config, limits: limits as Config["limits"] };
}

/** Plays frames to a fresh pipeline with the shipped rules. */
export function sense(frames: readonly WorldFrame[]): SensorRun {
  const config = smallConfig();
  const writer = new EveWriter({ ...config.eve, isReplay: true, interfaceName: "" });
  const alerts: Alert[] = [];
  const lines: string[] = [];
  const pipeline = new Pipeline({
    config,
    ruleSet: shippedRules(),
    outputs: {
      alert: (alert) => {
        alerts.push(alert);
        lines.push(writer.alert(alert));
      },
      incident: (record) => lines.push(writer.incident(record)),
    },
  });
  const frame = new Frame();
  for (const { timeUs, bytes } of frames) {
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = timeUs;
    frame.number++;
    pipeline.onFrame(frame);
  }
  pipeline.finish();
  const overfull = pipeline
    .tables()
    .filter(({ size, capacity }) => size > capacity)
    .map(({ name, size, capacity }) => `${name} holds ${size} of ${capacity}`);
  return { alerts, lines, overfull };
}
