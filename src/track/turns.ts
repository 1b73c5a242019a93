/** Changes between own and rival sender that prove two at once: own, rival, own, rival, ... */
const PROOF_TURNS = 8;
/** Over at least this long: a handover's tail, a bridge that mixes itself in (0.4 s), reordering are shorter. */
const PROOF_US = 1_000_000;
/** A pause between two turns counts as this at most, so that two short overlaps are not one long one. */
const TURN_US_MAX = 250_000;
/** Turns further apart than this have nothing to do with each other. */
const FORGET_US = 10_000_000;

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

  own(nowUs: number): void {
    if (this.#isRival) this.#turn(false, nowUs);
  }

  /** True when the rival's packet is to be told: the proof is there, and again each time the turns doubled. */
  rival(nowUs: number): boolean {
    if (this.#count > 0 && nowUs - this.#lastUs > FORGET_US) this.withdraw();
    if (!this.#isRival) this.#turn(true, nowUs);
    this.rivalPackets++;
    if (this.#count <= PROOF_TURNS || this.#heldUs < PROOF_US) return false;
    if (this.#count < this.#reportAt) return false;
    this.#reportAt = 2 * this.#count;
    return true;
  }

  /** The own sender fell silent: what looked like a rival was the next sender. */
  withdraw(): void {
    this.#count = 0;
    this.#heldUs = 0;
    this.#isRival = false;
    this.#reportAt = 0;
    this.rivalPackets = 0;
  }

  #turn(isRival: boolean, nowUs: number): void {
    if (this.#count > 0) this.#heldUs += Math.min(nowUs - this.#lastUs, TURN_US_MAX);
    else this.#heldUs = 0;
    this.#isRival = isRival;
    this.#lastUs = nowUs;
    this.#count++;
  }
}
