import { DelayQueue } from "../../base/delay-queue.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketOrigin } from "../facts/packet-origin.ts";

/** Pairs of prober and relay. */
const PAIRS_MAX = 8192;
const SUSPECTS_MAX = 16_384;
/** A flow is looked at this long after its first packet: a stream has seventy packets by then. */
const WAIT_US = 1_500_000;
/** Probes further apart than this are not one scan. */
const FORGET_US = 3_600_000_000;
/** Ports are told apart by so many bits. */
const PORT_BITS = 2048;

/** A new directed flow that no signalling explains, or explains on one side only. */
export interface SuspectFlow {
  /** Handle of its first RTP source. */
  readonly source: number;
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly dstHost: HostKey;
  readonly dstPort: number;
  /** Its first packet. */
  readonly origin: PacketOrigin;
  /** How often it was looked at before. */
  looks: number;
}

interface ProbePair {
  /** Distinct ports that got a probe, about. */
  ports: number;
  lastUs: number;
  readonly bits: Uint32Array;
}

/**
 * RTPbleed (CVE-2017-14099 and its kin): a relay believes whoever sends to a media port. A host sends a
 * packet or two to one port after the other, and where a call runs the relay sends its media there.
 */
export class BleedProbes {
  readonly #pairs = new KeyMap<ProbePair>(PAIRS_MAX);
  readonly #suspects = new DelayQueue<SuspectFlow>(WAIT_US, SUSPECTS_MAX);

  push(flow: SuspectFlow, nowUs: number): void {
    this.#suspects.push(flow, nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#suspects.isDue(nowUs);
  }

  takeDue(nowUs: number): SuspectFlow | undefined {
    return this.#suspects.takeDue(nowUs);
  }

  /** Counts a probe; the ports so far when it is one more, else 0. */
  count(prober: HostKey, relay: HostKey, port: number, nowUs: number): number {
    const key = combine53(prober, relay);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { ports: 0, lastUs: nowUs, bits: new Uint32Array(PORT_BITS / 32) };
      this.#pairs.set(key, pair);
    } else if (nowUs - pair.lastUs > FORGET_US) {
      pair.ports = 0;
      pair.bits.fill(0);
    }
    pair.lastUs = nowUs;
    this.#pairs.touch(key);
    const bit = Math.imul(port, 0x9e3779b1) >>> 21;
    const word = pair.bits[bit >> 5] as number;
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) return 0;
    pair.bits[bit >> 5] = word | mask;
    return ++pair.ports;
  }

  portsOf(prober: HostKey, relay: HostKey): number {
    return this.#pairs.get(combine53(prober, relay))?.ports ?? 0;
  }
}
