import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { BundledCapture } from "./bundled-captures.ts";
import { spanned } from "./changed-networks.ts";
import { type CapturePacket, pcapFile } from "./pcap-writer.ts";

/** Addresses of the attackers in the bundled captures (pcaps/README.md). */
const ATTACKER = /^(10\.66\.0\.66|198\.51\.100\.\d+|203\.0\.113\.50)$/;
/** An attack of fewer packets is one deed: it cannot be shared out or slowed, and must not be lost. */
const DEED_PACKETS_MAX = 19;
/** Shared out by as many hosts as this already. */
const SOURCES_MAX = 4;
const ETHERNET_BYTES = 14;
const UDP = 17;

/** The frame of one UDP datagram over IPv4, taken apart. */
export interface Datagram {
  readonly packet: CapturePacket;
  readonly src: string;
  readonly dst: string;
  readonly payloadAt: number;
  /** Latin-1, so that places in it are places in the bytes. */
  readonly text: string;
  /** Call-ID of SIP; "" of anything else. */
  readonly callId: string;
}

export interface AttackCapture {
  readonly name: string;
  readonly packets: readonly CapturePacket[];
  /** Addresses that attack; none where the attacker forges those of others. */
  readonly attackers: ReadonlySet<string>;
  /** Packets that come from them. */
  readonly sent: number;
}

export interface Mutation {
  readonly name: string;
  /** Null when the attack has nothing that could be changed so. `foundUs`: when it is found as captured. */
  readonly change: (attack: AttackCapture, foundUs: number) => readonly CapturePacket[] | null;
}

export function attackCapture({ name, path }: BundledCapture): AttackCapture {
  const file = readFileSync(path);
  const packets = packetsOf(name.endsWith(".gz") ? gunzipSync(file) : file);
  const senders = packets.map((packet) => datagramOf(packet)?.src ?? "");
  const attackers = new Set(senders.filter((src) => ATTACKER.test(src)));
  return { name, packets, attackers, sent: senders.filter((src) => attackers.has(src)).length };
}

/** Records of a little-endian pcap file with times in microseconds, as all bundled ones are. */
function packetsOf(file: Buffer): CapturePacket[] {
  if (file.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error("not such a pcap file");
  const packets: CapturePacket[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8);
    packets.push({
      timeUs: file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4),
      bytes: file.subarray(at + 16, end),
      wireLength: file.readUInt32LE(at + 12),
    });
    at = end;
  }
  return packets;
}

export function captureFile(packets: readonly CapturePacket[]): Buffer {
  return pcapFile(packets.toSorted((a, b) => a.timeUs - b.timeUs));
}

export const MUTATIONS: readonly Mutation[] = [
  { name: "5 sources", change: (attack) => fromManySources(attack, 5) },
  { name: "20 sources", change: (attack) => fromManySources(attack, 20) },
  { name: "slowed 5 times", change: (attack) => slowed(attack, 5) },
  { name: "no tool habits", change: withoutHabits },
  { name: "begins in the middle", change: cutInTheMiddle },
  { name: "5 % lost", change: (attack) => lossy(attack, 0.05) },
  { name: "seen twice", change: seenTwice },
  { name: "only what attackers send", change: withoutAnswers },
];

/** Each call, and each flow of anything else, comes from another of `count` neighbours. */
function fromManySources(attack: AttackCapture, count: number): CapturePacket[] | null {
  const { attackers, packets, sent } = attack;
  if (sent <= DEED_PACKETS_MAX || attackers.size === 0 || attackers.size > SOURCES_MAX) return null;
  const used = new Set(packets.flatMap((packet) => endsOf(datagramOf(packet))));
  const owners = new Map<string, number>();
  let next = 0;
  return packets.map((packet) => {
    const datagram = datagramOf(packet);
    const attacker = attackerOf(datagram, attackers);
    if (datagram === null || attacker === null) return packet;
    const key = datagram.callId || portsOf(datagram);
    // Who was issued a nonce uses it (RFC 7616 3.3): its tries come from one host.
    const nonce = /nonce="([^"]+)"/.exec(datagram.text)?.[1] ?? key;
    const owner = owners.get(key) ?? owners.get(nonce) ?? next++ % count;
    owners.set(key, owner);
    if (!owners.has(nonce)) owners.set(nonce, owner);
    return withAddress(datagram, attacker, neighbour(attacker, owner, used));
  });
}

