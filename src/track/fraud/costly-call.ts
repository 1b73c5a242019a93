import type { EventParties } from "../facts/event.ts";
import type { NumberReading } from "../numbers/number-plan.ts";
import type { Rate } from "../numbers/rate-deck.ts";
import type { Residence } from "./high-cost-places.ts";

/** An answered call that costs somebody: to a high-cost destination, abroad, or with a price in the operator's deck. */
export interface CostlyCall {
  readonly callKey: number;
  readonly accountKey: number;
  readonly parties: EventParties;
  readonly reading: NumberReading;
  /** Null where no deck has a price. */
  readonly rate: Rate | null;
  /** To a high-cost destination, or abroad by the declared plan. */
  readonly isFar: boolean;
  /** Of an account that many callers share. */
  readonly isTrunk: boolean;
  /** Its account has proven a password: a carrier's calls are let through by its address, and are its customers'. */
  readonly hasCredentials: boolean;
  /** Of a high-cost destination: whether it was called from where its user has been registered. Null of others. */
  readonly residence: Residence | null;
  /** Under which it counts as one of several at once: its account, to high-cost destinations; its account and caller. */
  readonly sumKeys: readonly number[];
  readonly answeredUs: number;
  /** 0 while it is up, as far as is known. */
  endedUs: number;
  /** What it came to when it had ended. */
  charged: number;
  /** When its media was seen last; 0 when none was. */
  mediaUs: number;
  /** When its length was told last, at first when it was answered. */
  toldUs: number;
  /** It waits to be looked at. */
  isWatched: boolean;
}
