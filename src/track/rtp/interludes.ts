import { KeyMap } from "../../base/key-map.ts";
import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { SeenPacket } from "../facts/packet-origin.ts";
import { isSameTtl, wayTextOf } from "../hosts/way.ts";

/** Directed flows of which somebody's pause is remembered at once. */
const FLOWS_MAX = 4096;
/** A call is on hold for no longer, as a rule. */
const FORGET_US = 600_000_000;
/** Behind its own last packet a sender goes on with the next number; a packet or two may be lost. */
const STEP_MAX = 3;
/** Late packets of the network are no further behind (RFC 3550 A.1). */
const BEHIND_MAX = 100;

/** Sequence numbers with which the own sender goes on if it knows nothing of what was sent meanwhile. */
export interface NextNumbers {
  readonly from: number;
  readonly to: number;
}

/** A sender that fell silent, and by which way its packets came. */
interface SilentSender {
  readonly ssrc: number;
  readonly mac: number;
  readonly ttl: number;
}

interface Interlude extends SilentSender {
  next: NextNumbers;
  sinceUs: number;
  /** Pauses so far that somebody else has spoken in. */
  pauses: number;
  /** Latest number of the own sender since; -1 before the first one. */
  backSeq: number;
  /** The own sender is back. */
  isOver: boolean;
  origin: SeenPacket;
  wayText: string;
  isHostsOwn: boolean;
}

/** Behind its own last packet. */
export function nextAfter(sequence: number): NextNumbers {
  return { from: (sequence + 1) & 0xffff, to: (sequence + STEP_MAX) & 0xffff };
}

/** The other one went on from the own sender's last number, which is some of the ones before that. */
export function nextUpTo(sequence: number): NextNumbers {
  return { from: (sequence - BEHIND_MAX + 1) & 0xffff, to: sequence };
}

/** What is told of somebody who spoke in a pause. */
export interface PauseSpoken {
  readonly pauses: number;
  /** A packet of his, and the way it came by. */
  readonly origin: SeenPacket;
  readonly wayText: string;
  /** The sender's proven packets have come by that way, too. */
  readonly isHostsOwn: boolean;
}

/**
 * Who speaks while a stream's own sender is silent (VAD, a call on hold), in its name and by another way, looks like the router that takes over from
 * one that failed. He cannot make the sender know of it: that goes on by its own way with the number behind its own last packet, as if nobody had
 * sent. Where two routers share a stream out, or one fails and comes back, the numbers in between are the sender's own and are gone.
 */
export class Interludes {
  readonly #byFlow = new KeyMap<Interlude>(FLOWS_MAX);

  /** The packet is by the other way, and `own` is silent. */
  begin(
    directedFlow: number,
    own: SilentSender,
    next: NextNumbers,
    packet: PacketView,
    isHostsOwn: boolean,
  ): void {
    const key = directedFlow + 1;
    const old = this.#byFlow.get(key);
    const isSame = old !== undefined && old.ssrc === own.ssrc && isSameWay(old, own, packet);
    if (isSame && packet.timeUs - old.sinceUs > FORGET_US) old.pauses = 0;
    this.#byFlow.put(key, {
      ...own,
      next,
      sinceUs: packet.timeUs,
      pauses: isSame ? old.pauses : 0,
      backSeq: -1,
      isOver: false,
      origin: new SeenPacket(packet),
      wayText: wayTextOf(packet),
      isHostsOwn,
    });
  }

  /** Somebody's interlude is not over: another one begins none. */
  isOpen(directedFlow: number, ssrc: number, nowUs: number): boolean {
    const open = this.#byFlow.get(directedFlow + 1);
    if (open === undefined || open.isOver || open.ssrc === ssrc) return false;
    return nowUs - open.sinceUs <= FORGET_US;
  }

  /**
   * Not null when the packet is the own sender's, which goes on as if nobody had sent. Of one SSRC two packets say so, as one may be
   * late by a second.
   */
  back(
    directedFlow: number,
    packet: PacketView,
    rtp: RtpHeaderView,
    isOneSsrc: boolean,
  ): PauseSpoken | null {
    const open = this.#byFlow.get(directedFlow + 1);
    if (open === undefined || open.isOver || open.ssrc !== rtp.ssrc) return null;
    const way = { mac: macKeyOf(packet), ttl: packet.ttl };
    if (packet.timeUs - open.sinceUs > FORGET_US || !isSameWay(open, way, packet)) return null;
    const { sequenceNumber } = rtp;
    const next = open.backSeq < 0 ? open.next : nextAfter(open.backSeq);
    const isNext = ((sequenceNumber - next.from) & 0xffff) <= ((next.to - next.from) & 0xffff);
    if (!isNext) return null;
    if (isOneSsrc && open.backSeq < 0) {
      open.backSeq = sequenceNumber;
      return null;
    }
    open.pauses++;
    open.isOver = true;
    return open;
  }

  end(directedFlow: number): void {
    this.#byFlow.delete(directedFlow + 1);
  }
}

function isSameWay(
  one: { mac: number; ttl: number },
  other: { mac: number; ttl: number },
  { macTwins }: PacketView,
): boolean {
  return macTwins.areSame(one.mac, other.mac) && isSameTtl(one.ttl, other.ttl);
}
