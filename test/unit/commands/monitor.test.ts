import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { statsText } from "../../../src/emit/metrics/stats-text.ts";
import { ROOT } from "../../cli/cli.ts";
import { PCAPS } from "../../support/bundled-captures.ts";
import { type Metric, parseExposition, sampleOf, valuesBy } from "../../support/exposition.ts";
import {
  DELIVERY,
  type MonitoredRun,
  monitoredRun,
  ODD_NAME,
} from "../../support/monitored-run.ts";
import { lacksPromtool, promtool } from "../../support/promtool.ts";

/** Many attacks at once. */
const CAPTURES = [join(PCAPS, "mixed"), join(PCAPS, "malformed")];

let run: MonitoredRun;
let text = "";
let metrics: Metric[] = [];
const value = (name: string, labels?: Record<string, string>): number =>
  sampleOf(metrics, `sipsentry_${name}`, labels);
const by = (name: string, label: string) => valuesBy(metrics, `sipsentry_${name}`, label);
/** As the summary has it. */
const aboveZero = (values: Record<string, number>) =>
  Object.fromEntries(Object.entries(values).filter(([, n]) => n > 0));

beforeAll(async () => {
  run = await monitoredRun(CAPTURES);
  text = await run.monitor.metrics();
  metrics = parseExposition(text);
});

