import { jsonLine } from "../eve/eve-text.ts";
import { callAccount, callAgent, callEvent, callMessage, callUsers } from "./ecs-call.ts";
import { ecsThreat } from "./ecs-threat.ts";
import { EveRecord, rfc3339 } from "./eve-record.ts";

/** Version of the Elastic Common Schema that the fields below are from. */
export const ECS_VERSION = "8.17.0";

type Fields = Record<string, unknown>;

/** EVE fields that have their place in ECS; all others stay as they are, under `sipsentry`. */
const MOVED: ReadonlySet<string> = new Set([
  "timestamp",
  "src_ip",
  "src_port",
  "dest_ip",
  "dest_port",
  "proto",
  "ip_v",
  "app_proto",
  "community_id",
  "host",
  "in_iface",
  "vlan",
]);

/**
 * One EVE line as a line of the Elastic Common Schema, without a line feed. What ECS has a field for is in
 * that field; all that EVE has beyond is under `sipsentry`, which is ours to name. A line that is no EVE
 * record comes as `event.kind: pipeline_error` with the text in `event.original`.
 */
export function ecsLine(eveLine: string): string {
  const eve = EveRecord.parse(eveLine);
  if (eve === null) {
    return jsonLine({
      ecs: { version: ECS_VERSION },
      event: { kind: "pipeline_error", module: "sipsentry", original: eveLine },
      message: "not an EVE record",
    });
  }
  return jsonLine(
    withoutEmpty({
      "@timestamp": rfc3339(eve.text("timestamp")),
      ecs: { version: ECS_VERSION },
      message: messageOf(eve),
      event: eventOf(eve),
      rule: ruleOf(eve),
      threat: ecsThreat(eve),
      source: endOf(eve, "src"),
      destination: endOf(eve, "dest"),
      network: networkOf(eve),
      observer: observerOf(eve),
      user: withoutEmpty({ name: userOf(eve) }),
      user_agent: withoutEmpty({ original: eve.text("voip", "user_agent") || callAgent(eve) }),
      url: withoutEmpty({ original: eve.text("sip", "uri") }),
      related: relatedOf(eve),
      sipsentry: eve.without(MOVED),
    }),
  );
}

function eventOf(eve: EveRecord): Fields {
  const type = eve.text("event_type");
  const isAlert = type === "alert";
  const isDetection = isAlert || type === "incident" || type === "case";
  return withoutEmpty({
    kind: isAlert ? "alert" : type === "stats" ? "metric" : "event",
    category: isDetection ? ["network", "intrusion_detection"] : ["network"],
    // A sensor that only listens lets everything pass.
    type: [isDetection && eve.text("alert", "action") === "allowed" ? "allowed" : "info"],
    module: "sipsentry",
    dataset: `sipsentry.${type || "unknown"}`,
    id: eve.text("voip", "alert_id"),
    code: eve.text("voip", "event"),
    action: actionOf(eve),
    severity: eve.number("alert", "severity") ?? eve.number("case", "severity"),
    reason: reasonOf(eve),
    sequence: eve.number("incident", "sequence") ?? eve.number("case", "sequence"),
    start: rfc3339(firstText(eve, "start", "incident", "case", "flow")),
    end: rfc3339(firstText(eve, "end", "incident", "case", "flow")),
    duration: nanoseconds(
      eve.number("incident", "duration") ??
        eve.number("case", "duration") ??
        eve.number("call", "duration"),
    ),
    ...callEvent(eve),
  });
}

function actionOf(eve: EveRecord): string {
  const state = eve.text("incident", "state");
  if (state !== "") return `incident_${state}`;
  if (eve.text("case", "state") !== "") return `case_${eve.text("case", "state")}`;
  const [attack = "none"] = eve.texts("alert", "metadata", "attack");
  return attack === "none" ? "" : attack;
}

/** What contradicts what, in words; or why an incident was closed. */
function reasonOf(eve: EveRecord): string {
  const reasons = eve
    .records("evidence")
    .map(
      (item) =>
        `${item.text("what")}: expected ${item.text("expected") || "none"}, seen ${item.text("seen")}`,
    );
  const story = eve.texts("case", "story");
  return reasons.join("; ") || story.join(" ") || eve.text("incident", "reason");
}

