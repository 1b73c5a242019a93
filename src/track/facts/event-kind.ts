import { numbersOf } from "../../base/numbers-of.ts";
import { SIP_ANOMALY_NAMES } from "../../decode/sip/anomaly.ts";
import type { EventRow } from "./event-row.ts";
import { CALL_ROWS } from "./event-rows-call.ts";
import { CONTENT_ROWS } from "./event-rows-content.ts";
import { DIALOG_ROWS } from "./event-rows-dialog.ts";
import { IDENTITY_ROWS } from "./event-rows-identity.ts";
import { MEDIA_ROWS } from "./event-rows-media.ts";
import { NUISANCE_ROWS } from "./event-rows-nuisance.ts";
import { POLICY_ROWS } from "./event-rows-policy.ts";
import { REGISTRATION_ROWS } from "./event-rows-registration.ts";
import { RELAY_ROWS } from "./event-rows-relay.ts";
import { DECODE_ROWS, RULE_ROWS, SENSOR_ROWS } from "./event-rows-sensor.ts";
import { TRANSACTION_ROWS } from "./event-rows-transaction.ts";

/** In the order of their numbers. */
const ROWS = {
  ...TRANSACTION_ROWS,
  ...REGISTRATION_ROWS,
  ...DIALOG_ROWS,
  ...MEDIA_ROWS,
  ...CALL_ROWS,
  ...CONTENT_ROWS,
  ...IDENTITY_ROWS,
  ...NUISANCE_ROWS,
  ...POLICY_ROWS,
  ...RELAY_ROWS,
  ...SENSOR_ROWS,
  ...DECODE_ROWS,
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof ROWS | keyof typeof RULE_ROWS;

const ANOMALY_ROWS = SIP_ANOMALY_NAMES.map((name) => ({
  name: `sip.${name}`,
  about: "a SIP message that breaks its syntax; see decode/sip/anomaly.ts",
}));

/** Rows by number; index 0 is no event. SIP decode anomalies follow the table's rows. */
export const EVENT_ROWS: readonly EventRow[] = [
  { name: "", about: "" },
  ...Object.values<EventRow>(ROWS),
  ...ANOMALY_ROWS,
  ...Object.values<EventRow>(RULE_ROWS),
];

/** Kind of SIP anomaly bit 0; bit n has this number plus n. */
export const SIP_ANOMALY_KIND_BASE = 1 + Object.keys(ROWS).length;

const RULE_KIND_BASE = SIP_ANOMALY_KIND_BASE + ANOMALY_ROWS.length;

/** Number of each event kind, from 1. */
export const EventKind: { readonly [K in EventName]: number } = {
  ...numbersOf(Object.keys(ROWS) as (keyof typeof ROWS)[], 1),
  ...numbersOf(Object.keys(RULE_ROWS) as (keyof typeof RULE_ROWS)[], RULE_KIND_BASE),
};

const KINDS = new Map(EVENT_ROWS.flatMap(({ name }, kind) => (kind === 0 ? [] : [[name, kind]])));

/** By the name that `app-layer-event` has; undefined for none. */
export function eventKindOf(name: string): number | undefined {
  return KINDS.get(name);
}
