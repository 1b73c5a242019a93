import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IncidentRecord } from "../../../../src/detect/incidents/incident.ts";
import { EveWriter } from "../../../../src/emit/eve/eve.ts";
import { attackName } from "../../../../src/emit/outputs/attack-names.ts";
import { ECS_VERSION, ecsLine } from "../../../../src/emit/outputs/ecs.ts";
import { bundledCaptures } from "../../../support/bundled-captures.ts";
import { runFiles } from "../../../support/run-capture.ts";
import {
  alertOf,
  CALL_RECORD,
  FLOW_RECORD,
  HEADER,
  SETTINGS,
  SIP_RECORD,
  STATS_RECORD,
} from "../records.ts";

/** The fields that we use, with their types in ECS 8.17 (ecs_flat.yml). */
const ECS_FIELDS: Readonly<Record<string, "text" | "integer" | "ip" | "date">> = {
  "@timestamp": "date",
  message: "text",
  "ecs.version": "text",
  "event.kind": "text",
  "event.category": "text",
  "event.type": "text",
  "event.module": "text",
  "event.dataset": "text",
  "event.id": "text",
  "event.code": "text",
  "event.action": "text",
  "event.outcome": "text",
  "event.severity": "integer",
  "event.reason": "text",
  "event.sequence": "integer",
  "event.start": "date",
  "event.end": "date",
  "event.duration": "integer",
  "event.original": "text",
  "rule.id": "text",
  "rule.name": "text",
  "rule.category": "text",
  "rule.version": "text",
  "rule.reference": "text",
  "threat.framework": "text",
  "threat.tactic.id": "text",
  "threat.tactic.name": "text",
  "threat.tactic.reference": "text",
  "threat.technique.id": "text",
  "threat.technique.name": "text",
  "threat.technique.reference": "text",
  "threat.technique.subtechnique.id": "text",
  "threat.technique.subtechnique.name": "text",
  "threat.technique.subtechnique.reference": "text",
  "source.address": "text",
  "source.ip": "ip",
  "source.port": "integer",
  "destination.address": "text",
  "destination.ip": "ip",
  "destination.port": "integer",
  "network.transport": "text",
  "network.type": "text",
  "network.protocol": "text",
  "network.community_id": "text",
  "network.vlan.id": "text",
  "network.packets": "integer",
  "network.bytes": "integer",
  "observer.vendor": "text",
  "observer.product": "text",
  "observer.type": "text",
  "observer.name": "text",
  "observer.ingress.interface.name": "text",
  "user.name": "text",
  "user_agent.original": "text",
  "url.original": "text",
  "related.ip": "ip",
  "related.user": "text",
};

const IP = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

const IS_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string" && value !== "",
  integer: (value) => Number.isSafeInteger(value),
  ip: (value) => typeof value === "string" && IP.test(value),
  date: (value) => typeof value === "string" && DATE.test(value),
};

type Fields = Readonly<Record<string, unknown>>;

const parse = (line: string) => JSON.parse(line) as Fields;
const ecs = (line: string) => parse(ecsLine(line));

/** Leaves by dotted path; the values of a list count as its own. */
function leaves(value: unknown, path = ""): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, path));
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, item]) =>
    leaves(item, path === "" ? name : `${path}.${name}`),
  );
}

function expectKnownFields(fields: Fields): void {
  for (const [path, value] of leaves(fields)) {
    if (path.startsWith("sipsentry.")) continue;
    const type = ECS_FIELDS[path];
    expect(type, `${path} is no field of ECS that this test knows`).toBeDefined();
    expect(IS_TYPE[type ?? ""]?.(value), `${path} = ${String(value)}`).toBe(true);
  }
}

const writer = new EveWriter({
  ...SETTINGS,
  communityId: true,
  sensor: "sensor1",
  interfaceName: "eth1",
  isReplay: false,
});

const INCIDENT: IncidentRecord = {
  ...HEADER,
  vlan: 7,
  alertId: "11112222333344445555666677778888",
  incidentId: "00112233445566778899aabbccddeeff",
  signature: {
    ...alertOf().signature,
    metadata: { mitre_tactic_id: ["TA0006"], mitre_technique_id: ["T1110.001"], attack: ["x"] },
  },
  appProto: "sip",
  state: "closed",
  reason: "idle",
  sequence: 3,
  startUs: 1_577_934_245_000_042,
  endUs: 1_577_934_345_500_042,
  count: 4_321,
  newCount: 21,
  folded: 17,
  peak: { count: 900, seconds: 60, startUs: 1_577_934_250_000_000 },
  track: "by_client",
  key: "203.0.113.9",
  callIds: ["1@a"],
  accounts: ["100@pbx"],
  destIps: ["10.0.0.2", "10.0.0.3"],
  top: {},
};

