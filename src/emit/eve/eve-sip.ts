import type { SipFields } from "../../track/content/sip-fields.ts";
import { cleanText, jsonLine, quotedClean } from "./eve-text.ts";

type Fields = Record<string, unknown>;

/** Keys of EVE's object in Suricata's order, and where each text is. */
const SIP_KEYS = [
  ["method", "method"],
  ["uri", "uri"],
  ["version", "version"],
  ["code", "code"],
  ["reason", "reason"],
  ["sdp", "sdp"],
  ["request_line", "requestLine"],
  ["response_line", "responseLine"],
] as const;

/** Lists in an `sdp` object are cut to this length; a datagram may hold thousands of lines. */
const LIST_MAX = 256;
/** `sdp` is three levels deep; more is not SDP. */
const DEPTH_MAX = 4;

/** EVE `sip` object (Suricata's EVE JSON format, event type SIP), in Suricata's order. */
export function eveSip(sip: SipFields, textMax: number): string {
  let text = "";
  for (const [key, field] of SIP_KEYS) {
    const value = sip[field];
    if (value === undefined) continue;
    text += text === "" ? `{"${key}":` : `,"${key}":`;
    text +=
      typeof value === "string"
        ? quotedClean(value, textMax)
        : jsonLine(cleanSdp(value, "", textMax, 0) as object);
  }
  return text === "" ? "{}" : `${text}}`;
}

function cleanSdp(value: unknown, key: string, textMax: number, depth: number): unknown {
  if (typeof value === "string") return cleanText(withoutSecrets(value, key), textMax);
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return undefined;
  if (Array.isArray(value)) {
    return value.slice(0, LIST_MAX).map((item) => cleanSdp(item, key, textMax, depth + 1));
  }
  const fields: Fields = {};
  for (const [name, item] of Object.entries(value)) {
    fields[name] = cleanSdp(item, name, textMax, depth + 1);
  }
  return fields;
}

const REDACTED = "[redacted]";

/** Media keys and passwords stay out of logs: SDES (RFC 4568 9.1), ice-pwd (RFC 8839), k= (RFC 8866 5.12). */
function withoutSecrets(value: string, key: string): string {
  if (key === "encryption_key") return value.replace(/^(clear|base64|uri):.*/is, `$1:${REDACTED}`);
  if (key !== "attributes") return value;
  if (/^crypto:/i.test(value)) return value.replace(/inline:[^|;\s]*/gi, `inline:${REDACTED}`);
  if (/^ice-pwd:/i.test(value)) return `ice-pwd:${REDACTED}`;
  return value;
}
