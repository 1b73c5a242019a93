import { equalsIgnoreCase, type Span } from "../../base/ascii.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Passport } from "../../decode/sip/passport.ts";
import type { Contradiction } from "../facts/event.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import { isSameNumber } from "./telephone-numbers.ts";

/** Wrong caller; wrong called number only. */
const ORIGIN = 2;
const DESTINATION = 1;
const ASSERTED_MAX = 4;
const NUMBERS_SHOWN_MAX = 100;

const address = new AddressView();

/** What PASSporTs of one message claim of its numbers, against the message (RFC 8224 6.2, RFC 8946 5). */
export function numberContradictions(
  message: SipMessageView,
  { from, to }: MessageKeys,
  passports: readonly Passport[],
): { readonly value: number; readonly evidence: readonly Contradiction[] } {
  const callers = [message.text(from.user), ...assertedIn(message)];
  const called = [message.text(to.user), userOf(message, message.uri)];
  const evidence: Contradiction[] = [];
  let value = 0;
  const chain = passports.filter(({ extension }) => extension === "div");
  const isForwarded = chain.length > 0 || hasForwarding(message);
  for (const passport of passports) {
    const { destinations, diverted, extension, isCompact, origin } = passport;
    if (isCompact) continue;
    if (isNone([origin], callers)) {
      evidence.push(contradiction("orig", callers, [origin]));
      value = ORIGIN;
    }
    if (extension === "div") {
      // RFC 8946 4.1: the number before the diversion is one that another PASSporT of the call names as called.
      const before = passports.filter((other) => other !== passport);
      const named = before.flatMap((other) => [...other.destinations]);
      if (named.length > 0 && isNone([diverted], named)) {
        evidence.push(contradiction("div", named, [diverted]));
        value = Math.max(value, DESTINATION);
      }
    } else if (!isForwarded && isNone(destinations, called)) {
      evidence.push(contradiction("dest", called, destinations));
      value = Math.max(value, DESTINATION);
    }
  }
  return { value, evidence };
}

/** Something can be compared, and nothing of it is the same. */
function isNone(claimed: readonly string[], seen: readonly string[]): boolean {
  const verdicts = claimed.flatMap((one) => seen.map((other) => isSameNumber(one, other)));
  return verdicts.includes(false) && !verdicts.includes(true);
}

function contradiction(
  what: string,
  seen: readonly string[],
  claimed: readonly string[],
): Contradiction {
  const text = (numbers: readonly string[]) =>
    numbers
      .filter((number) => number !== "")
      .join(", ")
      .slice(0, NUMBERS_SHOWN_MAX);
  return { what: `${what} of the PASSporT`, expected: text(seen), seen: text(claimed) };
}

function assertedIn(message: SipMessageView): string[] {
  const users: string[] = [];
  let at = message.indexOf(HeaderId.P_ASSERTED_IDENTITY);
  for (let left = ASSERTED_MAX; at >= 0 && left > 0; left--) {
    const start = message.valueSpans[2 * at] as number;
    users.push(userOf(message, { start, end: message.valueSpans[2 * at + 1] as number }));
    at = message.indexOf(HeaderId.P_ASSERTED_IDENTITY, at + 1);
  }
  return users;
}

/** User part, or the number of a `tel:` URI; "" without one. */
function userOf(message: SipMessageView, span: Span): string {
  if (!address.decode(message.bytes, span.start, span.end)) return "";
  const { uri, user } = address;
  return message.text(user.end > user.start ? user : uri);
}

/** The call was forwarded, so that it goes elsewhere than was dialled: Diversion (RFC 5806), History-Info (RFC 7044). */
function hasForwarding(message: SipMessageView): boolean {
  for (let i = 0; i < message.headerCount; i++) {
    if (message.headerIds[i] !== HeaderId.OTHER) continue;
    const start = message.nameSpans[2 * i] as number;
    const end = message.nameSpans[2 * i + 1] as number;
    if (equalsIgnoreCase(message.bytes, start, end, "diversion")) return true;
    if (equalsIgnoreCase(message.bytes, start, end, "history-info")) return true;
  }
  return false;
}
