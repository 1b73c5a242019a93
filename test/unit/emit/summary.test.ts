import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { SkipReason } from "../../../src/decode/packet.ts";
import { SipMethod } from "../../../src/decode/sip/methods.ts";
import { AlertTally } from "../../../src/emit/alert-tally.ts";
import { NO_LATENCY } from "../../../src/emit/metrics/latency-histogram.ts";
import { SCHEMAS } from "../../../src/emit/schemas.ts";
import { type SummaryFacts, summaryOf } from "../../../src/emit/summary.ts";
import { summaryText } from "../../../src/emit/summary-text.ts";
import { EventKind } from "../../../src/track/facts/event-kind.ts";
import { Statistics } from "../../../src/track/facts/statistics.ts";
import { Unread } from "../../../src/track/sensor/unread-reason.ts";
import { alertOf, HEADER, incidentOf } from "./records.ts";

function severity(level: number, sid: number, msg: string) {
  return { ...alertOf().signature, sid, msg, severity: level };
}

function factsOf(changes: Partial<SummaryFacts> = {}): SummaryFacts {
  const statistics = new Statistics();
  Object.assign(statistics, {
    packets: 12_345,
    bytes: 2_100_000,
    firstUs: HEADER.timeUs,
    lastUs: HEADER.timeUs + 306_100_000,
    sipMessages: 2_623,
    hosts: 34,
  });
  for (let call = 1; call <= 120; call++) statistics.callIdCount.add(call, call);
  statistics.skipped[SkipReason.TCP] = 12;
  statistics.sipUnread[Unread.CUT] = 3;
  statistics.requests[SipMethod.REGISTER] = 2_600;
  statistics.responses[404] = 23;
  const tally = new AlertTally();
  for (let i = 0; i < 5; i++) {
    tally.add(
      alertOf({ destIp: `10.0.0.${i}`, signature: severity(2, 9_100_001, "enumeration") }),
      "",
    );
  }
  tally.add(
    alertOf({
      srcIp: "2001:0db8:0000:0000:0000:0000:0000:0001",
      signature: severity(1, 9_100_002, "brute force"),
    }),
    "",
  );
  const facts = new Float64Array(128);
  facts[EventKind.SIP_USER_UNKNOWN] = 23;
  return {
    command: "replay",
    version: "0.1.0",
    inputs: ["a.pcap"],
    statistics,
    tables: [{ name: "flows", size: 16, capacity: 16, evictions: 3, provenEvictions: 0 }],
    engine: {
      alerts: 6,
      suppressed: 9,
      overflow: 0,
      heldBack: 0,
      evaluations: 0,
      stepLimits: 0,
      suspensions: 0,
      suspendedRules: new Map([["1:1000001", 2]]),
      evictions: 0,
    },
    rulesLoaded: 40,
    facts,
    tally,
    captureDrops: 0,
    outputs: [{ name: "eve.json", written: 5, dropped: 1, problem: "disk full" }],
    problems: ["a.pcap: ends in the middle of packet 12345"],
    elapsedMs: 500,
    ...changes,
  };
}

