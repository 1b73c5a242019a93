import ipaddr from "ipaddr.js";
import { EveRecord } from "./eve-record.ts";

/** One offender of the ban feed, in the field names of its JSON form. */
export interface Ban {
  /** IPv4 in dotted form, IPv6 as RFC 5952 writes it. */
  readonly ip: string;
  /** Packet times of the first and the last alert while the offender was listed, RFC 3339. */
  readonly first_seen: string;
  readonly last_seen: string;
  /** Alerts and incident updates about the offender while it was listed. */
  readonly records: number;
  /** The last alert: rule, text, severity (1 is the highest), its metadata `attack`, and voip.alert_id. */
  readonly sid: number;
  readonly signature: string;
  readonly severity: number;
  readonly attack: string;
  readonly alert_id: string;
  /** When the ban ends, wall clock, RFC 3339. */
  readonly expires: string;
}

/** An offender whose address others depend on: it is not for blocking, but for who looks after the network. */
export interface SharedOffender extends Ban {
  /** Source port of the last alert, by which a NAT may tell who it was. */
  readonly port: number;
  /** The account that the alert is about; "" when about several or none. */
  readonly account: string;
  /** Who else depends on the address: EVE `voip.source.shared`. */
  readonly shared: string;
}

/** A line of the JSON form; null when it is damaged or holds what no feed of ours would. */
export function parseBan(line: string): Ban | null {
  const fields = EveRecord.parse(line);
  const ip = addressText(fields?.text("ip") ?? "");
  const expires = fields?.text("expires") ?? "";
  if (fields === null || ip === "" || Number.isNaN(Date.parse(expires))) return null;
  return {
    ip,
    first_seen: fields.text("first_seen"),
    last_seen: fields.text("last_seen"),
    records: fields.number("records") ?? 1,
    sid: fields.number("sid") ?? 0,
    signature: fields.text("signature"),
    severity: fields.number("severity") ?? 0,
    attack: fields.text("attack"),
    alert_id: fields.text("alert_id"),
    expires: new Date(expires).toISOString(),
  };
}

/** The same of the list of shared addresses. */
export function parseShared(line: string): SharedOffender | null {
  const ban = parseBan(line);
  const fields = EveRecord.parse(line);
  if (ban === null || fields === null) return null;
  return {
    ...ban,
    port: fields.number("port") ?? 0,
    account: fields.text("account"),
    shared: fields.text("shared"),
  };
}

/** An address in the one form that the feed uses: IPv4 in IPv6 as IPv4; "" when it is none. */
export function addressText(text: string): string {
  const address = parseAddress(text);
  if (address === null) return "";
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

export function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // Not the short forms that inet_aton takes, such as "1" or "010.1".
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  // Nor with a zone (RFC 4007 11), which means something on one host only.
  if (!text.includes(":") || text.includes("%") || !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.process(text);
}
