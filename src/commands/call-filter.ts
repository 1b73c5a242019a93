import { InvalidArgumentError } from "commander";
import ipaddr from "ipaddr.js";
import type { NumberedCall } from "../emit/phone-numbers.ts";
import { startOf } from "./read-calls.ts";

/** What `sipsentry calls` may be asked for; all of it has to be true of a call. */
export interface CallFilterOptions {
  readonly account?: string;
  readonly from?: string;
  readonly to?: string;
  readonly number?: string;
  readonly callId?: string;
  readonly source?: AddressRange;
  /** Microseconds since 1970. */
  readonly since?: number;
  readonly failed?: boolean;
}

type AddressRange = [ipaddr.IPv4 | ipaddr.IPv6, number];
type Test = (call: NumberedCall) => boolean;

/** Longest pattern: a Call-ID is hardly longer. */
const PATTERN_MAX = 256;

/** True of the calls that are asked for. */
export function callFilter(options: CallFilterOptions): Test {
  const { account, callId, from, number, since, source, to } = options;
  const tests: Test[] = [];
  if (account !== undefined) {
    const matches = pattern(account);
    tests.push((call) => matches(call.account) || matches(userOf(call.account)));
  }
  if (from !== undefined) {
    const matches = pattern(from);
    tests.push(({ caller, assertedUser }) => matches(caller.user) || matches(assertedUser));
  }
  if (to !== undefined) {
    const matches = pattern(to);
    tests.push(({ callee, dialled }) => matches(callee.user) || matches(dialled));
  }
  if (number !== undefined) {
    const matches = pattern(digits(number));
    tests.push((call) => numbersOf(call).some((text) => text !== "" && matches(digits(text))));
  }
  if (callId !== undefined) {
    const matches = pattern(callId);
    tests.push((call) => matches(call.callId));
  }
  if (source !== undefined) tests.push(({ caller }) => isIn(caller.ip, source));
  if (since !== undefined) tests.push((call) => startOf(call) >= since);
  if (options.failed === true) {
    tests.push(
      ({ state }) => state === "failed" || state === "cancelled" || state === "unanswered",
    );
  }
  return (call) => tests.every((test) => test(call));
}

/** An address, or a network such as 192.0.2.0/24. */
export function parseSource(value: string): AddressRange {
  try {
    // "10.1" is an address to some programs, and not what somebody means here.
    const [ip = ""] = value.split("/");
    if (!ipaddr.IPv4.isValidFourPartDecimal(ip) && !ipaddr.IPv6.isValid(ip)) throw new Error();
    if (value.includes("/")) return ipaddr.parseCIDR(value);
    const address = ipaddr.parse(value);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  } catch {
    throw new InvalidArgumentError(
      "Expected an address such as 192.0.2.7, or a network such as 192.0.2.0/24.",
    );
  }
}

/** Any case; `*` is any run of characters. Linear in the text: no expression is made of what is given. */
export function pattern(wanted: string): (text: string) => boolean {
  const parts = wanted.toLowerCase().slice(0, PATTERN_MAX).split("*");
  const [first = ""] = parts;
  const last = parts.at(-1) ?? "";
  return (text) => {
    const lower = text.toLowerCase();
    if (parts.length === 1) return lower === first;
    if (lower.length < first.length + last.length) return false;
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = lower.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= lower.length - last.length;
  };
}

function isIn(ip: string, [network, bits]: AddressRange): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.parse(ip);
  return address.kind() === network.kind() && address.match(network, bits);
}

function numbersOf({ callee, caller, callerNumber, dialled, dialledNumber }: NumberedCall) {
  const international = [dialledNumber?.e164 ?? "", callerNumber?.e164 ?? ""];
  return [dialled, callee.user, caller.user, ...international];
}

/** Without what people write between digits. */
function digits(text: string): string {
  return text.replace(/[^\d*]/g, "");
}

function userOf(account: string): string {
  const at = account.lastIndexOf("@");
  return at < 0 ? account : account.slice(0, at);
}