describe("summary object", () => {
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(SCHEMAS.summary);

  it.each([
    ["of a run", factsOf()],
    [
      "of a timed run",
      factsOf({
        latencies: {
          lag: NO_LATENCY,
          decode: { ...NO_LATENCY, count: 1, sumMs: 0.5 },
          packet: NO_LATENCY,
          alert: NO_LATENCY,
        },
        acknowledgements: [{ name: "kafka://a:9092/t", acknowledgement: NO_LATENCY }],
      }),
    ],
    [
      "of an empty run",
      factsOf({ statistics: new Statistics(), tally: new AlertTally(), elapsedMs: 0 }),
    ],
  ])("%s validates", (_, facts) => {
    validate(JSON.parse(JSON.stringify(summaryOf(facts))));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("differs from run to run in nothing but timing", () => {
    const { timing: _, ...a } = summaryOf(factsOf());
    const { timing: __, ...b } = summaryOf(factsOf({ elapsedMs: 77 }));
    expect(a).toEqual(b);
    expect(summaryOf(factsOf()).timing).toMatchObject({ seconds: 0.5, packets_per_s: 24_690 });
  });

  it("gives latencies in microseconds with three digits, and null where nothing was timed", () => {
    const none = { lag: null, decode: null, packet: null, alert: null, acknowledgement: {} };
    expect(summaryOf(factsOf()).timing.latency_us).toEqual(none);
    const decode = {
      count: 3,
      sumMs: 0.01,
      all: { p50: 0.001_234_5, p90: 0.002, p99: 0.003, p999: 0.004, max: 0.005 },
      recent: NO_LATENCY.recent,
    };
    const latencies = { lag: NO_LATENCY, decode, packet: NO_LATENCY, alert: NO_LATENCY };
    expect(summaryOf(factsOf({ latencies })).timing.latency_us).toEqual({
      ...none,
      decode: { count: 3, mean: 3.33, p50: 1.23, p90: 2, p99: 3, p999: 4, max: 5 },
    });
    const acknowledgements = [
      { name: "kafka://a:9092/t", acknowledgement: decode },
      { name: "syslog://b:514", acknowledgement: NO_LATENCY },
    ];
    const { acknowledgement } = summaryOf(factsOf({ acknowledgements })).timing.latency_us;
    expect(acknowledgement).toMatchObject({
      "kafka://a:9092/t": { max: 5 },
      "syslog://b:514": null,
    });
  });

  it("counts by name and leaves zeros out", () => {
    const summary = summaryOf(factsOf());
    expect(summary.sip).toMatchObject({ requests: { REGISTER: 2_600 }, responses: { 404: 23 } });
    expect(summary.skipped).toEqual({ tcp: 12 });
    expect(summary.facts).toEqual({ "sip.user_unknown": 23 });
    expect(summary.alerts.by_severity).toEqual({ 1: 1, 2: 5 });
    expect(summary.alerts.by_attacker.map(({ address, count }) => [address, count])).toEqual([
      ["2001:0db8:0000:0000:0000:0000:0000:0001", 1],
      ["203.0.113.9", 5],
    ]);
  });
});

describe("summary text", () => {
  it("says what was seen, what was skipped and who attacked", () => {
    const facts = factsOf();
    const text = summaryText(summaryOf(facts), facts.tally.groups(), {
      isColored: false,
      width: 0,
    });
    expect(text).toMatchInlineSnapshot(`
      "Packets     12,345, 2.1 MB
      Time        2020-01-02 03:04:05 to 2020-01-02 03:09:11 UTC, 5 min 6 s
      Hosts       34
      SIP         2,623 messages, 120 Call-IDs
        requests  REGISTER 2,600
        responses 404 23
      Calls       0 attempted, 0 answered, 0 ended
      RTP         0 packets, 0 streams announced, 0 not announced, 0 packets lost
      Not read    3 packets: SIP messages cut by the capture's snaplen
      Skipped     tcp 12
      Table full  flows: 3 evicted at its limit of 16
      Alerts      6  severity 1: 1  severity 2: 5
      Suspended   1:1000001: regular expressions that cost too much

      Time            Sev      Sid  Attacker → victim                  Count  Message
      01-02 03:04:05    1  9100002  2001:db8::1 → 10.0.0.2                 1  brute force
          100@pbx: 203.0.113.9 (source of the BYE)
      01-02 03:04:05    2  9100001  203.0.113.9 → 10.0.0.0 and 4 more      5  enumeration
          100@pbx: 203.0.113.9 (source of the BYE)

      By rule
             1  9100002    brute force
             5  9100001    enumeration

      By attacker
             1  2001:db8::1 (9100002)
             5  203.0.113.9 (9100001)

      Records lost for eve.json: 1
      "
    `);
  });

  it("says how many matches are behind the alerts, from all records of their incidents", () => {
    const tally = new AlertTally();
    tally.add(alertOf(), "");
    tally.add(alertOf({ srcIp: "192.0.2.7" }), "");
    tally.incident(incidentOf({ state: "update", newCount: 700 }));
    tally.incident(incidentOf({ newCount: 534 }));
    tally.incident(incidentOf({ srcIp: "192.0.2.99", newCount: 5 }));
    const facts = factsOf({ tally });
    const text = summaryText(summaryOf(facts), tally.groups(), { isColored: false, width: 0 });
    expect(text).toMatch(/Alerts {2}Matches {2}Message/);
    expect(text).toMatch(/203\.0\.113\.9 → 10\.0\.0\.2 +1 +1,234 {2}SIPSENTRY/);
    expect(text).toMatch(/192\.0\.2\.7 → 10\.0\.0\.2 +1 +1 {2}SIPSENTRY/);
    expect(summaryOf(facts).alerts).toMatchObject({
      total: 2,
      by_rule: [{ sid: 9_100_001, count: 2, matches: 1_239 }],
    });
  });

  it("names the capture of each row when there are several, but none that time passing raised", () => {
    const facts = factsOf();
    const tally = new AlertTally();
    tally.add(alertOf({ srcIp: "192.0.2.1" }), "pcaps/a.pcap");
    tally.add(alertOf({ srcIp: "192.0.2.2", packetNumber: 0 }), "");
    tally.add(alertOf({ srcIp: "192.0.2.3" }), "pcaps/b.pcap");
    const text = summaryText(summaryOf(facts), tally.groups(), { isColored: false, width: 0 });
    expect(text).toMatch(/192\.0\.2\.1 .* a\.pcap {3}SIPSENTRY/);
    expect(text).toMatch(/192\.0\.2\.2 .* 1 {11}SIPSENTRY/);
    expect(text).toMatch(/192\.0\.2\.3 .* b\.pcap {3}SIPSENTRY/);
  });

  it("fits a narrow terminal and is coloured only when asked", () => {
    const facts = factsOf();
    facts.tally.add(alertOf({ signature: severity(3, 9_100_003, "x".repeat(300)) }), "");
    const groups = facts.tally.groups();
    const plain = summaryText(summaryOf(facts), groups, { isColored: false, width: 100 });
    for (const line of plain.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(plain).not.toContain("\x1b");
    expect(summaryText(summaryOf(facts), groups, { isColored: true, width: 100 })).toContain(
      "\x1b[",
    );
  });

  it("lets no alert steer the terminal", () => {
    const facts = factsOf();
    facts.tally.add(alertOf({ signature: severity(3, 9_100_003, "a\x1b]0;b\x07\r\nc\u202e") }), "");
    const text = summaryText(summaryOf(facts), facts.tally.groups(), {
      isColored: false,
      width: 0,
    });
    expect(text).toContain("a?]0;b???c?");
  });
});

describe("tally", () => {
  it("stays bounded under spoofed sources and still counts every rule exactly", () => {
    const tally = new AlertTally(10);
    for (let i = 0; i < 1000; i++) tally.add(alertOf({ srcIp: `198.51.${i >> 8}.${i & 255}` }), "");
    expect(tally.total).toBe(1000);
    expect(tally.groups()).toHaveLength(10);
    expect(tally.use).toMatchObject({ size: 10, capacity: 10, evictions: 990 });
    expect(tally.byRule()[0]?.count).toBe(1000);
  });

  it("knows the worst severity", () => {
    expect(new AlertTally().worst).toBe(Number.POSITIVE_INFINITY);
    expect(factsOf().tally.worst).toBe(1);
  });
});
