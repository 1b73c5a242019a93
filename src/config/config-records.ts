import * as z from "zod";
import { choice, entries, flag, text, whole } from "./config-fields.ts";

/** Options of what alerts become and say: incidents, cases, evidence, names of addresses, masks. */

export const incidentsSection = () =>
  z.strictObject({
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
    updateMaxS: whole(3_600, "seconds", "longest time between two updates", {
      min: 1,
      max: 604_800,
    }),
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

export const casesSection = () =>
  z.strictObject({
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

export const evidenceSection = () =>
  z.strictObject({
    dir: text("", "folder for the packets behind alerts, as ALERT_ID.pcap; empty keeps none"),
    ringMib: whole(64, "MiB", "recent packets kept in memory, for what came before an alert", {
      min: 1,
      max: 2_048,
    }),
    mediaBytes: whole(
      0,
      "bytes",
      "kept of each media packet; 0 keeps all, 96 headers but no voice",
      {
        max: 262_144,
      },
    ),
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

export const addressesSection = () =>
  z.strictObject({
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

export const privacySection = () =>
  z.strictObject({
    secrets: flag(true, "mask digest responses, nonces and tried passwords in alerts"),
    numbers: choice(
      IDENTITY,
      "keep",
      "telephone numbers in alerts (partial hides the last digits)",
    ),
    users: choice(IDENTITY, "keep", "user names in alerts (partial keeps the first character)"),
    hashKeyFile: text("", "file with the key of hash, so that equal names stay equal over sensors"),
  });
