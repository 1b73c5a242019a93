import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_PLACE, packetPlace } from "../../../../src/capture/packet-place.ts";
import { EveWriter } from "../../../../src/emit/eve/eve.ts";
import { type EveSettings, eveTime } from "../../../../src/emit/eve/eve-header.ts";
import { SCHEMAS } from "../../../../src/emit/schemas.ts";
import {
  ANOMALY_RECORD,
  alertOf,
  CALL_RECORD,
  FLOW_RECORD,
  HEADER,
  incidentOf,
  SETTINGS,
  SIP_RECORD,
  STATS_RECORD,
} from "../records.ts";

const validate: ValidateFunction = new Ajv2020({ allErrors: true, strict: true }).compile(
  SCHEMAS.eve as object,
);

function expectValid(line: string): void {
  const ok = validate(JSON.parse(line));
  expect(validate.errors ?? [], line).toEqual([]);
  expect(ok).toBe(true);
}

function writer(changes: Partial<EveSettings> = {}): EveWriter {
  return new EveWriter({ ...SETTINGS, ...changes });
}

function keysOf(line: string): string[] {
  return Object.keys(JSON.parse(line));
}

describe("alert line", () => {
  const line = writer().alert(alertOf());

  it("has Suricata's fields in Suricata's order, then ours", () => {
    expect(keysOf(line)).toEqual([
      "timestamp",
      "flow_id",
      "pcap_cnt",
      "event_type",
      "src_ip",
      "src_port",
      "dest_ip",
      "dest_port",
      "proto",
      "ip_v",
      "pkt_src",
      "tx_id",
      "alert",
      "sip",
      "app_proto",
      "direction",
      "flow",
      "voip",
      "evidence",
    ]);
    expect(Object.keys(JSON.parse(line).alert)).toEqual([
      "action",
      "gid",
      "signature_id",
      "rev",
      "signature",
      "category",
      "severity",
      "references",
      "metadata",
    ]);
    expect(Object.keys(JSON.parse(line).sip)).toEqual(["method", "uri", "version", "request_line"]);
  });

  it("validates and says what fired", () => {
    expectValid(line);
    const record = JSON.parse(line);
    expect(record.timestamp).toBe("2020-01-02T03:04:05.000042+0000");
    expect(Object.keys(record.alert.metadata)).toEqual([
      "Attack",
      "confidence",
      "mitre_technique_id",
    ]);
    expect(record.voip).toEqual({
      schema: "voip/1.0",
      alert_id: "00112233445566778899aabbccddeeff",
      event: "sip.user_unknown",
      value: 404,
      call_id: "1@a",
      account: "100@pbx",
      from_user: "100",
      to_user: "100",
      user_agent: "friendly-scanner",
      counter: {
        type: "threshold",
        track: "by_client",
        key: "203.0.113.9",
        count: 20,
        seconds: 60,
        unique_on: "to_user",
        distinct: 20,
        ratio: 0.3333,
      },
    });
  });

  it("names the capture and the number of the packet there, and both tags", () => {
    const captureNames = () => ["a.pcap", 'b "x".pcap.gz'];
    const place = packetPlace(1, 4_000_000_001);
    const line = writer({ captureNames }).alert(alertOf({ place, vlan: 100, innerVlan: 7 }));
    expectValid(line);
    const record = JSON.parse(line);
    expect(record.pcap_cnt).toBe(4_000_000_001);
    expect(record.pcap_filename).toBe('b "x".pcap.gz');
    expect(record.vlan).toEqual([100, 7]);
    // Suricata has it last.
    expect(keysOf(line).at(-1)).toBe("pcap_filename");
    const nameless = writer({ captureNames: () => [] }).alert(alertOf({ place }));
    expect(keysOf(nameless)).not.toContain("pcap_filename");
    const live = writer({ isReplay: false }).alert(alertOf({ place }));
    expect(keysOf(live)).not.toContain("pcap_cnt");
  });

  it("leaves out what is unknown: no packet, no flow, no host, no protocol", () => {
    const bare = writer().alert(
      alertOf({
        packetNumber: 0,
        place: NO_PLACE,
        flowId: 0,
        srcIp: "",
        srcPort: 0,
        destIp: "",
        destPort: 0,
        proto: "",
        ipVersion: 0,
        appProto: "",
        direction: "",
        voip: {},
        evidence: [],
      }),
    );
    expectValid(bare);
    expect(keysOf(bare)).not.toContain("src_ip");
    expect(keysOf(bare)).not.toContain("pcap_cnt");
    expect(JSON.parse(bare).app_proto).toBe("failed");
  });

  it("names interface, VLAN, community id and sensor when told to", () => {
    const full = writer({
      interfaceName: "eth1",
      isReplay: false,
      communityId: true,
      sensor: "berlin-1",
    }).alert(alertOf({ vlan: 42 }));
    expectValid(full);
    expect(JSON.parse(full)).toMatchObject({ in_iface: "eth1", vlan: [42], host: "berlin-1" });
    expect(keysOf(full)).not.toContain("pcap_cnt");
    expect(keysOf(full).at(-1)).toBe("host");
  });

  it("shortens IPv6 addresses only when asked", () => {
    const alert = alertOf({ srcIp: "2001:0db8:0000:0000:0000:0000:0000:0001", ipVersion: 6 });
    expectValid(writer().alert(alert));
    expect(JSON.parse(writer().alert(alert)).src_ip).toBe(alert.srcIp);
    const short = writer({ ipv6Compress: true }).alert(alert);
    expectValid(short);
    expect(JSON.parse(short).src_ip).toBe("2001:db8::1");
  });
});

