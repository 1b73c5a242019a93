/** The end of a number that stays when its prefix changes (ITU-T E.164 6.2). */
const TAIL_DIGITS = 9;
/** Digits that differ within a block: who sells numbers for fraud has some of one. */
const BLOCK_DIGITS = 4;
/** No number with any prefix is longer. */
const DIALLED_MAX = 40;

/** The block of a dialled number, the same in whichever way it is dialled; "" of an extension or a name. */
export function blockOf(dialled: string): string {
  if (dialled.length > DIALLED_MAX) return "";
  const digits = dialled.replace(/\D/g, "");
  return digits.length < TAIL_DIGITS ? "" : digits.slice(-TAIL_DIGITS, -BLOCK_DIGITS);
}
