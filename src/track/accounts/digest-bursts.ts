import { column } from "../../base/column.ts";

const DAY_US = 24 * 3_600_000_000;
const HOUR_US = 3_600_000_000;
/** An old nonce first and the new one behind it are how many phones try one password, however often. */
const RETRY_DIGESTS = 2;
/**
 * Longer bursts are a phone's own only on its one Call-ID (RFC 3261 10.2) and only so often: whoever sends more has
 * as many guesses as digests.
 */
const BURSTS_AN_HOUR = 3;
const BURST_DIGESTS_A_DAY = 60;

/** Bursts of digests, by the row of their login: whether one is a telephone's single try (baresip sends some fifteen with one wrong password). */
export class DigestBursts {
  /** Call-ID of the last burst of several digests; 0 before the first. */
  readonly #lastCall: Float64Array;
  readonly #hourSinceUs: Float64Array;
  readonly #inHour: Uint8Array;
  readonly #daySinceUs: Float64Array;
  readonly #digestsInDay: Uint16Array;
  readonly #wasOneTry: Uint8Array;

  constructor(capacity: number) {
    this.#lastCall = column(Float64Array, capacity);
    this.#hourSinceUs = column(Float64Array, capacity);
    this.#inHour = column(Uint8Array, capacity);
    this.#daySinceUs = column(Float64Array, capacity);
    this.#digestsInDay = column(Uint16Array, capacity);
    this.#wasOneTry = column(Uint8Array, capacity);
  }

  /** A burst of so many digests on that Call-ID has ended; true when they are one try. */
  end(row: number, digests: number, call: number, nowUs: number): boolean {
    const isOne = this.#isOneTry(row, digests, call, nowUs);
    this.#wasOneTry[row] = isOne ? 1 : 0;
    return isOne;
  }

  /** The last burst was one try. */
  wasOneTry(row: number): boolean {
    return this.#wasOneTry[row] === 1;
  }

  clear(row: number): void {
    this.#lastCall[row] = 0;
    this.#inHour[row] = 0;
    this.#digestsInDay[row] = 0;
    this.#wasOneTry[row] = 0;
  }

  #isOneTry(row: number, digests: number, call: number, nowUs: number): boolean {
    const lastCall = this.#lastCall[row] as number;
    const isItsCall = lastCall === 0 || lastCall === call;
    if (digests <= 1 || (digests <= RETRY_DIGESTS && isItsCall)) return true;
    this.#lastCall[row] = call;
    if (nowUs - (this.#hourSinceUs[row] as number) > HOUR_US) {
      this.#hourSinceUs[row] = nowUs;
      this.#inHour[row] = 0;
    }
    if (nowUs - (this.#daySinceUs[row] as number) > DAY_US) {
      this.#daySinceUs[row] = nowUs;
      this.#digestsInDay[row] = 0;
    }
    const bursts = Math.min(255, (this.#inHour[row] as number) + 1);
    const inDay = Math.min(65_535, (this.#digestsInDay[row] as number) + digests);
    this.#inHour[row] = bursts;
    this.#digestsInDay[row] = inDay;
    return isItsCall && bursts <= BURSTS_AN_HOUR && inDay <= BURST_DIGESTS_A_DAY;
  }
}
