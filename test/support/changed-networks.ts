import { freshDay, overIpv6, throughNat } from "./readdressed.ts";
import { dice, ipv4Start, type RawPacket } from "./rewrap.ts";

/** What networks, mirror ports and clocks do to a capture; null where there is nothing to change. */
export interface NetworkChange {
  readonly name: string;
  readonly change: (packets: readonly RawPacket[]) => readonly RawPacket[] | null;
}

const ROUTER_MAC = Buffer.from("02005e0a0001", "hex");
const CLOCK_STEP_US = 300_000_000;
/** Between a packet and its copy at the other mirror port. */
const COPY_US = 40;

export const NETWORK_CHANGES: readonly NetworkChange[] = [
  { name: "copies a hop later", change: (packets) => spanned(packets, false) },
  { name: "copies of the hop before first", change: (packets) => spanned(packets, true) },
  { name: "5 % lost", change: lossy },
  { name: "one direction", change: (packets) => oneWay(packets, true) },
  { name: "the other direction", change: (packets) => oneWay(packets, false) },
  { name: "starts at 30 %", change: (packets) => packets.slice(packets.length * 0.3) },
  { name: "starts at 60 %", change: (packets) => packets.slice(packets.length * 0.6) },
  { name: "clock set forward", change: (packets) => stepped(packets, CLOCK_STEP_US) },
  { name: "clock set back", change: (packets) => stepped(packets, -CLOCK_STEP_US) },
  { name: "over IPv6", change: overIpv6 },
  { name: "phones behind one NAT", change: throughNat },
  { name: "twenty times a day", change: freshDay },
];

/** A second mirror port shows each packet once more, with the router's MAC and a hop less. */
export function spanned(packets: readonly RawPacket[], isCopyFirst: boolean): RawPacket[] {
  return packets.flatMap((packet) => {
    const ip = ipv4Start(packet);
    if (ip < 0 || (packet.bytes[ip + 8] as number) < 2) return [packet];
    const bytes = Buffer.from(packet.bytes);
    ROUTER_MAC.copy(bytes, 6);
    bytes[ip + 8] = (bytes[ip + 8] as number) - 1;
    const copy = { ...packet, bytes };
    const [first, second] = isCopyFirst ? [copy, packet] : [packet, copy];
    return [first, { ...second, timeUs: packet.timeUs + COPY_US }];
  });
}

function lossy(packets: readonly RawPacket[]): RawPacket[] {
  const random = dice(packets.length);
  return packets.filter(() => random() >= 0.05);
}

/** One half of each pair of hosts, as a mirror shows it that takes one direction of a link. */
function oneWay(packets: readonly RawPacket[], isUp: boolean): RawPacket[] {
  return packets.filter((packet) => {
    const ip = ipv4Start(packet);
    if (ip < 0) return true;
    const { bytes } = packet;
    return bytes.compare(bytes, ip + 16, ip + 20, ip + 12, ip + 16) > 0 === isUp;
  });
}

/** The sensor's clock is set in the middle. */
function stepped(packets: readonly RawPacket[], stepUs: number): RawPacket[] {
  return packets.map((packet, i) =>
    i < packets.length / 2 ? packet : { ...packet, timeUs: packet.timeUs + stepUs },
  );
}