describe("incident line", () => {
  const line = writer().incident(incidentOf());

  it("has the rule and the ends of its opening alert, and an id of its own", () => {
    expectValid(line);
    expect(keysOf(line)).toEqual([
      "timestamp",
      "event_type",
      "src_ip",
      "src_port",
      "dest_ip",
      "dest_port",
      "proto",
      "ip_v",
      "alert",
      "app_proto",
      "incident",
      "voip",
    ]);
    const record = JSON.parse(line);
    expect(record.alert).toEqual(JSON.parse(writer().alert(alertOf())).alert);
    expect(record.voip).toEqual({
      schema: "voip/1.0",
      alert_id: "ffeeddccbbaa99887766554433221100",
    });
  });

  it("says how long, how much and when most", () => {
    expect(JSON.parse(line).incident).toEqual({
      id: "00112233445566778899aabbccddeeff",
      state: "closed",
      reason: "idle",
      sequence: 2,
      start: "2020-01-02T02:49:05.000042+0000",
      end: "2020-01-02T02:59:04.500042+0000",
      duration: 599.5,
      count: 180_000,
      new_count: 89_901,
      folded: 3,
      unique_on: "to_user",
      distinct: 4_096,
      distinct_cut: true,
      peak: { count: 18_000, seconds: 60, start: "2020-01-02T02:50:05.000042+0000" },
      track: "by_client",
      key: "203.0.113.9",
      call_ids: ["1@a", "2@a"],
      accounts: ["100@pbx"],
      dest_ips: ["10.0.0.2"],
      top: {
        sources: { distinct: 1, values: [{ value: "203.0.113.9", count: 180_000 }] },
        accounts: {
          distinct: 410,
          distinct_cut: true,
          values: [{ value: "100@10.0.0.2", count: 9 }],
        },
      },
    });
  });

  it("leaves out what is not there", () => {
    const {
      reason: _,
      distinct: __,
      ...rest
    } = incidentOf({ state: "update", track: "", key: "" });
    const bare = writer().incident({
      ...rest,
      callIds: [],
      accounts: [],
      destIps: [],
      top: {},
    });
    expectValid(bare);
    expect(Object.keys(JSON.parse(bare).incident)).toEqual([
      "id",
      "state",
      "sequence",
      "start",
      "end",
      "duration",
      "count",
      "new_count",
      "folded",
      "peak",
    ]);
  });
});

