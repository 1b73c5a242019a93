import { SIP_ANOMALY_NAMES } from "../decode/sip/anomaly.ts";
import type { EventRow } from "./event-row.ts";
import { CALL_ROWS } from "./event-rows-call.ts";
import { DIALOG_ROWS } from "./event-rows-dialog.ts";
import { MEDIA_ROWS } from "./event-rows-media.ts";
import { DECODE_ROWS, RULE_ROWS, SENSOR_ROWS } from "./event-rows-sensor.ts";
import { TRANSACTION_ROWS } from "./event-rows-transaction.ts";

/** In the order of their numbers. */
const ROWS = {
  ...TRANSACTION_ROWS,
  ...DIALOG_ROWS,
  ...MEDIA_ROWS,
  ...CALL_ROWS,
  ...SENSOR_ROWS,
  ...DECODE_ROWS,
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof ROWS | keyof typeof RULE_ROWS;

/** Number of each event kind, from 1. */
export const EventKind = {} as { readonly [K in EventName]: number };
/** Rows by number; index 0 is no event. SIP decode anomalies follow the table's rows. */
export const EVENT_ROWS: EventRow[] = [{ name: "", about: "" }];
for (const [key, row] of Object.entries(ROWS)) {
  (EventKind as Record<string, number>)[key] = EVENT_ROWS.length;
  EVENT_ROWS.push(row);
}

/** Kind of SIP anomaly bit 0; bit n has this number plus n. */
export const SIP_ANOMALY_KIND_BASE = EVENT_ROWS.length;
for (const name of SIP_ANOMALY_NAMES) {
  EVENT_ROWS.push({
    name: `sip.${name}`,
    about: "a SIP message that breaks its syntax; see decode/sip/anomaly.ts",
  });
}
for (const [key, row] of Object.entries(RULE_ROWS)) {
  (EventKind as Record<string, number>)[key] = EVENT_ROWS.length;
  EVENT_ROWS.push(row);
}

export function eventKindOf(name: string): number | undefined {
  const kind = EVENT_ROWS.findIndex((row) => row.name === name);
  return kind > 0 ? kind : undefined;
}
