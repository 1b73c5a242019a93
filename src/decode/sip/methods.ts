import { equals } from "../../base/ascii.ts";

/** Request methods (IANA sip-parameters). Case-sensitive, RFC 3261 7.1. */
export const SipMethod = {
  OTHER: 0,
  INVITE: 1, // RFC 3261
  ACK: 2, // RFC 3261
  BYE: 3, // RFC 3261
  CANCEL: 4, // RFC 3261
  REGISTER: 5, // RFC 3261
  OPTIONS: 6, // RFC 3261
  INFO: 7, // RFC 6086
  PRACK: 8, // RFC 3262
  SUBSCRIBE: 9, // RFC 6665
  NOTIFY: 10, // RFC 6665
  PUBLISH: 11, // RFC 3903
  MESSAGE: 12, // RFC 3428
  REFER: 13, // RFC 3515
  UPDATE: 14, // RFC 3311
} as const;
export type SipMethod = (typeof SipMethod)[keyof typeof SipMethod];

/** Name by number; a request with any other method is counted as OTHER. */
export const SIP_METHOD_NAMES: readonly string[] = Object.keys(SipMethod);

/** Methods by length and first byte, so that most lookups compare one name. */
const candidates: (readonly [SipMethod, string])[][] = Array.from({ length: 16 * 256 }, () => []);
for (const [name, id] of Object.entries(SipMethod)) {
  if (id !== SipMethod.OTHER) candidates[(name.length << 8) | name.charCodeAt(0)]?.push([id, name]);
}

/** By the exact bytes of the name, as methods are case-sensitive (RFC 3261 7.1); OTHER for one that is in no registry. */
export function methodOf(bytes: Uint8Array, start: number, end: number): SipMethod {
  const length = end - start;
  if (length < 3 || length > 9) return SipMethod.OTHER;
  const list = candidates[(length << 8) | (bytes[start] as number)];
  if (list !== undefined) {
    for (let i = 0; i < list.length; i++) {
      const [id, name] = list[i] as readonly [SipMethod, string];
      if (equals(bytes, start, end, name)) return id;
    }
  }
  return SipMethod.OTHER;
}
