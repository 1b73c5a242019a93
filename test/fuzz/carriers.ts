import { byAgent, hep3, hepOld } from "../support/hep.ts";
import {
  inFragments,
  inSctpPieces,
  OverTcp,
  pieces,
  type RawPacket,
  type Session,
  shuffled,
  type Wrap,
} from "../support/rewrap.ts";
import { tlsSession } from "../support/tls-session.ts";
import { inTunnel, TUNNELS, type Tunnel } from "../support/tunnels.ts";
import { webSocketSession } from "../support/websocket.ts";

type Random = () => number;

export const below = (random: Random, count: number) => Math.floor(random() * count);

/** Tunnels that can stand inside others: their outside is an Ethernet frame. */
const ethernetTunnels: readonly Tunnel[] = Object.values(TUNNELS).filter(
  ({ linkType = 1 }) => linkType === 1,
);
const allTunnels: readonly Tunnel[] = Object.values(TUNNELS);

/** Ways to carry packets; each call makes one anew, with state of its own. */
const CARRIERS: readonly ((random: Random) => Wrap)[] = [
  () => (packet) => [packet],
  (random) => inFragments(8 * (1 + below(random, 40)), random),
  (random) => overTcp(random, null),
  (random) => overTcp(random, webSocketSession(random() < 0.5)),
  (random) => overTcp(random, tlsSession(random() < 0.5 ? "1.2" : "1.3", 1 + below(random, 900))),
  (random) => inSctpPieces(1 + below(random, 400), random),
  () => byAgent((seen) => hepOld(1, seen)),
  (random) => byAgent((seen) => hepOld(2, seen, { isLittle: random() < 0.5 })),
  () => byAgent((seen) => hep3(seen)),
  (random) => inTunnel(allTunnels[below(random, allTunnels.length)] as Tunnel),
  (random) => {
    const inner = inTunnel(ethernetTunnels[below(random, ethernetTunnels.length)] as Tunnel);
    const outer = inTunnel(allTunnels[below(random, allTunnels.length)] as Tunnel);
    return (packet) => inner(packet).flatMap(outer);
  },
  (random) => {
    const cut = inFragments(8 * (1 + below(random, 40)), random);
    const tunnel = inTunnel(ethernetTunnels[below(random, ethernetTunnels.length)] as Tunnel);
    return (packet) => tunnel(packet).flatMap(cut);
  },
  (random) => {
    const tcp = overTcp(random, null);
    const cut = inFragments(8 * (1 + below(random, 40)), random);
    return (packet) => tcp(packet).flatMap(cut);
  },
];

function overTcp(random: Random, session: Session | null): Wrap {
  const size = 1 + below(random, 700);
  const isShuffled = random() < 0.5;
  const cut = (payload: Buffer) => pieces(payload, Math.max(size, payload.length >> 6));
  const order = <T>(items: readonly T[]) => (isShuffled ? shuffled(items, random) : [...items]);
  return new OverTcp(cut, order, session).wrap;
}

/** Some packets of a capture, carried in one of many ways. */
export function carried(packets: readonly RawPacket[], random: Random): RawPacket[] {
  const make = CARRIERS[below(random, CARRIERS.length)];
  return make === undefined ? [...packets] : packets.flatMap(make(random));
}