describe("the other records validate", () => {
  it("sip, with SDP in order and without media keys or passwords", () => {
    const line = writer().sip(SIP_RECORD);
    expectValid(line);
    expect(Object.keys(JSON.parse(line).sip)).toEqual([
      "version",
      "code",
      "reason",
      "sdp",
      "response_line",
    ]);
    expect(JSON.parse(line).sip.sdp.media_descriptions[0].attributes).toEqual([
      "rtpmap:0 PCMU/8000",
      "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[redacted]|2^20|1:4",
      "ice-pwd:[redacted]",
    ]);
    const keyed = { ...SIP_RECORD, sip: { sdp: { encryption_key: "clear:secret" } } };
    expect(writer().sip(keyed)).not.toContain("secret");
    const prompt = { ...SIP_RECORD, sip: { sdp: { encryption_key: "prompt" } } };
    expect(JSON.parse(writer().sip(prompt)).sip.sdp.encryption_key).toBe("prompt");
  });

  it("flow", () => {
    const line = writer().flow(FLOW_RECORD);
    expectValid(line);
    expect(JSON.parse(line)).toMatchObject({
      event_type: "flow",
      app_proto: "failed",
      flow: { age: 9, state: "established", reason: "shutdown", alerted: true },
    });
  });

  it("call", () => {
    const line = writer().call(CALL_RECORD).toString();
    expectValid(line);
    const { call } = JSON.parse(line);
    expect(call).toMatchObject({
      dialled: "009601234567",
      number: { e164: "+9601234567", calling_code: 960, country: "MV" },
      answered: "2020-01-02T03:04:10.000000+0000",
      duration: 12.5,
      hold_time: 2,
      mos: 4.1,
    });
    expect(call.streams[0]).toMatchObject({
      from: "caller",
      ssrc: "0xfedcba98",
      loss_percent: 2.44,
      jitter_ms: 3.22,
    });
    expect(call.streams[1]).not.toHaveProperty("mos");
  });

  it("call that is hardly known", () => {
    const times = { setupUs: 0, ringUs: 0, answerUs: 0, endUs: 0, durationUs: 0 };
    const nobody = { ip: "", port: 0, user: "", contact: "", agent: "" };
    const texts = { account: "", dialled: "", reason: "", callId: "" };
    const line = writer()
      .call({
        ...CALL_RECORD,
        ...{ ...times, ...texts, caller: nobody, callee: nobody, streams: [], alertIds: [] },
        ...{ codecs: [], encryption: "", hungUpBy: "", isPartial: true, holds: 0, code: 0 },
        ...{ dialledNumber: null, cost: null, state: "unanswered", why: "forgotten", agentMos: 0 },
      })
      .toString();
    expectValid(line);
    expect(JSON.parse(line).call).toEqual({
      ...{
        call_id: "",
        state: "unanswered",
        cause: "forgotten",
        caller: {},
        callee: {},
        partial: true,
      },
    });
  });

  it("calls that were only counted", () => {
    const line = writer().callCount({
      ...{ timeUs: 1_577_934_305_000_000, startUs: 1_577_934_245_000_000 },
      ...{ unanswered: 1_000_000, answered: 0, sources: [{ ip: "2001:db8::1", calls: 7 }] },
    });
    expectValid(line);
    expect(JSON.parse(line).call).toMatchObject({ state: "counted", unanswered_calls: 1_000_000 });
  });

  it("registration", () => {
    const { alertIds: _, ...header } = CALL_RECORD;
    const line = writer().registration({
      ...header,
      ...{ state: "moved", account: "201@10.0.0.2", aor: "201@pbx", contact: "<sip:201@10.0.0.9>" },
      ...{ userAgent: "", expiresS: 3600, code: 200, reason: "OK" },
      ...{ previousIp: "2001:db8::1", previousPort: 5060 },
    });
    expectValid(line);
    expect(JSON.parse(line).registration).toEqual({
      ...{ state: "moved", account: "201@10.0.0.2", aor: "201@pbx", contact: "<sip:201@10.0.0.9>" },
      ...{ expires: 3600, code: 200, reason: "OK" },
      previous: { ip: "2001:db8::1", port: 5060 },
    });
    const times = { timeUs: 1_577_934_305_000_000, startUs: 1_577_934_245_000_000 };
    expectValid(
      writer().registrationCount({
        ...{ ...times, accepted: 1, refused: 2, sources: [{ ip: "10.0.0.1", calls: 3 }] },
      }),
    );
  });

  it("message with its dialog and account", () => {
    const line = writer().sip(SIP_RECORD);
    expectValid(line);
    expect(JSON.parse(line).voip).toEqual({
      schema: "voip/1.0",
      ...{ call_id: "c1@10.0.0.1", from_tag: "f1", to_tag: "t1", cseq: 7, cseq_method: "INVITE" },
      ...{ from_user: "201", to_user: "202", account: "201@10.0.0.2" },
    });
  });

  it("anomaly", () => {
    expectValid(writer().anomaly(ANOMALY_RECORD));
    const { txId: _, ...decode } = ANOMALY_RECORD;
    const line = writer().anomaly({
      ...decode,
      type: "decode",
      appProto: "",
      event: "udp.truncated",
    });
    expectValid(line);
    expect(JSON.parse(line).anomaly).toEqual({ type: "decode", event: "udp.truncated" });
  });

  it("stats, at packet time", () => {
    const line = writer().stats(STATS_RECORD);
    expectValid(line);
    expect(JSON.parse(line)).toMatchObject({
      timestamp: "2020-01-02T03:04:05.000042+0000",
      stats: { uptime: 8, decoder: { pkts: 100 }, app_layer: { flow: { sip_udp: 2 } } },
      voip: { tables: { flows: { size: 7, capacity: 262_144, evictions: 0 } } },
    });
  });
});

