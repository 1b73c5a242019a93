import { eveTime } from "./eve/eve-header.ts";
import { cleanText } from "./eve/eve-text.ts";
import type { NumberedCall } from "./phone-numbers.ts";

const TEXT_MAX = 512;
/** What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection); full-width forms too. */
const FORMULA = /^[\s'"]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** Nothing of this belongs into a cell: controls, and what turns the direction of a text. */
const CONTROL = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const FIELDS: readonly (readonly [name: string, value: (call: NumberedCall) => string | number])[] =
  [
    ["setup", ({ setupUs }) => time(setupUs)],
    ["ringing", ({ ringUs }) => time(ringUs)],
    ["answered", ({ answerUs }) => time(answerUs)],
    ["ended", ({ endUs }) => time(endUs)],
    ["duration_s", ({ answerUs, durationUs }) => (answerUs > 0 ? durationUs / 1e6 : "")],
    ["state", ({ state }) => state],
    ["cause", ({ why }) => why],
    ["code", ({ code }) => (code > 0 ? code : "")],
    ["hung_up_by", ({ hungUpBy }) => hungUpBy],
    ["account", ({ account }) => account],
    ["from_user", ({ caller }) => caller.user],
    ["dialled", ({ dialled }) => dialled],
    ["e164", ({ dialledNumber }) => dialledNumber?.e164 ?? ""],
    ["country", ({ dialledNumber }) => dialledNumber?.country ?? ""],
    ["to_user", ({ callee }) => callee.user],
    ["src_ip", ({ caller }) => caller.ip],
    ["dest_ip", ({ callee }) => callee.ip],
    ["contact", ({ caller }) => caller.contact],
    ["user_agent", ({ caller }) => caller.agent],
    ["callee_user_agent", ({ callee }) => callee.agent],
    ["codecs", ({ codecs }) => codecs.join(" ")],
    ["encryption", ({ encryption }) => encryption],
    ["packets", ({ streams }) => streams.reduce((sum, { packets }) => sum + packets, 0)],
    ["lost", ({ streams }) => streams.reduce((sum, { lost }) => sum + Math.max(0, lost), 0)],
    ["alerts", ({ alertIds }) => alertIds.length],
    ["call_id", ({ callId }) => callId],
    ["cost", ({ cost }) => cost?.amount ?? ""],
    ["currency", ({ cost }) => cost?.currency ?? ""],
  ];

/** The names of the columns (RFC 4180). */
export function csvHeader(): string {
  return FIELDS.map(([name]) => name).join(",");
}

/** One call as a line of CSV, without a line end. What a spreadsheet would run as a formula is made text by an apostrophe. */
export function csvLine(call: NumberedCall): string {
  return FIELDS.map(([, value]) => cell(value(call))).join(",");
}

function time(us: number): string {
  return us > 0 ? eveTime(us).replace("+0000", "Z") : "";
}

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const clean = cleanText(value, TEXT_MAX).replace(CONTROL, " ");
  const safe = FORMULA.test(clean) ? `'${clean}` : clean;
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
