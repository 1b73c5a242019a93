import type { Scene } from "../scene.ts";
import { type Endpoint, Place, sentBy } from "../wire/network.ts";

/** A user agent or server: where it sits on the wire, and what it believes its own address to be. */
export interface Agent {
  /** On the wire, behind its NAT if it has one. */
  readonly endpoint: Endpoint;
  /** What it writes into Via, Contact and SDP; a private address behind a NAT. */
  readonly ownIp: string;
  readonly ownPort: number;
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly userAgent: string;
  /** MAC, TTL and address of its media; phones send media from where they signal. */
  readonly mediaIp: string;
}

const PHONES = [
  "Yealink SIP-T46S 66.85.0.5",
  "snomD785/10.1.198.19",
  "Grandstream GXP2170 1.0.11.79",
  "PolycomVVX-VVX_411-UA/6.4.3.5064",
  "baresip v1.0.0 (x86_64/linux)",
  "Linphone/5.1.65 (belle-sip/5.1.64)",
  "PJSUA v2.15.1 Linux-6.1/x86_64/glibc-2.36",
];

function phoneAt(scene: Scene, ip: string, port: number, index: number, domain: string): Agent {
  const user = scene.user(index);
  return {
    endpoint: scene.endpoint(ip, port),
    ownIp: ip,
    ownPort: port,
    user,
    domain,
    password: `secret-of-${user}`,
    userAgent: scene.random.fork(`phone ${index}`).pick(PHONES),
    mediaIp: ip,
  };
}

/** A desk phone on the sensor's LAN. */
export function lanPhone(scene: Scene, index: number, domain: string = Place.PBX): Agent {
  return phoneAt(scene, Place.lanPhone(scene.slot, index), 5060, index, domain);
}

/** A phone that is alone behind its public address. */
export function remotePhone(scene: Scene, index: number, domain: string = Place.PBX): Agent {
  return phoneAt(scene, Place.remotePhone(scene.slot, index), 5060, index, domain);
}

/** One of many phones behind one public address: it writes its private one, the wire shows NAT and port. */
export function nattedPhone(scene: Scene, index: number, domain: string = Place.PBX): Agent {
  const inside = phoneAt(scene, Place.nat(scene.slot), 20_000 + 7 * index, index, domain);
  return { ...inside, ownIp: Place.behindNat(index), ownPort: 5060 };
}

/** Any of the three. */
export function anyPhone(scene: Scene, index: number, domain: string = Place.PBX): Agent {
  const make = scene.random
    .fork(`kind ${index}`)
    .pick([lanPhone, lanPhone, nattedPhone, remotePhone]);
  return make(scene, index, domain);
}

function serverAt(scene: Scene, ip: string, user: string, userAgent: string, mediaIp = ip): Agent {
  return {
    endpoint: scene.endpoint(ip, 5060),
    ownIp: ip,
    ownPort: 5060,
    user,
    domain: ip,
    password: "",
    userAgent,
    mediaIp,
  };
}

export function pbx(scene: Scene, user = "pbx"): Agent {
  return serverAt(scene, Place.PBX, user, "Asterisk PBX 20.9.2");
}

export function proxy(scene: Scene): Agent {
  return serverAt(scene, Place.PROXY, "", "kamailio (5.6.3 (x86_64/linux))", Place.RELAY);
}

/** The carrier's border element; `number` is who it speaks for. */
export function carrier(scene: Scene, number: string): Agent {
  return serverAt(scene, Place.CARRIER, number, "", Place.CARRIER_MEDIA);
}

export function uriOf(agent: Agent): string {
  return `sip:${agent.user}@${agent.domain}`;
}

export function contactOf(agent: Agent): string {
  return `sip:${agent.user === "" ? "" : `${agent.user}@`}${ownSentBy(agent)}`;
}

export function ownSentBy(agent: Agent): string {
  return sentBy(agent.ownIp, agent.ownPort);
}

/** Source of its packets, as `received` and `rport` tell it. */
export function sourceOf(agent: Agent): { ip: string; port: number } {
  const { endpoint } = agent;
  return { ip: endpoint.ip ?? endpoint.machine.ip, port: endpoint.port };
}
