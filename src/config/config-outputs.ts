import * as z from "zod";
import { choice, entries, flag, milliseconds, text, texts, whole } from "./config-fields.ts";

/** Options of network outputs, and of the spool before them. */

/** EVE is Suricata's shape; ECS is the Elastic Common Schema. */
const FORMATS = ["eve", "ecs"] as const;

export const kafkaSection = () =>
  z.strictObject({
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
    tlsCa: text(
      "",
      "file with the certificate authorities to trust, PEM; empty takes the system's",
    ),
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

export const syslogSection = () =>
  z.strictObject({
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
    tlsCa: text(
      "",
      "file with the certificate authorities to trust, PEM; empty takes the system's",
    ),
    tlsCert: text("", "file with the client's certificate, PEM"),
    tlsKey: text("", "file with the client's private key, PEM"),
  });

export const webhookSection = () =>
  z.strictObject({
    format: choice(FORMATS, "eve", "shape of each record"),
    body: choice(["ndjson", "array"], "ndjson", "body: a JSON line a record, or one JSON array"),
    batchRecords: whole(100, "records", "most records in one request", { min: 1, max: 10_000 }),
    timeoutMs: milliseconds(10_000, "time the receiver has to answer"),
    authorizationFile: text("", "file with the value of the Authorization header"),
    tlsCa: text(
      "",
      "file with the certificate authorities to trust, PEM; empty takes the system's",
    ),
  });

export const notifySection = () =>
  z.strictObject({
    severityMax: whole(2, "severity", "cases up to this severity are told (1 is the highest)", {
      min: 1,
      max: 4,
    }),
    quiet: text("", "hours in which less is told, such as 22:00-07:00; empty: none"),
    quietSeverityMax: whole(
      1,
      "severity",
      "in these hours only cases up to this severity are told",
      {
        min: 1,
        max: 4,
      },
    ),
    timezone: text("UTC", "zone of these hours, such as Europe/Berlin"),
    routingKeyFile: text("", "file with the integration key of PagerDuty's service"),
    matrixTokenFile: text("", "file with the access token of the Matrix user who sends"),
  });

export const mailSection = () =>
  z.strictObject({
    from: text("", "sender's address of mail about cases, such as sipsentry@example.com"),
    username: text("", "user name of the login at the mail server"),
    passwordFile: text("", "file that holds the password"),
    startTls: choice(
      ["required", "offered", "never"],
      "required",
      "mail+smtp://: encrypt (RFC 3207); offered takes a server without it, such as a relay on this host, but sends no login there",
    ),
    tlsCa: text(
      "",
      "file with the certificate authorities to trust, PEM; empty takes the system's",
    ),
    timeoutMs: milliseconds(10_000, "time the mail server has to answer"),
  });

export const banFeedSection = () =>
  z.strictObject({
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

export const spoolSection = () =>
  z.strictObject({
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
