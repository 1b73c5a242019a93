import ipaddr from "ipaddr.js";
import { parseAddress } from "./ban-entry.ts";

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** What no host can have as its own on a network, or what would only ban ourselves. */
const RANGES = new Set(["unspecified", "broadcast", "multicast", "loopback", "reserved"]);

/** Addresses that are never listed, whatever a rule says. */
export class NeverBanned {
  readonly #networks: readonly Network[];

  /** `texts`: addresses and networks (CIDR). Throws an Error of one line at the first that is neither. */
  constructor(texts: readonly string[]) {
    this.#networks = texts.map(parseNetwork);
  }

  /** True also for what is no address. */
  has(text: string): boolean {
    const address = parseAddress(text);
    if (address === null || isOutOfUse(address)) return true;
    return this.#networks.some(([network, bits]) => isWithin(address, network, bits));
  }
}

/** Only the addresses that ipaddr.js calls reserved for good reason: 240.0.0.0/4, but not documentation networks. */
function isOutOfUse(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const range = address.range();
  if (range !== "reserved") return RANGES.has(range);
  return address instanceof ipaddr.IPv4 && (address.octets[0] ?? 0) >= 240;
}

function isWithin(
  address: ipaddr.IPv4 | ipaddr.IPv6,
  network: ipaddr.IPv4 | ipaddr.IPv6,
  bits: number,
): boolean {
  if (address instanceof ipaddr.IPv4) {
    return network instanceof ipaddr.IPv4 && address.match(network, bits);
  }
  return network instanceof ipaddr.IPv6 && address.match(network, bits);
}

function parseNetwork(text: string): Network {
  const [address = "", length, ...rest] = text.trim().split("/");
  const network = parseAddress(address);
  if (network === null || rest.length > 0) throw notANetwork(text);
  const most = network instanceof ipaddr.IPv4 ? 32 : 128;
  if (length === undefined) return [network, most];
  if (!/^\d{1,3}$/.test(length)) throw notANetwork(text);
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  const bits = Number(length) - (address.includes(":") && most === 32 ? 96 : 0);
  if (bits < 0 || bits > most) throw notANetwork(text);
  return [network, bits];
}

function notANetwork(text: string): Error {
  return new Error(
    `"${text.slice(0, 60)}" is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32`,
  );
}
