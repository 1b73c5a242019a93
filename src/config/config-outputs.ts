import * as z from "zod";
import { choice, entries, flag, milliseconds, text, texts, whole } from "./config-fields.ts";

/** Options of what happens after an alert is raised: incidents, evidence, delivery, metrics, operation. */

/** EVE is Suricata's shape; ECS is the Elastic Common Schema. */
const FORMATS = ["eve", "ecs"] as const;

export const Kafka = z.strictObject({
  topic: text("voip.alerts.v1", "topic, where the output names none"),
  clientId: text("sipsentry", "client id, as the broker's log and quotas show it"),
  format: choice(FORMATS, "eve", "shape of the record's value"),
  compression: choice(
    ["none", "gzip", "zstd"],
    "gzip",
    "compression of batches (zstd needs Node 22.15 or newer)",
  ),
  batchRecords: whole(1_000, "records", "most records in one request", { min: 1, max: 10_000 }),
  requestTimeoutMs: milliseconds(10_000, "time a broker has to answer"),
  tls: flag(false, "encrypt; implied by the other tls options"),
  tlsCa: text("", "file with the certificate authorities to trust, PEM; empty takes the system's"),
  tlsCert: text("", "file with the client's certificate, PEM"),
  tlsKey: text("", "file with the client's private key, PEM"),
  saslMechanism: choice(
    ["none", "plain", "scram-sha-256", "scram-sha-512"],
    "none",
    "how to log in (RFC 4616, RFC 5802)",
  ),
  saslUsername: text("", "user name of the login"),
  saslPasswordFile: text("", "file that holds the password; SIPSENTRY_KAFKA_PASSWORD works too"),
});

export const Syslog = z.strictObject({
  facility: choice(
    [
      "auth",
      "authpriv",
      "daemon",
      "local0",
      "local1",
      "local2",
      "local3",
      "local4",
      "local5",
      "local6",
      "local7",
    ],
    "local5",
    "facility (RFC 5424 6.2.1)",
  ),
  appName: text("sipsentry", "APP-NAME (RFC 5424 6.2.5)"),
  structuredId: text(
    "sipsentry@32473",
    "SD-ID of the fields before the message, NAME@ENTERPRISE (RFC 5424 6.3.2)",
  ),
  confirm: flag(
    true,
    "TCP and TLS: end the connection after each batch, which proves that it was read; without it a broken connection may lose alerts",
  ),
  format: choice(FORMATS, "eve", "shape of the message"),
  tlsCa: text("", "file with the certificate authorities to trust, PEM; empty takes the system's"),
  tlsCert: text("", "file with the client's certificate, PEM"),
  tlsKey: text("", "file with the client's private key, PEM"),
});

export const Webhook = z.strictObject({
  format: choice(FORMATS, "eve", "shape of each record"),
  body: choice(["ndjson", "array"], "ndjson", "body: a JSON line a record, or one JSON array"),
  batchRecords: whole(100, "records", "most records in one request", { min: 1, max: 10_000 }),
  timeoutMs: milliseconds(10_000, "time the receiver has to answer"),
  authorizationFile: text("", "file with the value of the Authorization header"),
  tlsCa: text("", "file with the certificate authorities to trust, PEM; empty takes the system's"),
});

export const Notify = z.strictObject({
  severityMax: whole(2, "severity", "cases up to this severity are told (1 is the highest)", {
    min: 1,
    max: 4,
  }),
  quiet: text("", "hours in which less is told, such as 22:00-07:00; empty: none"),
  quietSeverityMax: whole(1, "severity", "in these hours only cases up to this severity are told", {
    min: 1,
    max: 4,
  }),
  timezone: text("UTC", "zone of these hours, such as Europe/Berlin"),
  routingKeyFile: text("", "file with the integration key of PagerDuty's service"),
  matrixTokenFile: text("", "file with the access token of the Matrix user who sends"),
});

export const Mail = z.strictObject({
  from: text("", "sender's address of mail about cases, such as sipsentry@example.com"),
  username: text("", "user name of the login at the mail server"),
  passwordFile: text("", "file that holds the password"),
  startTls: choice(
    ["required", "offered", "never"],
    "required",
    "mail+smtp://: encrypt (RFC 3207); offered takes a server without it, such as a relay on this host, but sends no login there",
  ),
  tlsCa: text("", "file with the certificate authorities to trust, PEM; empty takes the system's"),
  timeoutMs: milliseconds(10_000, "time the mail server has to answer"),
});

export const BanFeed = z.strictObject({
  format: choice(
    ["json", "nftables", "fail2ban", "kamailio"],
    "json",
    "shape of the file of offenders",
  ),
  severityMax: whole(2, "severity", "alerts up to this severity ban (1 is the highest)", {
    min: 1,
    max: 4,
  }),
  confidence: choice(
    ["low", "medium", "high"],
    "high",
    "least confidence that a rule has to have in its metadata",
  ),
  attacks: texts("values of the metadata attack that ban", [
    "auth_bruteforce",
    "bruteforce_success",
    "password_spray",
    "sip_enumeration",
  ]),
  proof: flag(
    true,
    "only addresses that were proven to be the sender's own (a nonce issued to it, the To tag of an answer); false bans forged ones, too",
  ),
  dryRun: flag(false, "list nobody, and say who would be banned and why"),
  ttlS: whole(3_600, "seconds", "a ban ends this long after the last alert about the offender", {
    min: 1,
    max: 31_536_000,
  }),
  never: texts("addresses and networks (CIDR) that are never listed"),
  entriesMax: entries(65_536, "offenders in the file; beyond it the one that expires first goes"),
});