describe("hostile text", () => {
  it("of any bytes gives one valid line of UTF-8 that steers no terminal", () => {
    const bytes = fc
      .uint8Array({ maxLength: 300 })
      .map((data) => Buffer.from(data).toString("latin1"));
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const line = writer({ textMax: 100 }).alert(
          alertOf({
            sip: { method: a, uri: b, requestLine: a },
            voip: { userAgent: a, callId: b, stream: a },
            evidence: [{ what: "x", expected: a, seen: b }],
          }),
        );
        expectValid(line);
        const party = { ip: "10.0.0.1", port: 1, user: a, contact: b, agent: a };
        const texts = { callId: a, account: b, dialled: b, reason: a, codecs: [a, b] };
        const ends = { caller: party, callee: party, assertedUser: a };
        const called = writer({ textMax: 100 })
          .call({ ...CALL_RECORD, ...texts, ...ends })
          .toString();
        expectValid(called);
        expect(called).not.toMatch(/[\u007f-\u009f\u202a-\u202e\n]/);
        expect(Buffer.from(line, "utf8").toString("utf8")).toBe(line);
        expect(line).not.toMatch(/[\0-\x1f\x7f-\x9f\u2028-\u202e]/);
        expect(JSON.parse(line).voip.user_agent?.length ?? 0).toBeLessThanOrEqual(100);
      }),
    );
  });

  it("is read as UTF-8 where it is valid UTF-8, else byte by byte", () => {
    const agent = (text: string) =>
      JSON.parse(writer().alert(alertOf({ voip: { userAgent: text } }))).voip.user_agent;
    expect(agent(Buffer.from("Grüße €").toString("latin1"))).toBe("Grüße €");
    expect(agent("Gr\xfc\xdfe")).toBe("Grüße");
  });

  it("is cut between characters", () => {
    const long = Buffer.from("€".repeat(100)).toString("latin1");
    const line = writer({ textMax: 64 }).alert(alertOf({ voip: { userAgent: long } }));
    expect(JSON.parse(line).voip.user_agent).toMatch(/^€{19,20}\.\.\.$/);
  });

  it("cannot make a list without end", () => {
    const attributes = Array.from({ length: 5000 }, () => "x");
    const line = writer().sip({ ...SIP_RECORD, sip: { sdp: { attributes } } });
    expect(JSON.parse(line).sip.sdp.attributes).toHaveLength(256);
  });
});

it("times that no clock could show stay within four digits of year", () => {
  expect(eveTime(0)).toBe("1970-01-01T00:00:00.000000+0000");
  expect(eveTime(-5)).toBe("1970-01-01T00:00:00.000000+0000");
  expect(eveTime(Number.NaN)).toBe("1970-01-01T00:00:00.000000+0000");
  expect(eveTime(1e30)).toBe("9999-12-31T23:59:59.000000+0000");
  expect(eveTime(HEADER.timeUs + 0.7)).toBe("2020-01-02T03:04:05.000042+0000");
});