function messageOf(eve: EveRecord): string {
  const signature = eve.text("alert", "signature");
  const count = eve.number("incident", "count");
  if (count === undefined) {
    return signature || eve.text("case", "title") || callMessage(eve) || eve.text("event_type");
  }
  const seconds = Math.round(eve.number("incident", "duration") ?? 0);
  return `${signature}: ${count} matches in ${seconds} s, incident ${eve.text("incident", "state")}`;
}

function ruleOf(eve: EveRecord): Fields {
  const [reference = ""] = eve.texts("alert", "references");
  return withoutEmpty({
    id: decimal(eve.number("alert", "signature_id")),
    name: eve.text("alert", "signature"),
    category: eve.text("alert", "category"),
    version: decimal(eve.number("alert", "rev")),
    reference,
  });
}

function endOf(eve: EveRecord, end: "src" | "dest"): Fields {
  const ip = eve.text(`${end}_ip`);
  const note = eve.records("addresses").find((one) => one.text("ip") === ip);
  return withoutEmpty({
    ...{ address: ip, ip, port: eve.number(`${end}_port`) },
    domain: note?.text("name"),
    // ECS has hyphens and capitals (RFC 7042 2.1).
    mac: note?.text("mac").replaceAll(":", "-").toUpperCase(),
    geo: withoutEmpty({ country_iso_code: note?.text("country") }),
    as: withoutEmpty({
      number: note?.number("asn"),
      organization: withoutEmpty({ name: note?.text("as_org") }),
    }),
  });
}

function networkOf(eve: EveRecord): Fields {
  const version = eve.number("ip_v");
  const [vlan] = eve.numbers("vlan");
  const protocol = eve.text("app_proto");
  return withoutEmpty({
    transport: eve.text("proto").toLowerCase(),
    type: version === undefined ? "" : `ipv${version}`,
    protocol: protocol === "failed" ? "" : protocol,
    community_id: eve.text("community_id"),
    vlan: withoutEmpty({ id: decimal(vlan) }),
    packets: sum(eve.number("flow", "pkts_toserver"), eve.number("flow", "pkts_toclient")),
    bytes: sum(eve.number("flow", "bytes_toserver"), eve.number("flow", "bytes_toclient")),
  });
}

function observerOf(eve: EveRecord): Fields {
  return withoutEmpty({
    vendor: "sipsentry",
    product: "sipsentry",
    type: "ids",
    name: eve.text("host"),
    ingress: withoutEmpty({ interface: withoutEmpty({ name: eve.text("in_iface") }) }),
  });
}

/** The account that an alert is about is `user@realm`; what it says of itself comes after. */
function userOf(eve: EveRecord): string {
  const account = eve.text("voip", "account") || callAccount(eve);
  const at = account.indexOf("@");
  return (at < 0 ? account : account.slice(0, at)) || eve.text("voip", "from_user");
}

function relatedOf(eve: EveRecord): Fields {
  return withoutEmpty({
    ip: distinct([eve.text("src_ip"), eve.text("dest_ip"), ...eve.texts("incident", "dest_ips")]),
    user: distinct([
      userOf(eve),
      eve.text("voip", "from_user"),
      eve.text("voip", "to_user"),
      eve.text("voip", "account") || callAccount(eve),
      ...callUsers(eve),
      eve.text("voip", "aor"),
      ...eve.texts("incident", "accounts"),
    ]),
  });
}

/** The field in the first of these objects that has it. */
function firstText(eve: EveRecord, field: string, ...objects: readonly string[]): string {
  for (const name of objects) {
    const text = eve.text(name, field);
    if (text !== "") return text;
  }
  return "";
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== ""))];
}

function decimal(value: number | undefined): string {
  return value === undefined ? "" : String(value);
}

function nanoseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1e6) * 1_000;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** ECS leaves out what is not known. */
function withoutEmpty(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "") return true;
  if (typeof value !== "object" || value === null) return false;
  return (Array.isArray(value) ? value : Object.keys(value)).length === 0;
}