describe("the metrics of a run", () => {
  it("are what promtool has no complaint about", (context) => {
    context.skip(lacksPromtool(), "promtool is missing");
    expect(promtool(["check", "metrics"], text)).toEqual({ exitCode: 0, output: "" });
  });

  it("each have a type, a text and samples, and end as their type asks for", () => {
    for (const { name, type, help, samples } of metrics) {
      if (!name.startsWith("sipsentry_")) continue;
      expect(help, name).toMatch(/\.$/);
      expect(type, name).not.toBe("untyped");
      expect(samples.length, name).toBeGreaterThan(0);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
    }
  });

  it("agree with the summary in packets, bytes and what was skipped", () => {
    const { packets, payloads, skipped } = run.summary();
    expect(packets.total).toBeGreaterThan(500);
    expect(value("packets_total")).toBe(packets.total);
    expect(value("bytes_total")).toBe(packets.bytes);
    expect(by("ip_packets_total", "version")).toEqual({ 4: packets.ipv4, 6: packets.ipv6 });
    expect(by("udp_packets_total", "protocol")).toEqual(payloads);
    expect(aboveZero(by("skipped_packets_total", "reason"))).toEqual(skipped);
    expect(value("last_packet_timestamp_seconds") * 1e3).toBeCloseTo(
      Date.parse((packets.last ?? "").replace("+0000", "Z")),
      0,
    );
  });

  it("count every byte once: bytes of UDP, followed TCP and skipped packets are all bytes", () => {
    const sum = (values: Record<string, number>) =>
      Object.values(values).reduce((total, n) => total + n, 0);
    const udp = sum(by("udp_bytes_total", "protocol"));
    const skipped = sum(by("skipped_bytes_total", "reason"));
    expect(udp + value("tcp_bytes_total") + skipped).toBe(value("bytes_total"));
  });

  it("agree with the summary in SIP, calls, media and facts", () => {
    const { sip, calls, rtp, facts } = run.summary();
    const { OTHER = 0, ...requests } = sip.requests;
    expect(aboveZero(by("sip_requests_total", "method"))).toEqual(
      aboveZero({ ...requests, other: OTHER }),
    );
    const classes: Record<string, number> = {};
    for (const [code, n] of Object.entries(sip.responses)) {
      const name = code === "0" ? "other" : `${code[0]}xx`;
      classes[name] = (classes[name] ?? 0) + n;
    }
    expect(Object.keys(classes).length).toBeGreaterThan(2);
    expect(aboveZero(by("sip_responses_total", "class"))).toEqual(classes);
    expect(value("sip_malformed_messages_total")).toBe(sip.malformed);
    expect(value("calls_attempted_total")).toBe(calls.attempts);
    expect(value("calls_answered_total")).toBe(calls.answered);
    expect(value("calls_ended_total")).toBe(calls.ended);
    expect(by("rtp_streams_total", "announced")).toEqual({
      yes: rtp.streams_announced,
      no: rtp.streams_unannounced,
    });
    expect(value("rtp_lost_packets")).toBe(rtp.lost);
    expect(aboveZero(by("facts_total", "fact"))).toEqual(facts);
    expect(value("facts_dropped_total")).toBe(0);
  });

  it("agree with the summary in alerts, by signature and severity, and say which rule is which", () => {
    const { alerts, rules_loaded: loaded } = run.summary();
    expect(alerts.by_rule.length).toBeGreaterThan(3);
    expect(aboveZero(by("alerts_total", "sid"))).toEqual(
      Object.fromEntries(alerts.by_rule.map(({ sid, count }) => [String(sid), count])),
    );
    expect(aboveZero(by("alerts_total", "severity"))).toEqual(alerts.by_severity);
    for (const { sid, severity, message } of alerts.by_rule) {
      expect(
        value("alerts_total", { sid: String(sid), severity: String(severity) }),
      ).toBeGreaterThan(0);
      expect(value("rule_info", { sid: String(sid), message })).toBe(1);
    }
    expect(Object.keys(by("alerts_total", "sid")).length).toBe(loaded);
    expect(value("alerts_suppressed_total")).toBe(alerts.suppressed);
    expect(value("rule_evaluations_total")).toBe(run.pipeline.engine.counters.evaluations);
  });

  it("agree with the tables, which have their capacity", () => {
    for (const { name, size, capacity, evictions } of run.summary().tables) {
      expect(value("table_entries", { table: name })).toBe(size);
      expect(value("table_capacity", { table: name })).toBe(capacity);
      expect(value("table_evictions_total", { table: name })).toBe(evictions);
    }
  });

  it("tell drops by stage, for each interface", () => {
    expect(by("capture_dropped_packets_total", "reason")).toEqual({
      kernel: 3,
      interface: 2,
      ring: 1,
    });
    expect(value("capture_packets_total", { interface: "eth0" })).toBe(1_000);
    expect(value("capture_up", { interface: "eth0" })).toBe(1);
  });

  it("tell what waits for each output, and keep odd names whole", () => {
    const [kafka, syslog] = DELIVERY.outputs.map(({ name }) => ({ output: name }));
    expect(value("output_up", kafka)).toBe(1);
    expect(value("output_up", syslog)).toBe(0);
    expect(value("output_acknowledged_records_total", kafka)).toBe(70);
    expect(value("output_lag_records", syslog)).toBe(59);
    expect(value("output_retries_total", syslog)).toBe(12);
    expect(value("output_dead_letters_total", syslog)).toBe(1);
    expect(value("spool_oldest_age_seconds")).toBe(12.5);
    expect(by("spool_dropped_records_total", "severity")).toEqual({ 1: 0, 2: 0, 3: 20, 4: 34 });
    expect(value("sink_records_total", { sink: ODD_NAME, result: "written" })).toBe(40);
  });

  it("give acknowledgement as quantiles of late, in seconds, and none of nothing", () => {
    const [kafka = "", syslog = ""] = DELIVERY.outputs.map(({ name }) => name);
    const at = (output: string, quantile: string) =>
      value("output_acknowledgement_seconds", { output, quantile });
    expect(at(kafka, "0.5")).toBe(0.004);
    expect(at(kafka, "0.999")).toBe(0.007);
    expect(value("output_acknowledgement_seconds_sum", { output: kafka })).toBe(0.35);
    expect(value("output_acknowledgement_seconds_count", { output: kafka })).toBe(70);
    expect(() => at(syslog, "0.5")).toThrow(/^0 samples/);
    expect(value("output_acknowledgement_seconds_count", { output: syslog })).toBe(0);
  });

  it("time some packets whole, and each alert that a packet of a short capture raised", () => {
    const { packets, alerts, timing } = run.summary();
    const samples = value("decode_duration_seconds_count");
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThanOrEqual(packets.total);
    expect(value("packet_duration_seconds_count")).toBe(samples);
    expect(value("packet_duration_seconds_sum")).toBeGreaterThan(
      value("decode_duration_seconds_sum"),
    );
    const timed = value("alert_latency_seconds_count");
    expect(timed).toBeGreaterThan(0);
    expect(timed).toBeLessThanOrEqual(alerts.total);
    expect(timing.latency_us.alert?.count).toBe(timed);
  });

  it("tell of reloads", () => {
    expect(by("config_loads_total", "result")).toEqual({ success: 2, failure: 1 });
    expect(value("config_last_reload_successful")).toBe(0);
    expect(value("config_last_reload_success_timestamp_seconds")).toBe(1_790_000_000.5);
  });

  it("do not grow from scrape to scrape", async () => {
    const names = (of: readonly Metric[]) =>
      of
        .flatMap(({ samples }) => samples.map(({ name, labels }) => `${name}${[...labels]}`))
        .sort();
    const again = parseExposition(await run.monitor.metrics());
    // Node.js names kinds of handles as they come and go.
    const own = (list: readonly Metric[]) =>
      list.filter(({ name }) => name.startsWith("sipsentry_"));
    expect(names(own(again))).toEqual(names(own(metrics)));
    expect(sampleOf(again, "sipsentry_packets_total")).toBe(value("packets_total"));
  });
});

