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
/** So many bursts over at least so long, the own sender going on right before and behind each, are no handovers. */
const BURSTS_MIN = 8;
const SUSTAINED_US = 20_000_000;
/** Packets of a stream follow one another within this. */
const RUNNING_US = 150_000;
/** The rival was silent so long: what comes next is another burst. */
const BURST_GAP_US = 400_000;
/** One packet now and then is a stray one. */
const BURST_PACKETS_MIN = 2;

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
  /** Bursts of the rival that the own sender went on beside; when the first one began. */
  #bursts = 0;
  #burstsSinceUs = 0.5;
  #burstsTold = 0;
  #isBurst = false;
  #ownUs = Number.NEGATIVE_INFINITY;
  #rivalUs = Number.NEGATIVE_INFINITY;
  readonly #isSlow: boolean;

  /** `isSlow`: short overlaps are remembered for minutes, so that many of them add up. */
  constructor(isSlow = false) {
    this.#isSlow = isSlow;
  }

  /** The overlaps are too long, taken together, for any handover. */
  get isLasting(): boolean {
    return this.#count > PROOF_TURNS && this.#heldUs >= LASTING_US;
  }

  /** Two run at the same time, without a doubt. */
  get isProven(): boolean {
    return this.#count > PROOF_TURNS && this.#heldUs >= PROOF_US;
  }

  /** The rival comes again and again, each time too briefly for a proof. */
  get isSustained(): boolean {
    return (
      this.#bursts >= BURSTS_MIN &&
      this.#rivalUs - this.#burstsSinceUs >= SUSTAINED_US &&
      this.rivalPackets >= BURST_PACKETS_MIN * this.#bursts
    );
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
    this.#ownUs = nowUs;
    if (!this.#isRival) return;
    if (this.#isBurst && nowUs - this.#rivalUs <= RUNNING_US) {
      if (this.#bursts++ === 0) this.#burstsSinceUs = nowUs;
      this.#isBurst = false;
    }
    this.#turn(false, nowUs);
  }

  /** True when the rival's packet is to be told: the proof is there, and again each time the turns doubled. */
  rival(nowUs: number): boolean {
    if (this.#count > 0 && nowUs - this.#lastUs > this.#forgetUs) this.withdraw();
    if (nowUs - this.#rivalUs > BURST_GAP_US) this.#isBurst = nowUs - this.#ownUs <= RUNNING_US;
    this.#rivalUs = nowUs;
    if (!this.#isRival) this.#turn(true, nowUs);
    this.rivalPackets++;
    if (!this.isProven) return this.#tellsBursts();
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
    this.#bursts = 0;
    this.#burstsTold = 0;
    this.#isBurst = false;
    this.rivalPackets = 0;
  }

  /** True when bursts alone are to be told, and again when they have doubled. */
  #tellsBursts(): boolean {
    if (!this.#isSlow || !this.isSustained || this.#bursts < 2 * this.#burstsTold) return false;
    this.#burstsTold = this.#bursts;
    return true;
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
