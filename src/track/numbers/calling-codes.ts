/** Calling codes of two digits; +1 and +7 have one, all others three (ITU-T E.164, list of assigned codes). */
const TWO_DIGITS = new Set(
  "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98".split(
    " ",
  ),
);

/** The calling code of an E.164 number (digits only), assigned or not. */
export function callingCodeOf(e164: string): string {
  if (e164.startsWith("1") || e164.startsWith("7")) return e164.slice(0, 1);
  return TWO_DIGITS.has(e164.slice(0, 2)) ? e164.slice(0, 2) : e164.slice(0, 3);
}
