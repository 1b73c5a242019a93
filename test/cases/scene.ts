import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/config-file.ts";
import {
  address,
  type CapturePacket,
  ethernet,
  ipv4,
  ipv6,
  pcapFile,
  udp,
} from "../support/pcap-writer.ts";
import { type Endpoint, WIRE_START_US, Wire } from "../support/wire.ts";

/** One small capture with its right verdict, as a row of CASES.tsv has it. */
export interface Case {
  /** Name of the capture without its suffix. */
  readonly name: string;
  /** `quiet`, `max 3` or `alert REGEXP <=N`, see verdict.ts. */
  readonly expect: string;
  readonly kind: string;
  readonly what: string;
  readonly make: (scene: Scene) => void;
  /** What the site has declared, each as after `--set`. */
  readonly config?: readonly string[];
}

/** Configuration of a case: the defaults and what its site has declared. */
export function configOf({ config = [] }: Case): Config {
  return loadConfig({ sets: config });
}

type Tap = (packet: CapturePacket) => readonly CapturePacket[];

/**
 * A mirrored segment that is written down instead of played: its packets go through the reader of
 * capture files, as those of a user do. Checksums are right, each host counts its IP-IDs.
 */
export class Scene extends Wire {
  /** Tag of what is sent now. */
  vlan: number | undefined;
  #packets: CapturePacket[] = [];
  readonly #ipIds = new Map<string, number>();
  #taps: Tap[] = [];
  #retime: ((timeUs: number, index: number) => number) | undefined;
  #state: number;

  constructor(name: string) {
    super();
    this.#state = [...name].reduce((hash, char) => (hash * 33 + char.charCodeAt(0)) >>> 0, 5381);
  }

  /** Between 0 and 1, the same in each run. */
  random(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.random() * 16).toString(16)).join(
      "",
    );
  }

  override unique(prefix = ""): string {
    return `${prefix}${this.hex(6)}${super.unique()}`;
  }

  wait(seconds: number): void {
    this.now += seconds;
  }

  override send(
    from: Endpoint,
    to: Endpoint,
    payload: string | Uint8Array,
    afterSeconds = 0,
  ): void {
    const id = (this.#ipIds.get(from.ip + (from.mac ?? "")) ?? from.ip.length * 777) & 0xffff;
    this.#ipIds.set(from.ip + (from.mac ?? ""), id + 1);
    this.frame(
      ethernet(datagram(from, to, payload, id), {
        src: macOf(from),
        dst: macOf(to),
        ...(this.vlan !== undefined && { tags: [[0x8100, this.vlan]] }),
      }),
      afterSeconds,
    );
  }

  /** Any frame, as it is. */
  override frame(bytes: Uint8Array, afterSeconds = 0): void {
    const timeUs = WIRE_START_US + Math.round((this.now + afterSeconds) * 1e6);
    this.#packets.push({ timeUs, bytes });
  }

  /** What the sensor is given for each packet; none, more or others. */
  tap(tap: Tap): void {
    this.#taps.push(tap);
  }

  /** The clock of the capture: another time for the packet of this index in the file. */
  retime(clock: (timeUs: number, index: number) => number): void {
    this.#retime = clock;
  }

  packets(): CapturePacket[] {
    let packets = this.#packets;
    for (const tap of this.#taps) packets = packets.flatMap((packet) => tap(packet));
    const sorted = packets.toSorted((a, b) => a.timeUs - b.timeUs);
    const clock = this.#retime;
    if (clock === undefined) return sorted;
    return sorted.map((packet, i) => ({ ...packet, timeUs: clock(packet.timeUs, i) }));
  }
}

/** The capture of a case. */
export function captureOf({ name, make }: Case): Buffer {
  const scene = new Scene(name);
  make(scene);
  return pcapFile(scene.packets());
}

export interface CopyOptions {
  readonly afterUs: number;
  readonly hops?: number;
  readonly srcMac?: string;
  readonly dstMac?: string;
}

/** The same packet as a second mirror port has it: IPv4 without a tag, some hops on. */
export function copyOf(packet: CapturePacket, options: CopyOptions): CapturePacket {
  const bytes = Buffer.from(packet.bytes);
  if (options.dstMac !== undefined) hex(options.dstMac).copy(bytes, 0);
  if (options.srcMac !== undefined) hex(options.srcMac).copy(bytes, 6);
  bytes[22] = (bytes[22] ?? 0) - (options.hops ?? 0);
  bytes.writeUInt16BE(0, 24);
  bytes.writeUInt16BE(onesComplement(bytes.subarray(14, 34)), 24);
  return { timeUs: packet.timeUs + options.afterUs, bytes };
}

function datagram(from: Endpoint, to: Endpoint, payload: string | Uint8Array, id: number): Buffer {
  const ttl = from.ttl ?? 64;
  const segment = udp(payload, { srcPort: from.port, dstPort: to.port });
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(segment.length, 0);
  pseudo.writeUInt32BE(17, 4);
  const ends = [address(from.ip), address(to.ip)];
  // RFC 768: zero is sent as all ones.
  segment.writeUInt16BE(onesComplement(Buffer.concat([...ends, pseudo, segment])) || 0xffff, 6);
  if (from.ip.includes(":")) return ipv6(segment, { src: from.ip, dst: to.ip, hopLimit: ttl });
  const packet = ipv4(segment, { src: from.ip, dst: to.ip, ttl, id });
  packet.writeUInt16BE(onesComplement(packet.subarray(0, 20)), 10);
  return packet;
}

/** RFC 1071. */
function onesComplement(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function macOf({ ip, mac }: Endpoint): string {
  if (mac !== undefined) return mac;
  let hash = 7;
  for (const char of ip) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  const digits = hash.toString(16).padStart(8, "0");
  return `00:15:${digits.replace(/(..)(?=.)/g, "$1:")}`;
}

function hex(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}