function neighbour(attacker: string, index: number, used: ReadonlySet<string>): string {
  const [head, last = ""] = [
    attacker.slice(0, attacker.lastIndexOf(".") + 1),
    attacker.slice(attacker.lastIndexOf(".") + 1),
  ];
  const first = last.length === 3 ? 130 : 30;
  const free = Array.from({ length: 60 }, (_, i) => `${head}${first + i}`);
  // The address keeps its length in texts, so that lengths of bodies stay right.
  const chosen = free.filter((address) => !used.has(address))[index];
  if (chosen === undefined || last.length < 2) throw new Error(`no neighbour of ${attacker}`);
  return chosen;
}

/** The attacker takes its time between calls, not between a request and its answer. */
function slowed({ attackers, packets, sent }: AttackCapture, factor: number) {
  if (sent <= DEED_PACKETS_MAX) return null;
  const starts = new Map<string, number>();
  const firstUs = packets.find((packet) => attackerOf(datagramOf(packet), attackers) !== null)
    ?.timeUs as number;
  return packets.map((packet) => {
    const datagram = datagramOf(packet);
    if (datagram === null || attackerOf(datagram, attackers) === null) return packet;
    const { timeUs } = packet;
    const key = datagram.callId;
    if (key === "") return { ...packet, timeUs: firstUs + factor * (timeUs - firstUs) };
    const startUs = starts.get(key) ?? timeUs;
    starts.set(key, startUs);
    return { ...packet, timeUs: timeUs + (factor - 1) * (startUs - firstUs) };
  });
}

/** What tools write into messages, each with as many characters of something ordinary. */
function withoutHabits({ attackers, packets }: AttackCapture): CapturePacket[] | null {
  const renamed = new Map<string, string>();
  const note = (text: string, pattern: RegExp) => {
    for (const [, value = ""] of text.matchAll(pattern)) renamed.set(value, ordinary(value));
  };
  const datagrams = packets.map(datagramOf);
  const others = datagrams.filter((datagram) => attackerOf(datagram, attackers) === null);
  const ofVictims = new Set(others.map((datagram) => datagram?.callId ?? ""));
  for (const datagram of datagrams) {
    if (datagram === null || !attackers.has(datagram.src)) continue;
    // What an attacker repeats of somebody's call is no habit of his.
    if (ofVictims.has(datagram.callId) || datagram.text.startsWith("SIP/2.0 ")) continue;
    note(datagram.text, /^(?:Call-ID|i): *([^\r\n@]{4,})/gim);
    note(datagram.text, /^From:.*;tag=([^\s;>]{4,})/gim);
    note(datagram.text, /;branch=(?:z9hG4bK)?([^\s;,]{4,})/gi);
  }
  if (renamed.size === 0) return null;
  return packets.map((packet, i) => {
    const datagram = datagrams[i] ?? null;
    if (datagram === null || attackerOf(datagram, attackers) === null) return packet;
    let { text } = datagram;
    for (const [, value = ""] of text.matchAll(/[=:] *(?:z9hG4bK)?([^\s;,@>]{4,})/gi)) {
      const other = renamed.get(value);
      if (other !== undefined) text = text.replaceAll(value, other);
    }
    if (attackers.has(datagram.src)) {
      text = text
        .replace(/^(User-Agent: *)(.*)$/im, (_, head, agent) => head + phoneName(agent.length))
        .replaceAll("sipvicious", "telephones")
        .replaceAll("@1.1.1.1", "@9.8.7.6")
        .replaceAll("nm@nm", "ab@cd");
    }
    return withPayload(datagram, text);
  });
}

/** As many characters of nothing in particular. */
function ordinary(value: string): string {
  return createHash("sha512").update(value).digest("hex").repeat(4).slice(0, value.length);
}

function phoneName(length: number): string {
  return "Yealink SIP-T46G 28.83.0.35 805ec0a1b2c3".padEnd(length, "0").slice(0, length);
}