it("a sensor that has seen nothing has all its series at zero", async () => {
  const { monitor } = await monitoredRun([]);
  const fresh = parseExposition(await monitor.metrics());
  const names = (of: readonly Metric[]) => new Set(of.map(({ name }) => name));
  expect(names(fresh)).toEqual(names(metrics));
  expect(sampleOf(fresh, "sipsentry_last_packet_timestamp_seconds")).toBe(0);
  const alerts = valuesBy(fresh, "sipsentry_alerts_total", "sid");
  expect(new Set(Object.values(alerts))).toEqual(new Set([0]));
  expect(Object.keys(alerts).length).toBeGreaterThan(30);
});

describe("health", () => {
  it("names outputs that are away as degraded, and the spool that cannot write as failed", async () => {
    const problem = "/var/spool: no space left";
    const { monitor } = await monitoredRun([], {
      delivery: () => ({ ...DELIVERY, spool: { ...DELIVERY.spool, problem } }),
      sinks: () => [{ name: "eve.json", written: 0, dropped: 0, problem: "gone" }],
    });
    expect(monitor.health().outputs).toEqual([
      { name: "eve.json", state: "failed", problem: "gone" },
      { name: "kafka://broker:9092/alerts", state: "ok", problem: "" },
      { name: "syslog+tls://siem:6514", state: "degraded", problem: "connection refused" },
      { name: "spool", state: "failed", problem },
    ]);
  });
});

describe("the page of sipsentry stats", () => {
  it("says what the summary says, and how the sensor is", () => {
    const page = run.monitor.stats();
    const nowMs = Date.parse(page.sensor.started) + 7_200_000;
    const rates = { seconds: 2, packets: 2_000, bytes: 400_000, alerts: 3 };
    const lines = statsText(page, nowMs, rates).split("\n");
    expect(lines[0]).toMatch(
      /^sipsentry \S+ \(process \d+\) on eth0, running for 2 h 0 min: degraded: output syslog\+tls:\/\/siem:6514 is behind$/,
    );
    expect(lines).toContain(
      "Capture     eth0 open, 1,000 packets, 6 dropped (kernel 3, interface 2, ring 1)",
    );
    expect(lines).toContain("Now         1,000 packets/s, 200.0 kB/s, 3 alerts in 2.0 s");
    expect(lines).toContain(
      "Output      syslog+tls://siem:6514 degraded: 11 acknowledged, 59 waiting, 12 retries, 54 lost, 1 refused for good: connection refused",
    );
    expect(lines).toContain(
      "Spool       59 records in 65.5 kB, the oldest 12.5 s old, 54 dropped, 1 unreadable",
    );
    const [worst] = run.summary().alerts.by_rule;
    expect(
      lines.some((line) => line.includes(`${worst?.sid}`) && line.includes(worst?.message ?? "")),
    ).toBe(true);
  });

  it("survives JSON, as the summary that it is", () => {
    const page = JSON.parse(JSON.stringify(run.monitor.stats())) as Record<string, unknown>;
    const { sensor, timing, ...rest } = page;
    const { timing: _, ...summary } = run.summary();
    expect(rest).toEqual(JSON.parse(JSON.stringify(summary)));
    expect(sensor).toMatchObject({ ready: true, captures: [{ interface: "eth0" }] });
    expect(timing).toBeDefined();
  });
});

it("docs/METRICS.md lists all of them (write it with -u)", async () => {
  await expect(metricsPage()).toMatchFileSnapshot(join(ROOT, "docs/METRICS.md"));
});

function metricsPage(): string {
  const rows = metrics
    .filter(({ name }) => name.startsWith("sipsentry_"))
    .map(({ name, type, help, samples }) => {
      const labels = new Set(samples.flatMap((sample) => [...sample.labels.keys()]));
      const list = [...labels].map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${type} | ${list} | ${help.replaceAll("|", "\\|")} |`;
    });
  return [
    "# Metrics",
    "",
    "Made by `npx vitest run test/unit/commands/monitor.test.ts -u` from the tables in `src/emit/metrics/`; do not edit.",
    "",
    "`sipsentry live` serves these at `metrics.listen` under `/metrics`, beside Node.js' own `process_*` and `nodejs_*`.",
    "Counters run from the start of the process. No address, user, number or other text of a packet is ever a label.",
    "",
    "| name | type | labels | what it says |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
