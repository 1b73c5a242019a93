import * as z from "zod";
import { BUFFER_MIB_DEFAULT, BUFFER_MIB_MAX, SNAPLEN_DEFAULT } from "../capture/live-capture.ts";
import { BASELINE_KEYS_MAX } from "../detect/baselines/baselines.ts";
import { type CounterLimits, DEFAULT_COUNTER_LIMITS } from "../detect/counters/counter-budget.ts";
import type { RuleVariables } from "../detect/rules/variables.ts";
import { DEFAULT_TRACK_SETTINGS, type TrackSettings } from "../track/settings.ts";
import { datasetsSection } from "./config-datasets.ts";
import { eveSection } from "./config-eve.ts";
import { entries, flag, listenAt, milliseconds, text, texts, whole } from "./config-fields.ts";
import { numbersSection } from "./config-numbers.ts";
import { metricsSection, operationSection, watchdogSection } from "./config-operation.ts";
import {
  banFeedSection,
  kafkaSection,
  mailSection,
  notifySection,
  spoolSection,
  syslogSection,
  webhookSection,
} from "./config-outputs.ts";
import { policySection } from "./config-policy.ts";
import {
  addressesSection,
  casesSection,
  evidenceSection,
  incidentsSection,
  privacySection,
} from "./config-records.ts";
import { rulesSection, varsSection } from "./config-rules.ts";

/**
 * Everything a user can set, with unit, default and meaning; `sipsentry config check
 * --print-options` lists it. To add an option, add one line to the schema below.
 */

const T = DEFAULT_TRACK_SETTINGS;

const MEMORY_MIB_DEFAULT = 1024;

const limitsSection = () =>
  z.strictObject({
    memoryMib: whole(
      MEMORY_MIB_DEFAULT,
      "MiB",
      "resident memory that the process stays under, whatever is sent; the sizes below are for 1024 and scale with it",
      {
        min: 256,
        max: 1_048_576,
      },
    ),
    flowsMax: entries(262_144, "flows (five-tuples): UDP, and TCP with SIP"),
    connectionsMax: entries(32_768, "TCP connections that are looked into for SIP"),
    hostsMax: entries(T.hostsMax, "hosts whose role (client, server, proxy) is remembered"),
    transactionsMax: entries(T.transactionsMax, "SIP transactions (RFC 3261 17)"),
    callsMax: entries(T.callsMax, "calls with their dialogs (RFC 3261 12)"),
    accountsMax: entries(T.accountsMax, "accounts whose logins are followed"),
    streamsMax: entries(T.streamsMax, "RTP streams"),
    endpointsMax: entries(T.endpointsMax, "media endpoints that SDP announced"),
    thresholdKeysMax: entries(
      DEFAULT_COUNTER_LIMITS.keysMax,
      "keys counted by thresholds, detection filters and ratios, over all rules",
    ),
    thresholdValuesMax: entries(
      DEFAULT_COUNTER_LIMITS.valuesMax,
      "distinct values remembered for unique_on, over all rules and keys",
    ),
    baselineKeysMax: entries(BASELINE_KEYS_MAX, "keys that baseline rules learn, over all rules"),
  });

const trackSection = () =>
  z.strictObject({
    challengeWaitMs: milliseconds(
      T.challengeWaitMs,
      "time a client has to answer a challenge before it counts as abandoned",
    ),
    unansweredWaitMs: milliseconds(
      T.unansweredWaitMs,
      "time a request may stay without any response",
    ),
    authSettleMs: milliseconds(
      T.authSettleMs,
      "a rejected credential that succeeds within this time was a refresh",
    ),
    callIdleMs: milliseconds(
      T.callIdleMs,
      "a call without any message is forgotten after this time",
    ),
    callLingerMs: milliseconds(
      T.callLingerMs,
      "an ended call is remembered this long, to see what goes on after it",
    ),
  });

const captureSection = () =>
  z.strictObject({
    snaplen: whole(SNAPLEN_DEFAULT, "bytes", "longest part of a packet that live captures", {
      min: 64,
      max: SNAPLEN_DEFAULT,
    }),
    bufferMib: whole(BUFFER_MIB_DEFAULT, "MiB", "kernel buffer of live, for each interface", {
      min: 1,
      max: BUFFER_MIB_MAX,
    }),
    keyLog: text(
      "",
      "NSS key log of the TLS servers or clients (SSLKEYLOGFILE): SIP over TLS 1.2 and 1.3 is opened with it, live as the file grows; --keylog overrides it",
    ),
    promiscuous: flag(
      true,
      "live captures what is addressed to others too; a mirror port needs it",
    ),
    dedupMs: whole(
      5,
      "ms",
      "copies of a packet within this time are one (mirror ports show packets twice); 0 keeps copies",
      { max: 1_000 },
    ),
    dedupCopiesMax: whole(
      3,
      "copies",
      "beyond this many copies within dedupMs, packets are repetitions and count",
      { min: 1, max: 64 },
    ),
  });

