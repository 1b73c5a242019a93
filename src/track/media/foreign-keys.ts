import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { EventKind } from "../facts/event-kind.ts";
import { SeenPacket } from "../facts/packet-origin.ts";
import { isSameTtl, wayTextOf } from "../hosts/way.ts";
import type { MediaParts } from "./media.ts";
import { MediaAim } from "./media-aim.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";

/** Addresses that got keys of somebody else. */
const ADDRESSES_MAX = 2048;
/** The end of an event comes three times (RFC 4733 2.5.1.4): fewer packets press no key for sure. */
const PACKETS_MIN = 3;
/** What the own sender had on its way when somebody took over from it arrives within this. */
const GOES_ON_US = 200_000;
/** Dialling goes on within this. */
const FORGET_US = 60_000_000;
/** So many keys are no slip. */
const MANY_KEYS = 3;

/** What tells the sender of the events from the stream's own. */
export const KeySign = {
  /** An address that no call names. */
  ADDRESS: 0,
  /** The stream's own address, from another MAC. */
  MAC: 1,
  /** The stream's own address and MAC, another TTL: gateways that make events themselves have that, too. */
  TTL: 2,
} as const;
export type KeySign = (typeof KeySign)[keyof typeof KeySign];

interface Pressed {
  packets: number;
  /** Distinct events: each has one timestamp (RFC 4733 2.2.1). */
  keys: number;
  timestamp: number;
  lastUs: number;
  sign: KeySign;
  /** The own sender's first packet behind enough of these; 0 before. */
  ownUs: number;
  /** Balance that was told. */
  told: number;
  readonly mac: number;
  readonly ttl: number;
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly origin: SeenPacket;
  readonly way: string;
}

/**
 * Telephone events (RFC 4733) that somebody else sends into a stream: one digit lasts a tenth of a second, too short for
 * the turns that prove a second voice. They count once the stream's own sender has gone on behind them.
 */
export class ForeignKeys {
  readonly #parts: MediaParts;
  readonly #aim: MediaAim;
  readonly #pressed = new KeyMap<Pressed>(ADDRESSES_MAX);

  constructor(parts: MediaParts) {
    this.#parts = parts;
    this.#aim = new MediaAim(parts);
  }

  /** An event packet that the stream's own sender did not send. */
  rival(packet: PacketView, rtp: RtpHeaderView, sign: KeySign): void {
    const { names } = this.#parts;
    const { dstHost, dstPort, srcHost, srcPort, timeUs } = packet;
    const key = combine53(dstHost, dstPort);
    let pressed = this.#pressed.get(key);
    if (pressed === undefined || timeUs - pressed.lastUs > FORGET_US) {
      names.remember(srcHost, packet.view, packet.srcAddressStart);
      names.remember(dstHost, packet.view, packet.dstAddressStart);
      pressed = {
        packets: 0,
        keys: 0,
        timestamp: 0,
        lastUs: timeUs,
        sign,
        ownUs: 0,
        told: 0,
        mac: macKeyOf(packet),
        ttl: packet.ttl,
        srcHost,
        srcPort,
        origin: new SeenPacket(packet),
        way: wayTextOf(packet),
      };
      this.#pressed.set(key, pressed);
    }
    this.#pressed.touch(key);
    if (pressed.packets === 0 || pressed.timestamp !== rtp.timestamp) pressed.keys++;
    pressed.timestamp = rtp.timestamp;
    pressed.packets++;
    pressed.lastUs = timeUs;
    pressed.sign = Math.min(pressed.sign, sign) as KeySign;
  }

  /** A key by the stream's own way whose numbers its sender uses for voice: a single sign. */
  twice(packet: PacketView, receiver: MediaEndpoint | null): void {
    const event = this.#parts.events.raise(EventKind.RTP_KEYS_INJECTED, packet.timeUs, 1);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    event.isForged = true;
    event.evidence = [
      {
        what: "sequence numbers of a key (RFC 4733)",
        expected: "the stream's next ones, for the key alone",
        seen: "three and more that its voice has as well, by the same way",
      },
    ];
  }

  /** A packet of the stream's own sender: it goes on. */
  own(packet: PacketView, receiver: MediaEndpoint | null): void {
    if (this.#pressed.size === 0) return;
    const { dstHost, dstPort, timeUs } = packet;
    const pressed = this.#pressed.get(combine53(dstHost, dstPort));
    if (pressed === undefined || pressed.packets < PACKETS_MIN) return;
    if (isSender(pressed, packet)) return;
    if (pressed.ownUs === 0) pressed.ownUs = timeUs;
    if (timeUs - pressed.ownUs < GOES_ON_US) return;
    const isMany = pressed.keys >= MANY_KEYS && pressed.sign !== KeySign.TTL;
    const balance = isMany ? 2 : 1;
    if (balance <= pressed.told) return;
    pressed.told = balance;
    const event = this.#parts.events.raise(EventKind.RTP_KEYS_INJECTED, timeUs, balance);
    if (event === null) return;
    const { srcHost, srcPort, sign } = pressed;
    this.#aim.atEnds(event, { srcHost, srcPort, dstHost, dstPort });
    event.subject = this.#aim.subjectOf(receiver, dstHost, dstPort);
    event.origin = pressed.origin;
    event.isForged = sign !== KeySign.ADDRESS;
    event.evidence = [
      {
        what: "telephone events (RFC 4733)",
        expected: "from the stream's own sender",
        seen: `${pressed.packets} packets, ${pressed.keys} keys of somebody else, and the stream goes on`,
      },
      {
        what: sign === KeySign.ADDRESS ? "sender" : "way of the packets",
        expected: sign === KeySign.ADDRESS ? "an address of the call" : "the stream's own",
        seen:
          sign === KeySign.ADDRESS
            ? `${this.#parts.names.text(srcHost)}:${srcPort}`
            : `address is the stream's own: forged; true sender known by ${pressed.way}`,
      },
    ];
  }
}

/** The packet comes from who pressed the keys: the stream has moved to it. */
function isSender({ srcHost, srcPort, mac, ttl }: Pressed, packet: PacketView): boolean {
  if (packet.srcHost !== srcHost || packet.srcPort !== srcPort) return false;
  return packet.macTwins.areSame(macKeyOf(packet), mac) && isSameTtl(packet.ttl, ttl);
}
