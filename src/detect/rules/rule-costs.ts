import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { EventList } from "../../track/facts/event.ts";
import { EventKind } from "../../track/facts/event-kind.ts";
import type { EngineCounters } from "../engine-counters.ts";
import type { MatchContext } from "../match-context.ts";
import { PCRE_STEPS_MAX } from "../payload/buffer-inspector.ts";
import type { Signature } from "./signature.ts";

const US_PER_S = 1_000_000;

/** What the expressions of one rule may cost in a second of packet time: some two tenths of a second. */
const PCRE_STEPS_PER_S = 8_000_000;

/** The same for all rules together; over it, each may cost so much for one packet only. */
const ALL_STEPS_PER_S = 24_000_000;
const PRESSED_STEPS_MAX = 20_000;

/**
 * What costs less for one packet, in the mean, is what packets cost: much of it in a second is much traffic, or a
 * capture without times, and no reason to suspend a rule.
 */
const CHEAP_STEPS = 2_000;

/** A suspension grows with each one that follows the last within an hour, and so does what a payload costs who sent it. */
const SUSPENDED_S_MIN = 10;
const SUSPENDED_S_MAX = 3_600;
const FORGIVEN_US = 3_600 * US_PER_S;
/** Facts that wait to be told; a rule has one at a time. */
const PENDING_MAX = 64;

/** Rules whose suspensions are told by name; reloads may bring others for ever. */
const RULES_MAX = 1_000;

interface Suspension {
  readonly signature: Signature;
  readonly seconds: number;
  /** In words. */
  readonly limit: string;
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
  #suspensions = 0;
  readonly #byRule = new Map<string, number>();
  /** By signature id. */
  #untilUs = new Float64Array(0);
  #waitS = new Float64Array(0);
  readonly #all = new SecondOfSteps();
  #seconds: SecondOfSteps[] = [];
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

  /** Since the start of the run. */
  get counters(): Pick<EngineCounters, "suspensions" | "suspendedRules"> {
    return { suspensions: this.#suspensions, suspendedRules: this.#byRule };
  }

  isSuspended(id: number, timeUs: number): boolean {
    return timeUs < (this.#untilUs[id] as number);
  }

  /** Call with what the expressions of a rule have cost on one packet. */
  charge(signature: Signature, steps: number, context: MatchContext): void {
    const { timeUs } = context;
    const limit = this.stepsMax;
    this.#all.add(steps, timeUs);
    const second = this.#seconds[signature.id] as SecondOfSteps;
    second.add(steps, timeUs);
    if (steps > limit) this.#suspend(signature, `${limit} steps for one packet`, context);
    else if (second.isOver(PCRE_STEPS_PER_S))
      this.#suspend(signature, `${PCRE_STEPS_PER_S} steps in a second`, context);
  }

  /** What the expressions of a rule may cost on the packet at hand. */
  get stepsMax(): number {
    return this.#all.isOver(ALL_STEPS_PER_S) ? PRESSED_STEPS_MAX : PCRE_STEPS_MAX;
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

  #suspend(signature: Signature, limit: string, context: MatchContext): void {
    const { id } = signature;
    const { timeUs, srcHost, srcPort, dstHost, dstPort, packet } = context;
    const isForgiven = timeUs > (this.#untilUs[id] as number) + FORGIVEN_US;
    const before = isForgiven ? 0 : (this.#waitS[id] as number);
    const seconds = Math.min(SUSPENDED_S_MAX, Math.max(SUSPENDED_S_MIN, 2 * before));
    this.#waitS[id] = seconds;
    this.#untilUs[id] = timeUs + seconds * US_PER_S;
    this.#seconds[id]?.clear();
    this.#suspensions++;
    const { gid, sid } = signature.alert;
    const name = `${gid}:${sid}`;
    if (this.#byRule.has(name) || this.#byRule.size < RULES_MAX)
      this.#byRule.set(name, (this.#byRule.get(name) ?? 0) + 1);
    const ends = { srcHost, srcPort, dstHost, dstPort, packet };
    if (this.#pending.length < PENDING_MAX)
      this.#pending.push({ signature, seconds, limit, timeUs, ...ends });
  }

  #use(count: number): void {
    this.#untilUs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#waitS = new Float64Array(count);
    this.#seconds = Array.from({ length: count }, () => new SecondOfSteps());
  }
}

/** Steps and evaluations in the second of packet time that the first of them opened. */
class SecondOfSteps {
  #openedUs = Number.NEGATIVE_INFINITY;
  #steps = 0;
  #evaluations = 0;

  add(steps: number, timeUs: number): void {
    const age = timeUs - this.#openedUs;
    if (age < 0 || age >= US_PER_S) {
      this.clear();
      this.#openedUs = timeUs;
    }
    this.#steps += steps;
    this.#evaluations++;
  }

  isOver(limit: number): boolean {
    return this.#steps > limit && this.#steps > CHEAP_STEPS * this.#evaluations;
  }

  clear(): void {
    this.#steps = 0;
    this.#evaluations = 0;
  }
}

/** The sender of the packet is the offender: it may have made it for that. */
function raise(suspension: Suspension, events: EventList): void {
  const { signature, seconds, limit, timeUs, packet } = suspension;
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
  event.evidence = [
    {
      what: `regular expressions of rule ${gid}:${sid}, ${msg}`,
      expected: `at most ${limit}`,
      seen: `more: the rule is suspended for ${seconds} s`,
    },
  ];
}
