import type { HostKey } from "../../decode/host.ts";
import type { SdpKind } from "../../decode/sdp-media.ts";
import type { CallNotes } from "../call-records/call-notes.ts";
import { CALLEE, CALLER, type CallEnd, type CallSide } from "../calls/calls.ts";
import type { Deed } from "../deeds/deed.ts";
import type { EventSubject } from "../facts/event.ts";
import type { Rank } from "../hosts/standing.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";
import type { PayloadRoles } from "./payload-lists.ts";

/** What the media tracker asks of a call that names an address in a session description. */
export interface ClaimingCall {
  readonly isLive: boolean;
  /** The capture began after its INVITE: whether it was answered is not known. */
  readonly isPartial?: boolean;
  /** Time of its INVITE; 0 or absent where none was seen. */
  readonly inviteUs?: number;
  /** How much of it was proven by now; an answered one has at least ACCEPTED. */
  readonly rank: Rank;
  /** Hosts that proved to take part, never what a header or a session description names. */
  readonly parties: {
    has(host: HostKey): boolean;
    /** It has sent something of the call that was proven. */
    wasHeard(host: HostKey): boolean;
  };
  /** Who sent its INVITE, and who got it. */
  readonly client?: HostKey;
  readonly server?: HostKey;
  readonly subject: EventSubject;
  /** Requests inside it that are weighed, or were. */
  readonly deeds?: readonly Deed[];
  /** What is written down of it; null or absent where no call records are wanted. */
  readonly notes?: CallNotes | null;
  readonly endpoints: readonly MediaEndpoint[];
  addEndpoint(endpoint: MediaEndpoint, end: CallEnd): void;
  /** Side of each of `endpoints`. */
  sideOfEndpoint(index: number): CallSide;
}

/** Bits of a claim: two for the kind of media, one for each of the others. */
const KIND_BITS = 3;
const CALLEE_BIT = 4;
const SHARED_BIT = 8;
const ICE_BIT = 16;
const MUTUAL_BIT = 32;
const SECURE_BIT = 64;
const CLAIM_BITS = 127;
const OVERFULL_BIT = 128;
const KINDS: readonly SdpKind[] = ["other", "audio", "video"];

/**
 * One call's word on an address, and what its session description says about the media there. `C` has null only for an address itself
 * (`Claims`), which has room for its owner's claim in itself and may have no owner.
 */
export class Claim<C extends ClaimingCall | null = ClaimingCall> {
  #call: C;
  /** The payload types of the list; null where it is not known. */
  roles: PayloadRoles | null = null;
  #bits = MUTUAL_BIT;

  constructor(call: C, side: CallSide) {
    this.#call = call;
    this.side = side;
  }

  get call(): C {
    return this.#call;
  }

  protected isClaimed(): this is Claim {
    return this.#call !== null;
  }

  get side(): CallSide {
    return (this.#bits & CALLEE_BIT) === 0 ? CALLER : CALLEE;
  }

  set side(side: CallSide) {
    this.#bits = withBit(this.#bits, CALLEE_BIT, side === CALLEE);
  }

  get kind(): SdpKind {
    return KINDS[this.#bits & KIND_BITS] as SdpKind;
  }

  set kind(kind: SdpKind) {
    this.#bits = (this.#bits & ~KIND_BITS) | KINDS.indexOf(kind);
  }

  /** Several streams share it by agreement (RFC 9143, RFC 5576). */
  get isShared(): boolean {
    return (this.#bits & SHARED_BIT) !== 0;
  }

  set isShared(isShared: boolean) {
    this.#bits = withBit(this.#bits, SHARED_BIT, isShared);
  }

  /** RFC 8445: senders prove themselves by checks. */
  get hasIce(): boolean {
    return (this.#bits & ICE_BIT) !== 0;
  }

  set hasIce(hasIce: boolean) {
    this.#bits = withBit(this.#bits, ICE_BIT, hasIce);
  }

  /** Keys of SRTP were offered with it (RFC 4568, RFC 5763): what is behind the headers cannot be read. */
  get isSecure(): boolean {
    return (this.#bits & SECURE_BIT) !== 0;
  }

  set isSecure(isSecure: boolean) {
    this.#bits = withBit(this.#bits, SECURE_BIT, isSecure);
  }

  /** No session description of the call said that media goes one way (RFC 8866 6.7). */
  get isMutual(): boolean {
    return (this.#bits & MUTUAL_BIT) !== 0;
  }

  set isMutual(isMutual: boolean) {
    this.#bits = withBit(this.#bits, MUTUAL_BIT, isMutual);
  }

  /** Of an address with all its claims: `Claims.isOverfull`. */
  protected get hasTooMany(): boolean {
    return (this.#bits & OVERFULL_BIT) !== 0;
  }

  protected set hasTooMany(hasTooMany: boolean) {
    this.#bits = withBit(this.#bits, OVERFULL_BIT, hasTooMany);
  }

  /** Says what the other one says from now on; nothing when that is null. */
  protected take(this: Claim<ClaimingCall | null>, other: Claim | null): void {
    const claim = other ?? NO_CLAIM;
    this.#call = claim.#call;
    this.roles = claim.roles;
    this.#bits = (this.#bits & ~CLAIM_BITS) | (claim.#bits & CLAIM_BITS);
  }

  /** The same by itself. */
  protected copy(this: Claim): Claim {
    const copy = new Claim(this.#call, CALLER);
    copy.roles = this.roles;
    copy.#bits = this.#bits & CLAIM_BITS;
    return copy;
  }
}

/** No private method: each would take eight bytes of each object. */
function withBit(bits: number, bit: number, isSet: boolean): number {
  return isSet ? bits | bit : bits & ~bit;
}

const NO_CLAIM = new Claim<null>(null, CALLER);