const baselineSection = () =>
  z.strictObject({
    file: text(
      "",
      "file in which what baseline rules have learned is kept over restarts; empty keeps it in memory only",
    ),
    saveS: whole(3_600, "seconds", "live: time between two writes of that file", {
      min: 60,
      max: 86_400,
    }),
  });

const hepSection = () =>
  z.strictObject({
    listen: listenAt(
      "",
      "live: take HEP of capture agents here, UDP and TCP: HOST:PORT; --hep overrides it",
    ),
    key: text("", "auth key that HEP version 3 has to name (chunk 14); empty takes any"),
  });

const makeSchema = () =>
  z
    .strictObject({
      vars: varsSection().prefault({}),
      limits: limitsSection().prefault({}),
      track: trackSection().prefault({}),
      policy: policySection().prefault({}),
      numbers: numbersSection().prefault({}),
      capture: captureSection().prefault({}),
      hep: hepSection().prefault({}),
      eve: eveSection().prefault({}),
      rules: rulesSection().prefault({}),
      datasets: datasetsSection(),
      baseline: baselineSection().prefault({}),
      outputs: texts(
        "where alerts go, beside --eve: eve:FILE, ecs:FILE, kafka://HOST:PORT,.../TOPIC, syslog://HOST:PORT, syslog+tcp://, syslog+tls://, http(s)://..., slack+https://, teams+https://, pagerduty+https://, matrix+https://, mail+smtp://, case+https://, ban:FILE; behind TYPES= it gets these records only, as case=kafka://... or alert,call=eve:FILE",
      ),
      kafka: kafkaSection().prefault({}),
      syslog: syslogSection().prefault({}),
      webhook: webhookSection().prefault({}),
      notify: notifySection().prefault({}),
      mail: mailSection().prefault({}),
      ban: banFeedSection().prefault({}),
      spool: spoolSection().prefault({}),
      incidents: incidentsSection().prefault({}),
      cases: casesSection().prefault({}),
      evidence: evidenceSection().prefault({}),
      addresses: addressesSection().prefault({}),
      privacy: privacySection().prefault({}),
      metrics: metricsSection().prefault({}),
      watchdog: watchdogSection().prefault({}),
      operation: operationSection().prefault({}),
    })
    .prefault({});

export type Config = z.output<ReturnType<typeof makeSchema>>;

let schema: ReturnType<typeof makeSchema> | undefined;

/** Made when a file or an override has to be checked: a start with the defaults alone is done sooner than that. */
export function configSchema(): ReturnType<typeof makeSchema> {
  schema ??= makeSchema();
  return schema;
}

const MIB = 1_048_576;
/** One part in so many of the memory holds recent requests, to make texts from. */
const MESSAGES_SHARE = 32;

/** `defaultConfig()` as JSON, in what `npm run build` makes. */
declare const BUILT_DEFAULTS: string;

/** Each option at its default. */
export function defaultConfig(): Config {
  if (typeof BUILT_DEFAULTS === "string") return JSON.parse(BUILT_DEFAULTS) as Config;
  return configSchema().parse({});
}

/** What the trackers need; a setting that no option sets does not compile. */
export function trackSettingsOf(config: Config): TrackSettings {
  const { track, watchdog } = config;
  const messageBytesMax = Math.floor(config.limits.memoryMib / MESSAGES_SHARE) * MIB;
  return { ...scaledLimits(config), ...track, watchdog, messageBytesMax };
}

/** Sizes of tables are for the default of `memoryMib`; with another they shrink or grow alike. */
export function scaledLimits({ limits }: Config): Config["limits"] {
  const { memoryMib, ...sizes } = limits;
  const scaled = Object.entries(sizes).map(([name, size]) => [
    name,
    Math.max(1, Math.floor((size * memoryMib) / MEMORY_MIB_DEFAULT)),
  ]);
  return { memoryMib, ...(Object.fromEntries(scaled) as typeof sizes) };
}

/** What `$NAME` in the header of a rule stands for. */
export function ruleVariablesOf(config: Config): RuleVariables {
  return { addresses: config.vars.address, ports: config.vars.port };
}

/** Most keys and values that counters of rules hold, scaled as tables are. */
export function counterLimitsOf(config: Config): CounterLimits {
  const { baselineKeysMax, thresholdKeysMax, thresholdValuesMax } = scaledLimits(config);
  return { keysMax: thresholdKeysMax, valuesMax: thresholdValuesMax, baselineKeysMax };
}
