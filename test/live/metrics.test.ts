import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PCAPS } from "../support/bundled-captures.ts";
import { parseExposition, sampleOf, valuesBy } from "../support/exposition.ts";
import { addWire, ip, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { METRICS_URL, Sensor, summaryOf, untilSeen } from "./sensor.ts";

const TOOLS = ["ip", "tcpreplay", "tcpdump"];
const CAPTURE = join(PCAPS, "mixed/enum_and_bruteforce_during_office_traffic.pcap.gz");
const missing = missingForLive(TOOLS);

/** Asks again and again; each question starts a process. */
async function until(isSo: () => Promise<boolean>, why: () => string): Promise<void> {
  const untilMs = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(why());
    await sleep(200);
  }
}

describe.skipIf(missing !== "")(`metrics of sipsentry live ${missing}`, () => {
  const namespaces = new Namespaces("metrics");
  let folder = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-metrics-"));
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Status and body of a page, asked for inside the namespace. */
  async function page(namespace: string, path: string): Promise<[status: number, body: string]> {
    const code = `fetch("${METRICS_URL}${path}").then(async (r) => process.stdout.write(r.status + "\\n" + (await r.text())))`;
    const child = namespaces.start(namespace, process.execPath, ["-e", code]);
    expect(await child.ended(60_000), child.stderr).toBe(0);
    const end = child.stdout.indexOf("\n");
    return [Number(child.stdout.slice(0, end)), child.stdout.slice(end + 1)];
  }

  test("agree with the summary at the end, and health follows the interface", {
    timeout: 400_000,
  }, async () => {
    const namespace = namespaces.add("scrape");
    addWire({ namespace, name: "sender" }, { namespace, name: "mirror" });
    const capture = join(folder, "attack.pcap");
    writeFileSync(capture, gunzipSync(readFileSync(CAPTURE)));
    const evePath = join(folder, "eve.json");
    const sensor = await Sensor.start(namespaces, {
      namespace,
      interface: "mirror",
      evePath,
      args: ["--capture", "pcap", "--json"],
    });
    expect(sensor.child.stderr).toContain(`metrics and health on ${METRICS_URL}`);
    const sender = namespaces.start(namespace, "tcpreplay", [
      "-q",
      "-K",
      "-p",
      "1000",
      "-i",
      "sender",
      capture,
    ]);
    expect(await sender.ended(60_000), sender.stderr).toBe(0);
    const sent = Number(/Actual: (\d+) packets/.exec(sender.stdout)?.[1]);

    const running = await untilSeen(namespaces, namespace, ({ packets }) => packets.total >= sent);
    const [status, text] = await page(namespace, "/metrics");
    expect(status).toBe(200);
    expect((await page(namespace, "/healthz"))[0]).toBe(200);
    expect((await page(namespace, "/readyz"))[0]).toBe(200);

    ip("-n", namespace, "link", "set", "mirror", "down");
    await until(
      async () => (await page(namespace, "/readyz"))[0] === 503,
      () => "the sensor stays ready without an interface",
    );
    expect((await page(namespace, "/readyz"))[1]).toContain("capture on mirror: down");
    expect((await page(namespace, "/healthz"))[0]).toBe(200);
    ip("-n", namespace, "link", "set", "mirror", "up");
    await until(
      async () => (await page(namespace, "/readyz"))[0] === 200,
      () => "the sensor is not ready again",
    );

    // That the interface was down is a problem, so the exit code is not 0.
    expect(await sensor.stop(), sensor.child.stderr).toBe(1);
    const summary = summaryOf(sensor.child.stdout);
    const metrics = parseExposition(text);
    const value = (name: string, labels?: Record<string, string>) =>
      sampleOf(metrics, `sipsentry_${name}`, labels);
    const device = { interface: "mirror" };
    expect(value("packets_total")).toBe(sent);
    expect(value("capture_packets_total", device)).toBe(sent);
    expect(value("capture_up", device)).toBe(1);
    expect(value("capture_dropped_packets_total", { ...device, reason: "kernel" })).toBe(0);
    expect(valuesBy(metrics, "sipsentry_udp_packets_total", "protocol")).toEqual(summary.payloads);
    expect(running.sip).toEqual(summary.sip);
    const alerts = valuesBy(metrics, "sipsentry_alerts_total", "sid");
    expect(alerts["9102001"], JSON.stringify(summary.alerts.by_rule)).toBeGreaterThan(0);
    // From the kernel's time of the packet to the alert: never below zero, and no part of a minute.
    expect(value("alert_latency_seconds", { quantile: "0.5" })).toBeGreaterThan(0);
    expect(value("alert_latency_seconds", { quantile: "0.5" })).toBeLessThan(10);
    expect(summary.timing.latency_us.alert?.count).toBeGreaterThan(0);
  });
});
