import { RtcpType } from "../rtp/rtcp.ts";

/** Agents write some hundred bytes, with four reports at most; RTCP itself has 31 (RFC 3550 6.4.1). */
const JSON_BYTES_MAX = 16_384;
const REPORTS_MAX = 31;
const HEADER_BYTES = 8;
const SENDER_BYTES = 20;
const REPORT_BYTES = 24;

/**
 * RTCP that a capture agent (heplify) has taken apart into JSON, as a sender's or receiver's report again (RFC 3550 6.4);
 * null when it is none. Agents leave out BYE and APP, and of a compound packet they keep the first sender's numbers.
 */
export function rtcpOfJson(payload: Buffer): Buffer | null {
  const told = parsed(payload);
  const ssrc = told === null ? null : numberOf(told, "ssrc");
  if (told === null || ssrc === null) return null;
  const sender = told.sender_information;
  const ntp = isObject(sender) ? numberOf(sender, "ntp_timestamp_sec") : null;
  const isSender = isObject(sender) && (ntp ?? 0) > 0;
  const reports = reportsOf(told);
  if (!isSender && reports.length === 0) return null;
  const senderBytes = isSender ? SENDER_BYTES : 0;
  const out = Buffer.alloc(HEADER_BYTES + senderBytes + reports.length * REPORT_BYTES);
  out[0] = 0x80 | reports.length;
  out[1] = isSender ? RtcpType.SR : RtcpType.RR;
  out.writeUInt16BE(out.length / 4 - 1, 2);
  out.writeUInt32BE(ssrc, 4);
  let at = HEADER_BYTES;
  if (isSender) at = put(out, at, sender, SENDER_FIELDS);
  for (const report of reports) at = put(out, at, report, REPORT_FIELDS);
  return out;
}

type Told = Readonly<Record<string, unknown>>;

const SENDER_FIELDS = [
  "ntp_timestamp_sec",
  "ntp_timestamp_usec",
  "rtp_timestamp",
  "packets",
  "octets",
] as const;

/** Share and sum of what was lost lie in one word. */
const REPORT_FIELDS = [
  "source_ssrc",
  "packets_lost",
  "highest_seq_no",
  "ia_jitter",
  "lsr",
  "dlsr",
] as const;

function put(out: Buffer, start: number, told: Told, fields: readonly string[]): number {
  let at = start;
  for (const field of fields) {
    let word = numberOf(told, field) ?? 0;
    if (field === "packets_lost") {
      word = (word % 2 ** 24) + ((numberOf(told, "fraction_lost") ?? 0) % 256) * 2 ** 24;
    }
    out.writeUInt32BE(word, at);
    at += 4;
  }
  return at;
}

function reportsOf(told: Told): Told[] {
  const { report_blocks: blocks } = told;
  if (!Array.isArray(blocks)) return [];
  const all: readonly unknown[] = blocks.slice(0, REPORTS_MAX);
  return all.filter(isObject).filter((block) => numberOf(block, "source_ssrc") !== null);
}

function parsed(payload: Buffer): Told | null {
  if (payload.length > JSON_BYTES_MAX) return null;
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Told {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A word of 32 bits; null when the field is none. */
function numberOf(told: Told, field: string): number | null {
  const value = told[field];
  const isWord = typeof value === "number" && Number.isInteger(value) && value >= 0;
  return isWord && value < 2 ** 32 ? value : null;
}
