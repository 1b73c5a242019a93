import type { NumberPlan, NumberReading } from "./number-plan.ts";
import { priceOf, type Rate, type RateDeck } from "./rate-deck.ts";

/** What a call costs whoever pays for it. */
export interface CallCost {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** The deck's prefix that it was charged by, digits only, and its name. */
  readonly prefix: string;
  readonly name: string;
}

/** Costs of calls by the operator's rate deck. Without a deck, or where a number is not in it, there is no cost to tell. */
export class CallCosts {
  readonly #plan: NumberPlan;
  readonly #deck: RateDeck;

  constructor(plan: NumberPlan, deck: RateDeck) {
    this.#plan = plan;
    this.#deck = deck;
  }

  /** False without a deck. */
  get isKnown(): boolean {
    return this.#deck.size > 0;
  }

  get currency(): string {
    return this.#deck.currency;
  }

  /** What was dialled: the user of the Request-URI, as the caller sent it. `durationUs`: from the answer on. */
  of(dialled: string, durationUs: number): CallCost | null {
    const rate = this.rateOf(dialled);
    if (rate === null) return null;
    const { name, prefix } = rate;
    const amount = priceOf(rate, Math.max(0, durationUs) / 1e6);
    return { amount, currency: this.currency, prefix, name };
  }

  /** Name of the high-cost destination, else the country where a plan is declared; "" when neither is known. */
  placeOf(dialled: string): string {
    const reading = this.#plan.read(dialled);
    return reading === null ? "" : (reading.entry?.name ?? reading.country);
  }

  rateOf(dialled: string): Rate | null {
    if (!this.isKnown) return null;
    return this.rateFor(this.#plan.read(dialled));
  }

  /** The same of a number that was read already. */
  rateFor(reading: NumberReading | null): Rate | null {
    if (!this.isKnown || reading === null || reading.e164 === "") return null;
    return this.#deck.find(reading.e164);
  }
}

/** As people read it: `USD 52.10`; four places below a cent's hundred. */
export function moneyText(amount: number, currency: string): string {
  return `${currency} ${amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)}`;
}
