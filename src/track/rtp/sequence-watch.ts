import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { type NextNumbers, nextAfter, nextUpTo } from "./interludes.ts";
import { NoiseBudget } from "./rtp-aside.ts";
import { signatureOf } from "./rtp-copies.ts";
import { Turns } from "./turns.ts";

/** Sequence numbers whose payload is remembered: two seconds and more of 20 ms packets. */
const RING = 256;
/** In sixteenths of a second: an older packet with that number belongs to another round or a restart. */
const RING_AGE_MAX = 10 * 16;
/** RFC 3550 A.1: a step forward up to this is a gap. */
const STEP_MAX = 100;
/** Two routers that share a stream out differ by up to 200 ms: so far a number may come early or late. */
const SKEW_MAX = 10;
/** The own way is silent this long while another one sends: routers changed over, or the phone roamed. */
const SILENT_US = 1_000_000;
const HANDOVER_PACKETS = 8;
/** A far sequence that runs alone this long is a restart of the own one. */
const RESTART_PACKETS = 25;
/** Without anything odd for so long a stream is watched no longer. */
const IDLE_US = 10_000_000;
/** The same after bursts by another way, which may come again. */
const IDLE_RIVAL_US = 60_000_000;
const NONE = -1;
/** A watch that is free watches that. */
export const NO_SOURCE = -1;

/** What a watched packet shows. */
export const Watched = {
  NOTHING: 0,
  /** Packets by another way run between those of the own one. */
  OTHER_WAY: 1,
  /** The same, and they are telephone events only. */
  OTHER_WAY_EVENTS: 2,
  /** One sequence number with two payloads, again and again. */
  TWO_PAYLOADS: 3,
  /** Two sequences on the own way. */
  TWO_SEQUENCES: 4,
  /** The other way has become the own one. */
  HANDOVER: 5,
} as const;
export type Watched = (typeof Watched)[keyof typeof Watched];

/**
 * A closer look at one RTP source whose packets come by two ways, twice, late or far off (RFC 3550 8.2).
 * Somebody who writes into a stream in its name cannot keep the real sender from going on: its numbers run
 * on by one while foreign packets come in between, or one number carries two payloads. Copies have the same
 * payload, late packets a number of their own, two routers share the numbers out, and a phone that writes a number twice
 * leaves out the next one: none of these counts.
 */
export class SequenceWatch {
  source = NO_SOURCE;
  lastOddUs = 0.5;
  /** Packets by the other way. */
  readonly byWay = new Turns(true);
  readonly byPayload = new Turns();
  readonly bySequence = new Turns();
  /** Packets by the other way whose number had another payload. */
  foreignConflicts = 0;
  /** Comfort noise by the other way. */
  readonly noise = new NoiseBudget();
  /** More than telephone events and comfort noise came by the other way. */
  hasVoice = false;
  #ownSeq = NONE;
  /** First number by the own way: what came before is not known. */
  #firstSeq = NONE;
  /** Turns by the own way's packets were enough; to be told with the next packet of the other way. */
  #isDue = false;
  #ownUs = 0.5;
  #foreignSinceOwn = 0;
  /** Numbers with which the own way went on if it knew nothing of the other one. */
  #next: NextNumbers = nextAfter(0);
  /** Highest number that the other way has brought as its share since the own way's last packet. */
  #shareSeq = NONE;
  #farSeq = NONE;
  #farRun = 0;
  readonly #sequences = new Int32Array(RING);
  readonly #signatures = new Int32Array(RING);
  readonly #times = new Uint16Array(RING);
  /** 1 where the packet came by the other way. */
  readonly #isForeign = new Uint8Array(RING);
  /** 1 where the own way brought the number with two payloads, and not the next number yet. */
  readonly #isDoubled = new Uint8Array(RING);

  begin(source: number, nowUs: number): void {
    this.source = source;
    this.lastOddUs = nowUs;
    this.byWay.withdraw();
    this.byPayload.withdraw();
    this.bySequence.withdraw();
    this.foreignConflicts = 0;
    this.hasVoice = false;
    this.noise.begin();
    this.#ownSeq = NONE;
    this.#firstSeq = NONE;
    this.#isDue = false;
    this.#ownUs = nowUs;
    this.#foreignSinceOwn = 0;
    this.#shareSeq = NONE;
    this.#farSeq = NONE;
    this.#farRun = 0;
    this.#sequences.fill(NONE);
  }

