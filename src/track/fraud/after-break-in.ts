import { type BreakIn, TRIES_GUESSED } from "../accounts/break-ins.ts";
import type { NumberReading } from "../numbers/number-plan.ts";

/** After tries that may have been a phone's own: a family abroad has fewer numbers within an hour. */
export const HIGH_COST_NUMBERS_MANY = 3;
/** Any call of an account that was guessed, perhaps or for sure, and high-cost or far ones. */
const AFTER = { ANY: 1, GUESSED: 2, HIGH_COST: 3, ABROAD: 4, GUESSED_HIGH_COST: 5 } as const;

/** Weight of a call after a break-in, as `call.after_break_in` carries it. */
export function weightAfterBreakIn({ tries }: BreakIn, reading: NumberReading): number {
  const isGuessed = tries >= TRIES_GUESSED;
  if (reading.entry !== null) return isGuessed ? AFTER.GUESSED_HIGH_COST : AFTER.HIGH_COST;
  if (isGuessed && reading.isAbroad === true) return AFTER.ABROAD;
  return isGuessed ? AFTER.GUESSED : AFTER.ANY;
}
