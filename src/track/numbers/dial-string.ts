import { unescaped } from "../accounts/unescaped.ts";

/** Longer than any number with any prefix and code before it; the rest of a text is not looked at. */
const TEXT_MAX = 64;

/** What was dialled, as a telephone would have it. */
export interface DialString {
  /** Digits, and "+" before them when it was written. */
  readonly dialled: string;
  /** A service code before the number, such as "*67" (hide the caller) or "*31#"; "" without one. */
  readonly serviceCode: string;
}

/** Codes run together with the number: a star or hash, two or three digits, perhaps another mark. */
const SERVICE_CODE = /^(?:[*#]\d{2,3}#|[*#]\d{2})(?=\+?\d{3,}$)/;

/**
 * The digits of a user part or `tel:` URI, without visual separators (RFC 3966 5.1.1) and parameters; null for what is no
 * number at all.
 */
export function dialStringOf(written: string): DialString | null {
  const semicolon = written.indexOf(";");
  const text = unescaped(
    (semicolon < 0 ? written : written.slice(0, semicolon)).slice(0, TEXT_MAX),
  );
  const bare = text.replace(/^tel:/i, "").replace(/[-. ()/]/g, "");
  if (!/^[+*#\d]{1,64}$/.test(bare)) return null;
  const serviceCode = SERVICE_CODE.exec(bare)?.[0] ?? "";
  const dialled = bare.slice(serviceCode.length);
  return /^\+?\d+$/.test(dialled) ? { dialled, serviceCode } : null;
}
