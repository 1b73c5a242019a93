/** Changes between own and rival sender that prove two at once: own, rival, own, rival, ... */
const PROOF_TURNS = 8;
/** Over at least this long: a handover's tail, a bridge that mixes itself in (0.4 s), reordering are shorter. */
const PROOF_US = 1_000_000;
/** A pause between two turns counts as this at most, so that two short overlaps are not one long one. */
const TURN_US_MAX = 250_000;
/** Two that overlap this long in all are no handover, nor an announcement whose end is cut off. */
const LASTING_US = 2_500_000;
/** Turns further apart than this have nothing to do with each other. */
const FORGET_US = 10_000_000;
/** The same where an address or a way tells the rival: its bursts add up, the half of them for a minute. */
const FORGET_SLOWLY_US = 300_000_000;
const HALF_LIFE_US = 60_000_000;
/** Between two overlaps, not within one. */
const PAUSE_US = 2_000_000;

/**
 * Whether two senders really run at the same time (RFC 3550 8.1: a source may change at any time, and the
 * old one then falls silent). Only a change back to the own sender counts against the rival.
 */
export class Turns {
  /** Packets of the rival since the first turn. */
  rivalPackets = 0;
  #count = 0;
  #heldUs = 0.5;
  #lastUs = 0.5;
  #isRival = false;
  #reportAt = 0;
  #isLastingTold = false;
  readonly #isSlow: boolean;

  /** `isSlow`: short overlaps are remembered for minutes, so that many of them add up. */
  constructor(isSlow = false) {
    this.#isSlow = isSlow;
  }

  /** The overlaps are too long, taken together, for any handover. */
  get isLasting(): boolean {
    return this.#count > PROOF_TURNS && this.#heldUs >= LASTING_US;
  }

  /** There were turns, and not long ago. */
  isFresh(nowUs: number): boolean {
    return this.#count > 0 && nowUs - this.#lastUs <= this.#forgetUs;
  }

  /** There was a turn within the last `us`. */
  goesOn(nowUs: number, us: number): boolean {
    return this.#count > 0 && nowUs - this.#lastUs <= us;
  }

  own(nowUs: number): void {
    if (this.#isRival) this.#turn(false, nowUs);
  }

  /** True when the rival's packet is to be told: the proof is there, and again each time the turns doubled. */
  rival(nowUs: number): boolean {
    if (this.#count > 0 && nowUs - this.#lastUs > this.#forgetUs) this.withdraw();
    if (!this.#isRival) this.#turn(true, nowUs);
    this.rivalPackets++;
    if (this.#count <= PROOF_TURNS || this.#heldUs < PROOF_US) return false;
    const isNewlyLasting = !this.#isLastingTold && this.#heldUs >= LASTING_US;
    if (this.#count < this.#reportAt && !isNewlyLasting) return false;
    this.#isLastingTold ||= isNewlyLasting;
    this.#reportAt = 2 * this.#count;
    return true;
  }

  /** The rival's latest packet was a copy of one that the own sender brought only now. */
  takeBack(): void {
    if (!this.#isRival) return;
    this.#isRival = false;
    this.#count--;
    this.rivalPackets--;
  }

  /** The own sender fell silent: what looked like a rival was the next sender. */
  withdraw(): void {
    this.#count = 0;
    this.#heldUs = 0;
    this.#isRival = false;
    this.#reportAt = 0;
    this.#isLastingTold = false;
    this.rivalPackets = 0;
  }

  #turn(isRival: boolean, nowUs: number): void {
    if (this.#count > 0) this.#hold(nowUs - this.#lastUs);
    else this.#heldUs = 0;
    this.#isRival = isRival;
    this.#lastUs = nowUs;
    this.#count++;
  }

  #hold(us: number): void {
    if (this.#isSlow && us > PAUSE_US) this.#heldUs *= 2 ** (-us / HALF_LIFE_US);
    else this.#heldUs += Math.min(us, TURN_US_MAX);
  }

  get #forgetUs(): number {
    return this.#isSlow ? FORGET_SLOWLY_US : FORGET_US;
  }
}
