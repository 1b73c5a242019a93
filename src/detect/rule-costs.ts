import type { HostKey } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import type { EventList } from "../track/event.ts";
import { EventKind } from "../track/event-kind.ts";
import { PCRE_STEPS_MAX } from "./buffer-inspector.ts";
import type { MatchContext } from "./match-context.ts";
import type { Signature } from "./signature.ts";

const US_PER_S = 1_000_000;

/**
 * What the expressions of one rule may cost in a second of packet time: some two tenths of a second. Ordinary
 * traffic takes known ways through an automaton, at a hundredth of it for thousands of messages a second.
 */
export const PCRE_STEPS_PER_S = 8_000_000;

/** A suspension grows with each one that follows the last within an hour, and so does what a payload costs who sent it. */
const SUSPENDED_S_MIN = 10;
const SUSPENDED_S_MAX = 3_600;
const FORGIVEN_US = 3_600 * US_PER_S;
/** Facts that wait to be told; a rule has one at a time. */
const PENDING_MAX = 64;

interface Suspension {
  readonly signature: Signature;
  readonly seconds: number;
  readonly isOnePacket: boolean;
  readonly timeUs: number;
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly dstHost: HostKey;
  readonly dstPort: number;
  readonly packet: PacketView | null;
}

/**
 * Keeps regular expressions from stalling the packet thread: a rule that goes over its budget, for one packet or for
 * a second, is not evaluated for a while, and the fact `rule.too_expensive` names it.
 */
export class RuleCosts {
  /** Since the start of the run. */
  suspensions = 0;
  /** By signature id. */
  #untilUs = new Float64Array(0);
  #waitS = new Float64Array(0);
  #windowUs = new Float64Array(0);
  #steps = new Float64Array(0);
  #pending: Suspension[] = [];

  constructor(signatures: readonly Signature[]) {
    this.#use(signatures.length);
  }

  /** Other rules are loaded; `oldIds` as for the counters. What is suspended and unchanged stays so. */
  reload(signatures: readonly Signature[], oldIds: Int32Array): void {
    const [untilUs, waitS] = [this.#untilUs, this.#waitS];
    this.#use(signatures.length);
    for (const { id } of signatures) {
      const old = oldIds[id] ?? -1;
      if (old < 0) continue;
      this.#untilUs[id] = untilUs[old] as number;
      this.#waitS[id] = waitS[old] as number;
    }
  }

  isSuspended(id: number, timeUs: number): boolean {
    return timeUs < (this.#untilUs[id] as number);
  }

  /** Signature ids that are suspended at that time. */
  suspended(timeUs: number): number[] {
    const ids: number[] = [];
    for (const [id, untilUs] of this.#untilUs.entries()) if (timeUs < untilUs) ids.push(id);
    return ids;
  }

  /** Call with what the expressions of a rule have cost on one packet. */
  charge(signature: Signature, steps: number, context: MatchContext): void {
    const { id } = signature;
    const { timeUs } = context;
    const age = timeUs - (this.#windowUs[id] as number);
    if (age >= 0 && age < US_PER_S) this.#steps[id] = (this.#steps[id] as number) + steps;
    else {
      this.#windowUs[id] = timeUs;
      this.#steps[id] = steps;
    }
    const isOnePacket = steps > PCRE_STEPS_MAX;
    if (isOnePacket || (this.#steps[id] as number) > PCRE_STEPS_PER_S)
      this.#suspend(signature, isOnePacket, context);
  }

  /** Raises what waits to be told; true when it raised something. */
  tell(events: EventList): boolean {
    if (this.#pending.length === 0) return false;
    const before = events.length;
    for (const suspension of this.#pending) raise(suspension, events);
    this.#pending = [];
    return events.length > before;
  }

  /** The packet at hand is not valid any more. */
  forgetPacket(): void {
    if (this.#pending.length > 0)
      this.#pending = this.#pending.map((suspension) => ({ ...suspension, packet: null }));
  }

  #suspend(signature: Signature, isOnePacket: boolean, context: MatchContext): void {
    const { id } = signature;
    const { timeUs, srcHost, srcPort, dstHost, dstPort, packet } = context;
    const isForgiven = timeUs > (this.#untilUs[id] as number) + FORGIVEN_US;
    const before = isForgiven ? 0 : (this.#waitS[id] as number);
    const seconds = Math.min(SUSPENDED_S_MAX, Math.max(SUSPENDED_S_MIN, 2 * before));
    this.#waitS[id] = seconds;
    this.#untilUs[id] = timeUs + seconds * US_PER_S;
    this.#steps[id] = 0;
    this.suspensions++;
    const ends = { srcHost, srcPort, dstHost, dstPort, packet };
    if (this.#pending.length < PENDING_MAX)
      this.#pending.push({ signature, seconds, isOnePacket, timeUs, ...ends });
  }

  #use(count: number): void {
    this.#untilUs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#waitS = new Float64Array(count);
    this.#windowUs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#steps = new Float64Array(count);
  }
}

/** The sender of the packet is the offender: it may have made it for that. */
function raise(suspension: Suspension, events: EventList): void {
  const { signature, seconds, isOnePacket, timeUs, packet } = suspension;
  const event = events.raise(EventKind.RULE_TOO_EXPENSIVE, timeUs, seconds);
  if (event === null) return;
  event.srcHost = suspension.srcHost;
  event.srcPort = suspension.srcPort;
  event.dstHost = suspension.dstHost;
  event.dstPort = suspension.dstPort;
  event.client = suspension.srcHost;
  event.server = suspension.dstHost;
  event.packet = packet;
  const { gid, sid, msg } = signature.alert;
  const limit = isOnePacket
    ? `${PCRE_STEPS_MAX} steps for one packet`
    : `${PCRE_STEPS_PER_S} steps in a second`;
  event.evidence = [
    {
      what: `regular expressions of rule ${gid}:${sid}, ${msg}`,
      expected: `at most ${limit}`,
      seen: `more: the rule is suspended for ${seconds} s`,
    },
  ];
}
