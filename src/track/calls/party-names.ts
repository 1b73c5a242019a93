import type { Span } from "../../base/ascii.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { hostKeyOfBytes } from "../../decode/host-text.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { userKeyOf } from "../accounts/user-key.ts";

/** Headers that say where later requests of the dialog go to or come from (RFC 3261 12.1, 16.12). */
const NAMING_HEADERS = [HeaderId.CONTACT, HeaderId.RECORD_ROUTE] as const;
/** Values looked at in one message. */
const NAMES_MAX = 32;

const address = new AddressView();

/** Hosts that the message names by address as ends or routes of its dialog. */
export function hostsNamedIn(message: SipMessageView): HostKey[] {
  const hosts: HostKey[] = [];
  for (const header of NAMING_HEADERS) {
    for (let i = message.indexOf(header); i >= 0; i = message.indexOf(header, i + 1)) {
      if (hosts.length === NAMES_MAX) return hosts;
      const start = message.valueSpans[2 * i] as number;
      const end = message.valueSpans[2 * i + 1] as number;
      if (!address.decode(message.bytes, start, end)) continue;
      const host = hostOf(message, address.host);
      if (host !== NO_HOST) hosts.push(host);
    }
  }
  return hosts;
}

/** `userKeyOf` the user in the first Contact; 0 without one. */
export function contactUserKeyOf(message: SipMessageView): number {
  const i = message.indexOf(HeaderId.CONTACT);
  if (i < 0) return 0;
  const start = message.valueSpans[2 * i] as number;
  const end = message.valueSpans[2 * i + 1] as number;
  if (!address.decode(message.bytes, start, end)) return 0;
  const { user } = address;
  return userKeyOf(message.bytes, user.start, user.end);
}

function hostOf(message: SipMessageView, span: Span): HostKey {
  const first = message.bytes[span.start] ?? 0;
  const isLiteral = span.end > span.start && (first === 0x5b || (first >= 0x30 && first <= 0x39));
  return isLiteral ? hostKeyOfBytes(message.bytes, span.start, span.end, message.domain) : NO_HOST;
}
