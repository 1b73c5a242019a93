import type { Span } from "../../base/ascii.ts";
import { combine53, hash53 } from "../../base/hash.ts";
import type { HostKey } from "../../decode/host.ts";
import { userKeyOf } from "./user-key.ts";

const AT = 0x40;
const user: Span = { start: 0, end: 0 };
const host: Span = { start: 0, end: 0 };

/**
 * Key of an account: its user at the server that was asked. A digest username may have a domain of its own
 * behind an "@", and a From address any: neither makes it another account.
 */
export function accountKeyOf(bytes: Uint8Array, { start, end }: Span, server: HostKey): number {
  let userEnd = start;
  while (userEnd < end && bytes[userEnd] !== AT) userEnd++;
  return combine53(userKeyOf(bytes, start, userEnd), server);
}

/**
 * Name of the account that `accountKeyOf` tells: its user at the address of the server that was asked. One name,
 * however a phone, a proxy or a guesser writes its domain; "" without a user.
 */
export function accountText(written: string, serverAddress: string): string {
  const at = written.indexOf("@");
  const name = at < 0 ? written : written.slice(0, at);
  if (name === "") return "";
  return `${name}@${serverAddress.includes(":") ? `[${serverAddress}]` : serverAddress}`;
}

/** Key of an address of record, by its user and its host as written. */
export function aorKeyOf(bytes: Uint8Array, aorUser: Span, aorHost: Span): number {
  const userKey = userKeyOf(bytes, aorUser.start, aorUser.end);
  return hash53(bytes, aorHost.start, aorHost.end, userKey);
}

/** `accountKeyOf` of `user@realm`. Allocates: not for the packet path. */
export function accountKeyOfText(text: string, server: HostKey): number {
  const bytes = Buffer.from(text, "latin1");
  user.start = 0;
  user.end = bytes.length;
  return accountKeyOf(bytes, user, server);
}

/** `aorKeyOf` of `user@host`. Allocates. */
export function aorKeyOfText(text: string): number {
  const bytes = Buffer.from(text, "latin1");
  const at = bytes.lastIndexOf(AT);
  user.start = 0;
  user.end = Math.max(at, 0);
  host.start = at + 1;
  host.end = bytes.length;
  return aorKeyOf(bytes, user, host);
}
