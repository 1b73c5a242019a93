import { hashText } from "./random.ts";

/**
 * Where everybody sits. The sensor hears the LAN segment of the servers: hosts of the LAN show their own
 * MAC and full TTL, everybody else comes through the router with its MAC and a TTL some hops lower.
 */
export interface Machine {
  readonly ip: string;
  /** MAC of the last hop before the sensor. */
  readonly mac: string;
  /** As the sensor sees it; the same for all packets of a machine. */
  readonly ttl: number;
  readonly isLan: boolean;
  /** Whose IP-ID counter its packets have; a liar's is its own, whatever address it writes. */
  readonly name: string;
}

/** A machine's transport address; `ip` differs from the machine's where the source is forged. */
export interface Endpoint {
  readonly machine: Machine;
  readonly port: number;
  readonly ip?: string;
}

const LAN = "198.18.";
const ROUTER_MAC = "02:00:5e:00:01:01";
const STACK_TTLS = [64, 64, 64, 128, 255];

export function isOnLan(ip: string): boolean {
  return ip.startsWith(LAN);
}

export const ROUTER_MACS = [ROUTER_MAC, "02:00:5e:00:01:02"] as const;

export class Network {
  readonly #machines = new Map<string, Machine>();

  /** The machine that has this address: on the LAN when it begins with 198.18, else behind the router. */
  machine(ip: string): Machine {
    let machine = this.#machines.get(ip);
    if (machine === undefined) {
      machine = isOnLan(ip) ? lanMachine(ip) : remoteMachine(ip);
      this.#machines.set(ip, machine);
    }
    return machine;
  }

  /** A machine that keeps its MAC and TTL at another address. */
  move(machine: Machine, ip: string): Machine {
    const moved = { ...machine, ip };
    this.#machines.set(ip, moved);
    return moved;
  }
}

function lanMachine(ip: string): Machine {
  const hash = hashText(ip, 1);
  const mac = `02:10:${hash
    .toString(16)
    .padStart(8, "0")
    .replace(/(..)(?=.)/g, "$1:")}`;
  return { ip, mac, ttl: STACK_TTLS[hash % STACK_TTLS.length] as number, isLan: true, name: ip };
}

function remoteMachine(ip: string): Machine {
  const hash = hashText(ip, 2);
  const hops = 6 + (hash % 9);
  const ttl = (STACK_TTLS[hash % STACK_TTLS.length] as number) - hops;
  return { ip, mac: ROUTER_MAC, ttl, isLan: false, name: ip };
}

/** Addresses by what lives there. `slot` is the scene: scenes share servers and routers, never phones. */
export const Place = {
  /** Registrar and back-to-back user agent, as Asterisk is. */
  PBX: "198.18.0.10",
  /** Registrar and record-routing proxy, as Kamailio is. */
  PROXY: "198.18.0.20",
  /** Media relay of the proxy, as rtpengine is. */
  RELAY: "198.18.0.21",
  MONITOR: "198.18.0.30",
  CARRIER: "198.51.100.10",
  /** Sister node of the carrier: the same trunk, another address. */
  CARRIER_SISTER: "198.51.100.11",
  CARRIER_MEDIA: "198.51.100.20",
  CARRIER_MEDIA_SISTER: "198.51.100.21",
  lanPhone: (slot: number, index: number) => `198.18.${slot + 1}.${10 + index}`,
  /** A LAN address that somebody wrongly gets in by. */
  lanStranger: (slot: number) => `198.18.${slot + 1}.240`,
  /** Public address of a NAT with many phones behind it. */
  nat: (slot: number) => `203.0.113.${10 + slot}`,
  /** Private address of a phone behind such a NAT: in its SIP and SDP, never in an IP header here. */
  behindNat: (index: number) => `192.168.178.${20 + index}`,
  /** A phone that is alone at its public address. */
  remotePhone: (slot: number, index: number) => `203.0.113.${60 + slot * 8 + (index % 8)}`,
  attacker: (index: number) => `192.0.2.${7 + index * 5}`,
} as const;

export function sentBy(ip: string, port: number): string {
  return `${ip}:${port}`;
}
