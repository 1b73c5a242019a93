import { combine53, hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import { isUdptl } from "../../decode/udptl.ts";
import type { Contradiction, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { PROOF } from "../hosts/standing.ts";
import { isSameTtl, wayTextOf } from "../hosts/way.ts";
import { Turns } from "../rtp/turns.ts";
import { MediaAim } from "./media-aim.ts";

/** Directions of faxes that are followed at once, each with some 700 bytes; the oldest goes. */
const FAXES_MAX = 1024;
/** Numbers of latest packets that are remembered, a power of two: two seconds of a fax. */
const NUMBERS = 64;
/** A fax whose way changes goes on within this of its last number, whatever was lost meanwhile. */
const NEAR = 256;
/** A port that was silent for so long has another fax, or another router. */
const FORGET_US = 30_000_000;

export interface FaxWayParts {
  readonly events: EventList;
  readonly hosts: HostTable;
  readonly names: HostNames;
}

/** One direction of a fax. */
class Fax {
  readonly macKey: number;
  readonly ttl: number;
  readonly turns = new Turns(true);
  /** To be told with the next packet by the other way. */
  isProven = false;
  lastUs = 0;
  lastNumber = 0;
  /** For each number modulo `NUMBERS`: the latest one, what its packet had, and whether it came by the other way. */
  readonly numbers = new Int32Array(NUMBERS).fill(-1);
  readonly marks = new Float64Array(NUMBERS);
  readonly isOther = new Uint8Array(NUMBERS);

  constructor(packet: PacketView, number: number) {
    this.macKey = macKeyOf(packet);
    this.ttl = packet.ttl;
    this.lastNumber = number;
  }

  /** True when the packet can't be of the sequence whose other packets came by the other way. */
  contradicts(number: number, mark: number, isOther: boolean): boolean {
    const at = number % NUMBERS;
    const isKnown = this.numbers[at] === number;
    if (isKnown) return this.marks[at] !== mark && (this.isOther[at] === 1) !== isOther;
    const ahead = ((number - this.lastNumber + 0x8000) & 0xffff) - 0x8000;
    if (isOther && Math.abs(ahead) > NEAR) return true;
    this.numbers[at] = number;
    this.marks[at] = mark;
    this.isOther[at] = isOther ? 1 : 0;
    if (ahead > 0) this.lastNumber = number;
    return false;
  }
}

/**
 * Who writes into a fax over UDPTL (ITU-T T.38) in its sender's own name, by another MAC or TTL. A router that took over, or shares the packets with
 * another one, brings numbers that are missing; whoever writes beside the sender has numbers of his own, or the same ones with other contents.
 * A copy on the far side of a router has the same contents.
 */
export class FaxWays {
  readonly #events: EventList;
  readonly #aim: MediaAim;
  readonly #faxes = new KeyMap<Fax>(FAXES_MAX);

  constructor(parts: FaxWayParts) {
    this.#events = parts.events;
    this.#aim = new MediaAim(parts);
  }

  /** A packet between two ends of a fax. */
  packet(packet: PacketView): void {
    const { bytes, payloadEnd, payloadStart, timeUs } = packet;
    if (!isUdptl(bytes, payloadStart, payloadEnd)) return;
    const key = combine53(
      combine53(packet.srcHost, packet.srcPort),
      combine53(packet.dstHost, packet.dstPort),
    );
    const number = bytes.readUInt16BE(payloadStart);
    let fax = this.#faxes.get(key);
    if (fax === undefined || timeUs - fax.lastUs > FORGET_US) {
      fax = new Fax(packet, number);
      this.#faxes.put(key, fax);
    }
    fax.lastUs = timeUs;
    const isOther =
      !isSameTtl(fax.ttl, packet.ttl) || !packet.macTwins.areSame(fax.macKey, macKeyOf(packet));
    const mark = hash53(bytes, payloadStart, payloadEnd);
    const isOdd = fax.contradicts(number, mark, isOther);
    if (isOdd && fax.turns.rival(timeUs)) fax.isProven = true;
    if (!isOther) fax.turns.own(timeUs);
    else if (fax.isProven) this.#tell(packet, fax);
  }

  #tell(packet: PacketView, fax: Fax): void {
    const { ttl, turns } = fax;
    fax.isProven = false;
    const value = PROOF + 1;
    const event = this.#events.raise(EventKind.RTP_SEQUENCE_HIJACK, packet.timeUs, value);
    if (event === null) return;
    this.#aim.atPacket(event, packet, null);
    event.isForged = true;
    const evidence: Contradiction[] = [
      {
        what: "numbers of the packets of a fax (UDPTL)",
        expected: "one running sequence",
        seen: `${turns.rivalPackets} packets with numbers or contents of their own between those of the fax`,
      },
      {
        what: "way of the packets",
        expected: `the fax's own, TTL ${ttl}`,
        seen: `address is the fax's own: forged; ${wayTextOf(packet)}`,
      },
    ];
    event.evidence = evidence;
  }
}