describe(`ECS ${ECS_VERSION}`, () => {
  it("of a call: start, end, outcome, account, and a line for people", () => {
    const fields = ecs(writer.call(CALL_RECORD).toString());
    expectKnownFields(fields);
    expect(fields).toMatchObject({
      message: "call from 201 to +9601234567 ended after 13 s",
      event: {
        kind: "event",
        type: ["connection", "end"],
        action: "call_ended",
        outcome: "success",
        start: "2020-01-02T03:04:10.000000Z",
        end: "2020-01-02T03:04:22.500000Z",
        duration: 12_500_000_000,
        reason: "200 OK",
      },
      user: { name: "201" },
      user_agent: { original: "Yealink" },
    });
    const failed = ecs(
      writer.call({ ...CALL_RECORD, state: "failed", code: 404, answerUs: 0 }).toString(),
    );
    expect(failed.event).toMatchObject({ action: "call_failed", outcome: "failure" });
  });

  it("of a registration", () => {
    const { alertIds: _, ...header } = CALL_RECORD;
    const line = writer.registration({
      ...header,
      ...{ state: "refused", account: "201@10.0.0.2", aor: "201@pbx", contact: "", userAgent: "x" },
      ...{ expiresS: 0, code: 403, reason: "Forbidden", previousIp: "", previousPort: 0 },
    });
    const fields = ecs(line);
    expectKnownFields(fields);
    expect(fields).toMatchObject({
      message: "registration of 201@pbx refused",
      event: { action: "registration_refused", outcome: "failure", reason: "403 Forbidden" },
      user: { name: "201" },
    });
  });

  it("of an alert, field by field", () => {
    const { sipsentry, ...fields } = ecs(writer.alert({ ...alertOf(), vlan: 7 }));
    expect(fields).toEqual({
      "@timestamp": "2020-01-02T03:04:05.000042Z",
      ecs: { version: "8.17.0" },
      message: "SIPSENTRY extension enumeration",
      event: {
        kind: "alert",
        category: ["network", "intrusion_detection"],
        type: ["allowed"],
        module: "sipsentry",
        dataset: "sipsentry.alert",
        id: "00112233445566778899aabbccddeeff",
        code: "sip.user_unknown",
        severity: 2,
        reason: "source of the BYE: expected 10.0.0.1 or 10.0.0.2, seen 203.0.113.9",
        start: "2020-01-02T03:04:00.000000Z",
      },
      rule: {
        id: "9100001",
        name: "SIPSENTRY extension enumeration",
        category: "Attempted Information Leak",
        version: "2",
        reference: "https://example.org/enum",
      },
      threat: {
        framework: "MITRE ATT&CK",
        technique: {
          id: ["T1087"],
          name: ["Account Discovery"],
          reference: ["https://attack.mitre.org/techniques/T1087/"],
        },
      },
      source: { address: "203.0.113.9", ip: "203.0.113.9", port: 5071 },
      destination: { address: "10.0.0.2", ip: "10.0.0.2", port: 5060 },
      network: {
        transport: "udp",
        type: "ipv4",
        protocol: "sip",
        community_id: expect.stringMatching(/^1:[A-Za-z0-9+/]{27}=$/),
        vlan: { id: "7" },
        packets: 39,
        bytes: 17_000,
      },
      observer: {
        vendor: "sipsentry",
        product: "sipsentry",
        type: "ids",
        name: "sensor1",
        ingress: { interface: { name: "eth1" } },
      },
      user: { name: "100" },
      user_agent: { original: "friendly-scanner" },
      url: { original: "sip:10.0.0.2" },
      related: { ip: ["203.0.113.9", "10.0.0.2"], user: ["100", "100@pbx"] },
    });
    expect(sipsentry).toMatchObject({
      event_type: "alert",
      flow_id: HEADER.flowId,
      voip: { call_id: "1@a", counter: { count: 20, track: "by_client" } },
      evidence: [{ what: "source of the BYE" }],
    });
  });

  it("of an incident, field by field", () => {
    const { sipsentry, ...fields } = ecs(writer.incident(INCIDENT));
    expect(fields).toEqual({
      "@timestamp": "2020-01-02T03:04:05.000042Z",
      ecs: { version: "8.17.0" },
      message: "SIPSENTRY extension enumeration: 4321 matches in 101 s, incident closed",
      event: {
        // Not an alert once more: a SIEM counts those.
        kind: "event",
        category: ["network", "intrusion_detection"],
        type: ["allowed"],
        module: "sipsentry",
        dataset: "sipsentry.incident",
        id: "11112222333344445555666677778888",
        action: "incident_closed",
        severity: 2,
        reason: "idle",
        sequence: 3,
        start: "2020-01-02T03:04:05.000042Z",
        end: "2020-01-02T03:05:45.500042Z",
        duration: 100_500_000_000,
      },
      rule: expect.objectContaining({ id: "9100001" }),
      threat: {
        framework: "MITRE ATT&CK",
        tactic: {
          id: ["TA0006"],
          name: ["Credential Access"],
          reference: ["https://attack.mitre.org/tactics/TA0006/"],
        },
        technique: {
          id: ["T1110"],
          name: ["Brute Force"],
          reference: ["https://attack.mitre.org/techniques/T1110/"],
          subtechnique: {
            id: ["T1110.001"],
            name: ["Password Guessing"],
            reference: ["https://attack.mitre.org/techniques/T1110/001/"],
          },
        },
      },
      source: { address: "203.0.113.9", ip: "203.0.113.9", port: 5071 },
      destination: { address: "10.0.0.2", ip: "10.0.0.2", port: 5060 },
      network: {
        transport: "udp",
        type: "ipv4",
        protocol: "sip",
        community_id: expect.any(String),
        vlan: { id: "7" },
      },
      observer: expect.objectContaining({ name: "sensor1" }),
      related: { ip: ["203.0.113.9", "10.0.0.2", "10.0.0.3"], user: ["100@pbx"] },
    });
    expect(sipsentry).toMatchObject({
      incident: { id: INCIDENT.incidentId, count: 4_321, state: "closed", peak: { count: 900 } },
    });
  });

  it.each([
    ["sip", writer.sip(SIP_RECORD), "event"],
    ["flow", writer.flow(FLOW_RECORD), "event"],
    ["stats", writer.stats(STATS_RECORD), "metric"],
  ])("of a %s record", (type, line, kind) => {
    const fields = ecs(line);
    expect(fields).toMatchObject({ event: { kind, dataset: `sipsentry.${type}`, type: ["info"] } });
    expectKnownFields(fields);
  });

  it("says what is no EVE record, and loses nothing of it", () => {
    expect(ecs("{ broken")).toEqual({
      ecs: { version: "8.17.0" },
      event: { kind: "pipeline_error", module: "sipsentry", original: "{ broken" },
      message: "not an EVE record",
    });
  });

  it("of whatever JSON is one line of JSON", () => {
    const values = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constant(null));
    const lists = fc.array(values, { maxLength: 3 });
    const some = fc.record(
      {
        timestamp: values,
        event_type: values,
        alert: fc.record({
          signature: values,
          severity: values,
          metadata: lists,
          references: lists,
        }),
        voip: fc.oneof(values, fc.record({ account: values, event: values })),
        incident: fc.oneof(values, fc.record({ duration: values, count: values, dest_ips: lists })),
        evidence: fc.array(fc.oneof(values, fc.record({ what: values, seen: values }))),
        vlan: lists,
        flow: values,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, (fields) => {
        const line = ecsLine(JSON.stringify(fields));
        expect(line).not.toMatch(/[\0-\x1f\x7f]/);
        const { ecs: version } = JSON.parse(line) as Fields;
        expect(version).toEqual({ version: ECS_VERSION });
      }),
    );
  });

  it("knows the name of every tactic and technique in our rules", () => {
    const folder = new URL("../../../../rules/", import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith(".rules"));
    const rules = files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
    const ids = [...rules.matchAll(/mitre_(?:tactic|technique)_id (\w[\w.]*)/g)].map(
      ([, id]) => id,
    );
    const unknown = ids.filter((id) => id !== "none" && attackName(id ?? "") === undefined);
    expect(ids.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });

  it("of every alert of the bundled attacks: known fields, and nothing of EVE is lost", async () => {
    let alerts = 0;
    for (const { isHealthy, name, path } of bundledCaptures()) {
      if (isHealthy || !/bruteforce\/|bye_spoof|rtp_inject|enum_options/.test(name)) continue;
      const { lines } = await runFiles([path]);
      for (const line of lines) {
        alerts++;
        const fields = ecs(line);
        expectKnownFields(fields);
        expectNothingLost(parse(line), fields);
      }
    }
    expect(alerts).toBeGreaterThan(20);
  });
});

/** Times and protocol names are written in another form; all other values are found again. */
function expectNothingLost(eve: Fields, fields: Fields): void {
  const values = new Set(leaves(fields).map(([, value]) => String(value)));
  for (const [path, value] of leaves(eve)) {
    if (["timestamp", "proto", "ip_v"].includes(path)) continue;
    expect(values.has(String(value)), `${path} = ${String(value)}`).toBe(true);
  }
}
