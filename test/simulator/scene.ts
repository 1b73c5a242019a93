import { datagram } from "./wire/datagram.ts";
import { type Endpoint, type Network, Place } from "./wire/network.ts";
import type { Random } from "./wire/random.ts";

/** A frame of a scene before worlds are joined: its time is the one of the sensor. */
export interface SentFrame {
  readonly timeUs: number;
  readonly bytes: Buffer;
  /** Who really sent it; its IP-ID counter numbers it. */
  readonly sender: string;
  /** Which scene of the world it belongs to, and its place there: names it for loss and shrinking. */
  readonly scene: number;
  readonly index: number;
  /** The one packet that is the attack: nobody can be asked to find it where it was lost. */
  readonly isVital: boolean;
}

/** Packet time at which every world begins, in microseconds since 1970. */
export const WORLD_START_US = 1_800_000_000_000_000;

/**
 * One story that plays in a world. It is written down in its own order with a clock that the story moves;
 * frames of all scenes are put in time order afterwards. All its chance comes from its own stream.
 */
export class Scene {
  /** Seconds since the world began; what is sent is sent now. */
  now: number;
  readonly random: Random;
  readonly network: Network;
  /** Number of this scene in its world: its own range of phones, users and NAT ports. */
  readonly slot: number;
  readonly frames: SentFrame[] = [];
  /** When the attack begins, in seconds; a sensor that starts in the middle starts a little earlier. */
  attackAt: number | null = null;
  /** What is sent now is never lost. */
  isVital = false;

  constructor(options: { random: Random; network: Network; slot: number; startS: number }) {
    this.random = options.random;
    this.network = options.network;
    this.slot = options.slot;
    this.now = options.startS;
  }

  /** One UDP datagram; `at` in seconds since the world began. */
  send(from: Endpoint, to: Endpoint, payload: string | Uint8Array, at = this.now): void {
    const { machine } = from;
    const bytes = datagram(
      {
        srcMac: machine.mac,
        dstMac: this.network.machine(to.ip ?? to.machine.ip).mac,
        ttl: machine.ttl,
        srcIp: from.ip ?? machine.ip,
        dstIp: to.ip ?? to.machine.ip,
        srcPort: from.port,
        dstPort: to.port,
      },
      typeof payload === "string" ? Buffer.from(payload, "latin1") : payload,
    );
    this.frames.push({
      timeUs: WORLD_START_US + Math.round(at * 1e6),
      bytes,
      sender: machine.name,
      scene: this.slot,
      index: this.frames.length,
      isVital: this.isVital,
    });
  }

  endpoint(ip: string, port: number): Endpoint {
    return { machine: this.network.machine(ip), port };
  }

  wait(seconds: number): void {
    this.now += seconds;
  }

  /** Time from when the sensor sees a message until it sees what `who` does about it. */
  turn(who: Endpoint): void {
    this.now += who.machine.isLan
      ? this.random.between(0.0006, 0.006)
      : this.random.between(0.012, 0.07);
  }

  /** The name of a user that only this scene has. */
  user(index: number): string {
    return String(2000 + this.slot * 100 + index);
  }

  get pbx(): Endpoint {
    return this.endpoint(Place.PBX, 5060);
  }
}
