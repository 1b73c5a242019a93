import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { CALLER, type CallSide } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import { Claim, type ClaimingCall } from "./media-claim.ts";

/** Claims kept of one endpoint: two legs of one call, one more that begins, one that has just ended. */
const CLAIMS_MAX = 4;
/** A media address without any packet for so long may be taken over by whoever has an answered call. */
const QUIET_US = 30_000_000;
const NO_CLAIMS: readonly Claim[] = [];

/**
 * The calls that name one address, its owner first. Anybody can write an address into an offer: such a claim
 * is kept and changes nothing while the owner is live and has proven more. An answered call takes an
 * address over when the address is its own party's, or when nothing was sent there for long.
 *
 * It is its owner's claim itself: nearly all addresses have one claim, and an object of its own takes as much again.
 */
export class Claims extends Claim<ClaimingCall | null> {
  #others: readonly Claim[] = NO_CLAIMS;

  constructor() {
    super(null, CALLER);
  }

  /** More answered calls of its host went on here at once than are kept: a load test, as SIPp does. Until it is quiet. */
  get isOverfull(): boolean {
    return this.hasTooMany;
  }

  set isOverfull(isOverfull: boolean) {
    this.hasTooMany = isOverfull;
  }

  /** Good until the next claim. */
  get owner(): Claim | null {
    return this.isClaimed() ? this : null;
  }

  /** All claims but the owner's. */
  get others(): readonly Claim[] {
    return this.#others;
  }

  /** As many calls as are kept go on here, and the host itself takes part in each. */
  isFullOf(host: HostKey): boolean {
    if (this.#others.length < CLAIMS_MAX - 1) return false;
    return this.list.every(({ call, side }) => call.isLive && this.isSpokenForBy(call, side, host));
  }

  /** All claims, the owner's first. Allocates. */
  get list(): readonly Claim[] {
    return this.isClaimed() ? [this, ...this.#others] : NO_CLAIMS;
  }

  of(call: ClaimingCall): Claim | undefined {
    if (this.isClaimed() && this.call === call) return this;
    return this.#others.find((claim) => claim.call === call);
  }

  /** Adds a claim; the one that means least goes when there are too many. Ask `of` for it before it is changed. */
  add(claim: Claim): void {
    if (!this.isClaimed()) {
      this.take(claim);
      return;
    }
    let others = this.#others;
    if (others.length === CLAIMS_MAX - 1) {
      let least = others.length - 1;
      for (let i = least; i >= 0; i--) {
        if (weightOf(others[i] as Claim) < weightOf(others[least] as Claim)) least = i;
      }
      if (weightOf(claim) < weightOf(others[least] as Claim)) return;
      others = others.toSpliced(least, 1);
    }
    this.#others = others.concat(claim);
  }

  /** Decides whose the address is now. `lastUs`: latest packet to or from it. */
  settle(lastUs: number, nowUs: number): void {
    // Nearly all addresses have one claim.
    if (this.#others.length === 0) {
      this.isOverfull &&= nowUs - lastUs <= QUIET_US;
      return;
    }
    const isQuiet = nowUs - lastUs > QUIET_US;
    if (isQuiet && this.isOverfull) this.isOverfull = this.isCrowded;
    for (let i = 0; i < this.#others.length; i++) {
      const other = this.#others[i] as Claim;
      if (!this.isClaimed() || !takesOver(other, this, isQuiet)) continue;
      this.#others = this.#others.with(i, this.copy());
      this.take(other);
    }
  }

  remove(call: ClaimingCall): void {
    if (!this.isClaimed() || this.call !== call) {
      if (this.#others.length > 0)
        this.#others = this.#others.filter((claim) => claim.call !== call);
      return;
    }
    const [next = null, ...rest] = this.#others;
    this.take(next);
    this.#others = next === null || rest.length === 0 ? NO_CLAIMS : rest;
  }

  /** True when a call that may speak for this address names the other one too. */
  isSharedWith(other: Claims, host: HostKey): boolean {
    if (!this.isClaimed()) return false;
    for (const { call, side } of other.list) {
      const claim: Claim | undefined = this.of(call);
      if (claim === undefined) continue;
      if (claim === this || this.call.rank < Rank.ACCEPTED || speaksFor(call, host)) return true;
      // Who names both ends of the media himself speaks for neither.
      if (claim.side !== side && this.isSpokenForBy(call, claim.side, host)) return true;
    }
    return false;
  }

  /**
   * That side of an answered call may say that this is its address: the host itself takes part, or who signals for that side does so for the owner's,
   * too. A gateway may have the media of all its calls at one port of a host that signals nothing.
   */
  isSpokenForBy(call: ClaimingCall, side: CallSide, host: HostKey): boolean {
    if (speaksFor(call, host)) return true;
    if (!this.isClaimed() || Math.min(call.rank, this.call.rank) < Rank.ACCEPTED) return false;
    const namer = namerOf(call, side);
    return namer >= 0 && namer === namerOf(this.call, this.side);
  }

  /** Several answered calls go on at this address at once: a conference, or a load test (SIPp). */
  get isCrowded(): boolean {
    if (this.#others.length === 0) return false;
    let answered = this.isClaimed() && isUp(this) ? 1 : 0;
    for (let i = 0; i < this.#others.length; i++) if (isUp(this.#others[i] as Claim)) answered++;
    return answered > 1;
  }
}

function isUp({ call }: Claim): boolean {
  return call.isLive && call.rank >= Rank.ACCEPTED;
}

function takesOver(other: Claim, owner: Claim, isQuiet: boolean): boolean {
  if (!other.call.isLive) return false;
  if (!owner.call.isLive) return true;
  if (other.call.rank < Rank.ACCEPTED) return false;
  return owner.call.rank < Rank.ACCEPTED || isQuiet;
}

/** An answered call in which the host itself takes part. */
function speaksFor(call: ClaimingCall, host: HostKey): boolean {
  return call.rank >= Rank.ACCEPTED && call.parties.wasHeard(host);
}

/** Who signals for that side of the call, as far as the mirror shows. */
function namerOf({ client = NO_HOST, server = NO_HOST }: ClaimingCall, side: CallSide): HostKey {
  return side === CALLER ? client : server;
}

function weightOf({ call }: Claim): number {
  return (call.isLive ? 4 : 0) + call.rank;
}
