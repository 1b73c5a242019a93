import { describe, expect, it } from "vitest";
import type { LiveState } from "../../../../src/capture/live-capture.ts";
import {
  liveness,
  type OutputHealth,
  readiness,
  type SensorHealth,
} from "../../../../src/emit/metrics/sensor-health.ts";

function healthOf(states: LiveState[], changes: Partial<SensorHealth> = {}): SensorHealth {
  const captures = states.map((state, i) => ({ name: `eth${i}`, state }));
  return { captures, rulesLoaded: 40, isStopping: false, outputs: [], sight: [], ...changes };
}

function output(state: OutputHealth["state"]): OutputHealth {
  return { name: "kafka://broker:9092/alerts", state, problem: state === "ok" ? "" : "refused" };
}

describe("liveness", () => {
  it.each<[LiveState[], boolean]>([
    [["starting"], true],
    [["open"], true],
    [["down"], true],
    [["ended"], false],
    [["ended", "open"], true],
    [["ended", "ended"], false],
  ])("of captures %j is %s", (states, isGood) => {
    expect(liveness(healthOf(states)).isGood).toBe(isGood);
  });
});

describe("readiness", () => {
  it.each<[string, SensorHealth, string, string[]]>([
    ["captures and delivers", healthOf(["open"], { outputs: [output("ok")] }), "ready", []],
    [
      "has not opened an interface",
      healthOf(["open", "starting"]),
      "not ready",
      ["capture on eth1: starting"],
    ],
    ["waits for an interface", healthOf(["down"]), "not ready", ["capture on eth0: down"]],
    ["has no rules", healthOf(["open"], { rulesLoaded: 0 }), "not ready", ["no rules loaded"]],
    ["is stopping", healthOf(["open"], { isStopping: true }), "not ready", ["stopping"]],
    [
      "spools for a broker that is away",
      healthOf(["open"], { outputs: [output("degraded")] }),
      "degraded",
      [],
    ],
    [
      "has forgotten what was proven",
      healthOf(["open"], { sight: ["full tables: calls; 36 proven entries forgotten"] }),
      "degraded",
      [],
    ],
    [
      "loses records",
      healthOf(["open"], { outputs: [output("degraded"), output("failed")] }),
      "not ready",
      ["output kafka://broker:9092/alerts failed"],
    ],
  ])("of a sensor that %s", (_, health, status, reasons) => {
    const verdict = readiness(health);
    expect(verdict.body).toMatchObject({ status, reasons });
    expect(verdict.isGood).toBe(status !== "not ready");
    expect(verdict.reasons).toEqual(reasons);
  });
});