  /** The first packet by the other way since one of the own way; `highest`: number of the source, which it is when it is near. */
  noteNext(sequence: number, highest: number): void {
    if (this.#foreignSinceOwn > 0) return;
    this.#next = sequence === highest ? nextUpTo(sequence) : nextAfter(highest);
  }

  /** With these the own way goes on if the other one was no part of it. */
  get next(): NextNumbers {
    return this.#next;
  }

  isIdle(nowUs: number): boolean {
    return nowUs - this.lastOddUs > (this.byWay.isFresh(nowUs) ? IDLE_RIVAL_US : IDLE_US);
  }

  packet(packet: PacketView, rtp: RtpHeaderView, isOtherWay: boolean, isAside: boolean): Watched {
    const nowUs = packet.timeUs;
    const sequence = rtp.sequenceNumber;
    const at = sequence & (RING - 1);
    const signature = signatureOf(packet, rtp);
    const time = Math.floor(nowUs / 62_500) & 0xffff;
    const isKnown = this.#knows(sequence, time);
    if (isKnown && this.#signatures[at] === signature) {
      // A copy by the other way, or of a packet of the other way, takes back what it counted as.
      this.#foreignSinceOwn = 0;
      this.lastOddUs = nowUs;
      return Watched.NOTHING;
    }
    if (!isKnown) {
      this.#sequences[at] = sequence;
      this.#signatures[at] = signature;
      this.#times[at] = time;
      this.#isForeign[at] = isOtherWay ? 1 : 0;
      this.#isDoubled[at] = 0;
    }
    if (isOtherWay && isKnown) this.foreignConflicts++;
    if (isOtherWay) return this.#foreign(isAside, !isKnown && this.#isShare(sequence), nowUs);
    if (isAside) return Watched.NOTHING;
    if (isKnown && this.#isForeign[at] === 1) {
      // The own way brings the number all the same: the other packet was no share of the stream.
      this.foreignConflicts++;
      if (this.#ownSeq !== NONE && this.byWay.rival(nowUs)) this.#isDue = true;
      this.byWay.own(nowUs);
      this.lastOddUs = nowUs;
      return this.#own(sequence, false, nowUs);
    }
    if (!isKnown) {
      const told = this.#afterDoubled(sequence, time, nowUs);
      return this.#own(sequence, false, nowUs) || told;
    }
    // Threads of one phone that share a counter write a number twice and count it twice (pyVoIP 1.6.8, after a re-INVITE). Beside
    // somebody else's packet the own sender brings the next number all the same, and nobody can keep it from that.
    const isConflict = this.#knows((sequence + 1) & 0xffff, time);
    if (!isConflict) this.#isDoubled[at] = 1;
    return this.#own(sequence, isConflict, nowUs);
  }

  /** A packet with that number was seen, and not in another round. */
  #knows(sequence: number, time: number): boolean {
    const at = sequence & (RING - 1);
    const age = (time - (this.#times[at] as number)) & 0xffff;
    return this.#sequences[at] === sequence && age <= RING_AGE_MAX;
  }

  /** The number before this one had two payloads: now it is known that a second sender wrote one of them. */
  #afterDoubled(sequence: number, time: number, nowUs: number): Watched {
    const before = (sequence - 1) & 0xffff;
    const at = before & (RING - 1);
    if (this.#isDoubled[at] === 0 || !this.#knows(before, time)) return Watched.NOTHING;
    this.#isDoubled[at] = 0;
    this.lastOddUs = nowUs;
    return this.byPayload.rival(nowUs) ? Watched.TWO_PAYLOADS : Watched.NOTHING;
  }

  /**
   * A number that nobody has brought yet may be the share of the other one of two routers, early or late. A router that shares out
   * by bursts (flowlets) sends many in a row: each is measured by the one before while the own way says nothing. Somebody
   * who writes on while the own sender pauses is found when that goes on with its own next number.
   */
  #isShare(sequence: number): boolean {
    if (this.#ownSeq === NONE || stepOf(this.#firstSeq, sequence) < 0) return false;
    if (isNear(this.#ownSeq, sequence)) {
      if (this.#shareSeq === NONE) this.#shareSeq = sequence;
    } else if (this.#shareSeq === NONE || !isNear(this.#shareSeq, sequence)) return false;
    if (stepOf(this.#shareSeq, sequence) > 0) this.#shareSeq = sequence;
    return true;
  }

  /** `isShare`: it may be a part of the own stream that comes by another router. */
  #foreign(isAside: boolean, isShare: boolean, nowUs: number): Watched {
    this.lastOddUs = nowUs;
    this.#foreignSinceOwn++;
    if (!isAside) this.hasVoice = true;
    if (nowUs - this.#ownUs > SILENT_US && this.#foreignSinceOwn >= HANDOVER_PACKETS) {
      return Watched.HANDOVER;
    }
    if (this.#ownSeq === NONE) return Watched.NOTHING;
    if (!isShare && this.byWay.rival(nowUs)) this.#isDue = true;
    if (!this.#isDue) return Watched.NOTHING;
    this.#isDue = false;
    return this.hasVoice ? Watched.OTHER_WAY : Watched.OTHER_WAY_EVENTS;
  }

  /** A packet by the own way; `isConflict` when its number was seen with another payload. */
  #own(sequence: number, isConflict: boolean, nowUs: number): Watched {
    const step = this.#ownSeq === NONE ? 1 : stepOf(this.#ownSeq, sequence);
    if (this.#ownSeq !== NONE && (step > STEP_MAX || step < -STEP_MAX)) {
      return this.#far(sequence, isConflict, nowUs);
    }
    if (this.#ownSeq === NONE) this.#firstSeq = sequence;
    if (step > 0) {
      // Where two routers share one stream out, the other one has taken the numbers in between.
      if (step === 1) {
        this.byWay.own(nowUs);
        if (this.#farRun > 1) this.bySequence.own(nowUs);
      }
      this.#ownSeq = sequence;
      this.#ownUs = nowUs;
      this.#foreignSinceOwn = 0;
      this.#shareSeq = NONE;
      this.#farRun = Math.min(this.#farRun, 2);
    }
    if (step <= 0 || isConflict) this.lastOddUs = nowUs;
    if (!isConflict) {
      this.byPayload.own(nowUs);
      return Watched.NOTHING;
    }
    return this.byPayload.rival(nowUs) ? Watched.TWO_PAYLOADS : Watched.NOTHING;
  }

  /** A second sequence by the own way. */
  #far(sequence: number, isConflict: boolean, nowUs: number): Watched {
    const step = this.#farSeq === NONE ? 0 : stepOf(this.#farSeq, sequence);
    this.#farSeq = sequence;
    this.lastOddUs = nowUs;
    if (!isConflict) this.byPayload.own(nowUs);
    if (step <= 0 || step > STEP_MAX) {
      this.#farRun = 1;
      // Two that write the same numbers never run alone, wherever these are.
      return isConflict && this.byPayload.rival(nowUs) ? Watched.TWO_PAYLOADS : Watched.NOTHING;
    }
    this.#farRun++;
    if (this.#farRun >= RESTART_PACKETS) {
      this.#ownSeq = sequence;
      this.#firstSeq = sequence;
      this.#ownUs = nowUs;
      this.#farRun = 0;
      this.bySequence.withdraw();
      // The numbers begin anew, and so do their payloads; what is missing of the first round is no turn of the second.
      this.#sequences.fill(NONE);
      return Watched.NOTHING;
    }
    if (isConflict && this.byPayload.rival(nowUs)) return Watched.TWO_PAYLOADS;
    return this.bySequence.rival(nowUs) ? Watched.TWO_SEQUENCES : Watched.NOTHING;
  }
}

/** No further than two routers differ. */
function isNear(from: number, to: number): boolean {
  const step = stepOf(from, to);
  return step >= -SKEW_MAX && step <= SKEW_MAX;
}

/** Signed distance of 16-bit sequence numbers. */
function stepOf(from: number, to: number): number {
  return ((to - from + 0x8000) & 0xffff) - 0x8000;
}