export const Spool = z.strictObject({
  dir: text(
    "",
    "folder where alerts wait for network outputs; empty is sipsentry-spool in the working directory for live, and for a replay one of its own that goes with it",
  ),
  maxMib: whole(1_024, "MiB", "size limit; at it the lowest severity is dropped first, counted", {
    min: 1,
    max: 1_048_576,
  }),
  segmentMib: whole(16, "MiB", "size of one file of the spool", { min: 1, max: 128 }),
  memoryMib: whole(64, "MiB", "alerts kept in memory while the disk is full", {
    min: 1,
    max: 4_096,
  }),
  syncMs: milliseconds(1_000, "time between two fsync calls: what a power failure may cost"),
  waitS: whole(
    30,
    "seconds",
    "replay: an output that acknowledges nothing for this long is no longer waited for",
    { min: 1, max: 86_400 },
  ),
});

export const Incidents = z.strictObject({
  fold: flag(
    true,
    "one alert a rule and offender while an attack goes on; further ones only count in its incident",
  ),
  idleS: whole(300, "seconds", "an attack that pauses this long has ended", {
    min: 1,
    max: 86_400,
  }),
  updateS: whole(
    60,
    "seconds",
    "first update after this time; each next one waits 4 times longer",
    {
      min: 1,
      max: 86_400,
    },
  ),
  updateMaxS: whole(3_600, "seconds", "longest time between two updates", { min: 1, max: 604_800 }),
  openMax: entries(16_384, "incidents that are open at once"),
  rulePerMinute: whole(
    600,
    "alerts",
    "alerts of one rule that are written in a minute of packet time, and as many again of proven sources; beyond, one record a minute says how many and from whom; 0 is no limit",
  ),
  severityPerMinute: whole(
    3_000,
    "alerts",
    "the same of all rules of one severity together; 0 is no limit",
  ),
});

export const Cases = z.strictObject({
  file: text(
    "",
    "live: file in which open cases are kept over restarts; empty closes them at the end of a run",
  ),
  saveS: whole(300, "seconds", "live: time between two writes of that file", {
    min: 10,
    max: 86_400,
  }),
  idleS: whole(86_400, "seconds", "a case without anything new for this long has ended", {
    min: 1,
    max: 2_592_000,
  }),
  updateS: whole(
    3_600,
    "seconds",
    "between two records that say how an open case has grown; of severity 3 each next one waits 4 times longer, up to a day",
    { min: 1, max: 604_800 },
  ),
  openMax: entries(4_096, "cases that are open at once"),
});

export const Evidence = z.strictObject({
  dir: text("", "folder for the packets behind alerts, as ALERT_ID.pcap; empty keeps none"),
  ringMib: whole(64, "MiB", "recent packets kept in memory, for what came before an alert", {
    min: 1,
    max: 2_048,
  }),
  mediaBytes: whole(0, "bytes", "kept of each media packet; 0 keeps all, 96 headers but no voice", {
    max: 262_144,
  }),
  packetsMax: whole(200, "packets", "packets before an alert, at most; and as many after it", {
    min: 1,
    max: 100_000,
  }),
  afterS: whole(10, "seconds", "packet time after an alert that still belongs to it", {
    max: 3_600,
  }),
  perRuleHour: whole(20, "files", "files that one rule may write in an hour of packet time", {
    min: 1,
    max: 100_000,
  }),
  totalMib: whole(1_024, "MiB", "size of all files; at it the oldest file goes", {
    min: 1,
    max: 1_048_576,
  }),
});

const IDENTITY = ["keep", "partial", "hash"] as const;

export const Addresses = z.strictObject({
  country: text(
    "",
    "MMDB file with countries of addresses, such as GeoLite2-Country.mmdb; empty: rules.geoip",
  ),
  asn: text("", "MMDB file with networks and their owners, such as GeoLite2-ASN.mmdb"),
  names: flag(true, "remember names that DNS answers in the traffic give to addresses"),
  vendors: text(
    "",
    "makers of network cards beside those of telephones, which are built in: IEEE's oui.csv or oui.txt, or Wireshark's manuf",
  ),
});

export const Privacy = z.strictObject({
  secrets: flag(true, "mask digest responses, nonces and tried passwords in alerts"),
  numbers: choice(IDENTITY, "keep", "telephone numbers in alerts (partial hides the last digits)"),
  users: choice(IDENTITY, "keep", "user names in alerts (partial keeps the first character)"),
  hashKeyFile: text("", "file with the key of hash, so that equal names stay equal over sensors"),
});

export const Metrics = z.strictObject({
  listen: text(
    "127.0.0.1:9790",
    "HOST:PORT of /metrics, /healthz, /readyz and /stats in live; empty turns them off",
  ),
});

export const Watchdog = z.strictObject({
  dropsPercent: whole(
    1,
    "percent",
    "share of packets dropped in a minute that raises sensor.drops",
    {
      max: 100,
    },
  ),
  silenceS: whole(60, "seconds", "no packet for this long raises sensor.silent; 0 never", {
    max: 86_400,
  }),
});

export const Operation = z.strictObject({
  user: text("", "user to become after the interfaces are open, when started as root"),
  group: text("", "group to become; empty is the user's own"),
  drainS: whole(3, "seconds", "a stop waits this long for network outputs", { max: 3_600 }),
  logFormat: choice(["text", "json"], "text", "messages on standard error"),
});