/** The sensor is started when half of the attack is over; half-way to it when it is one deed. */
function cutInTheMiddle(attack: AttackCapture, foundUs: number): CapturePacket[] {
  const { attackers, packets, sent } = attack;
  const firstUs = packets[0]?.timeUs ?? 0;
  const ofAttack = packets.filter((packet) => attackers.has(datagramOf(packet)?.src ?? ""));
  const middleUs =
    sent <= DEED_PACKETS_MAX
      ? (firstUs + Math.min(foundUs, ofAttack[0]?.timeUs ?? foundUs)) / 2
      : (ofAttack[Math.floor(sent / 2)]?.timeUs ?? 0);
  return packets.filter(({ timeUs }) => timeUs >= middleUs);
}

function lossy({ name, attackers, packets, sent }: AttackCapture, share: number) {
  let state = createHash("sha256").update(name).digest().readUInt32LE(0);
  return packets.filter((packet) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const isVital = sent <= DEED_PACKETS_MAX && attackers.has(datagramOf(packet)?.src ?? "");
    return isVital || state / 2 ** 32 >= share;
  });
}

/** A second mirror port shows all of it once more, a hop later. */
function seenTwice({ packets }: AttackCapture): CapturePacket[] {
  const raw = packets.map(({ timeUs, bytes }) => ({
    timeUs,
    bytes: Buffer.from(bytes),
    linkType: 1,
  }));
  return spanned(raw, false).map(({ timeUs, bytes }) => ({ timeUs, bytes }));
}

/** The mirror takes one direction only, the worse one: nothing that the attackers are answered is seen. */
function withoutAnswers({ attackers, packets }: AttackCapture): CapturePacket[] | null {
  if (attackers.size === 0) return null;
  return packets.filter((packet) => !attackers.has(datagramOf(packet)?.dst ?? ""));
}

/** Ports, the same for both directions. */
function portsOf({ packet, payloadAt }: Datagram): string {
  const bytes = Buffer.from(packet.bytes.subarray(payloadAt - 8, payloadAt - 4));
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)].sort().join("-");
}

function endsOf(datagram: Datagram | null): string[] {
  return datagram === null ? [] : [datagram.src, datagram.dst];
}

function attackerOf(datagram: Datagram | null, attackers: ReadonlySet<string>): string | null {
  return endsOf(datagram).find((address) => attackers.has(address)) ?? null;
}

/** Null for anything but an unfragmented UDP datagram over IPv4 and Ethernet. */
export function datagramOf(packet: CapturePacket): Datagram | null {
  const bytes = Buffer.from(packet.bytes.buffer, packet.bytes.byteOffset, packet.bytes.length);
  const ip = ETHERNET_BYTES;
  if (bytes.length < ip + 28 || bytes.readUInt16BE(12) !== 0x0800) return null;
  if (bytes[ip + 9] !== UDP || (bytes.readUInt16BE(ip + 6) & 0x3fff) !== 0) return null;
  const payloadAt = ip + 4 * ((bytes[ip] as number) & 15) + 8;
  const text = bytes.toString("latin1", payloadAt);
  return {
    packet,
    src: [...bytes.subarray(ip + 12, ip + 16)].join("."),
    dst: [...bytes.subarray(ip + 16, ip + 20)].join("."),
    payloadAt,
    text,
    callId: /^(?:Call-ID|i): *([^\r\n]+)/im.exec(text)?.[1] ?? "",
  };
}

/** With another address of the attacker, in the header and in what it says. */
function withAddress(datagram: Datagram, from: string, to: string): CapturePacket {
  const changed = withPayload(datagram, datagram.text.replaceAll(from, to));
  const bytes = Buffer.from(changed.bytes);
  const octets = Buffer.from(to.split(".").map(Number));
  if (datagram.src === from) {
    octets.copy(bytes, ETHERNET_BYTES + 12);
    // Hosts of the own network have cards of their own; others come by the router's.
    if (from.startsWith("10.")) bytes[11] = octets[3] as number;
  } else {
    octets.copy(bytes, ETHERNET_BYTES + 16);
    if (from.startsWith("10.")) bytes[5] = octets[3] as number;
  }
  return { ...changed, bytes };
}

/** The checksum of UDP is left out, which RFC 768 allows. */
function withPayload({ packet, payloadAt }: Datagram, text: string): CapturePacket {
  const bytes = Buffer.concat([
    packet.bytes.subarray(0, payloadAt),
    Buffer.from(text, "latin1"),
  ]) as Buffer;
  if (bytes.length !== packet.bytes.length) throw new Error("another length");
  bytes.writeUInt16BE(0, payloadAt - 2);
  return { ...packet, bytes };
}
