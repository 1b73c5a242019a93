import type { EventRow } from "./event-row.ts";

/** Relays and directories beside SIP: TURN (RFC 8656), ENUM (RFC 6116). Source is who asked. */
export const RELAY_ROWS = {
  TURN_PRIVATE_PEER: {
    name: "turn.private_peer",
    about:
      "a TURN relay grants a permission or a channel towards a private address: its client reaches behind the relay. Destination is that address",
    value:
      "3 loopback, link-local (cloud metadata), multicast or broadcast, which are nobody's candidates; 1 any other private address, which browsers at home name as candidates",
  },
  TURN_PEER_REFUSED: {
    name: "turn.peer_refused",
    about: "a TURN relay refuses a peer (403), as a guarded one does of private addresses",
    value: "error code",
  },
  TURN_ALLOCATED: {
    name: "turn.allocated",
    about: "a TURN relay gives a client an address",
    value: "1 with a user name, 0 without a user name, so that the relay is open to everybody",
  },
  TURN_AUTH_FAILED: {
    name: "turn.auth_failed",
    about: "a TURN relay refuses credentials (401 to a signed request; a stale nonce is none)",
    value: "error code",
  },
  TCP_PORT_ASKED: {
    name: "tcp.port_asked",
    about:
      "a TCP connection is asked for (SYN) at a port of telephony: 1720 (H.323), 2000 and 2443 (SCCP), 5038 (manager of Asterisk), 5060, 5061 and 5080 (SIP)",
    value: "port",
  },
  ARP_ADDRESS_DISPUTED: {
    name: "arp.address_disputed",
    about:
      "two MACs claim the same address by ARP in turns, at least four changes within a minute. Source is the address, destination who was told",
    value: "changes so far; raised at powers of two",
  },
  ND_ADDRESS_DISPUTED: {
    name: "nd.address_disputed",
    about:
      "two MACs claim the same IPv6 address by neighbour discovery (RFC 4861: link-layer options of solicitations, and of advertisements that override) in turns, at least four changes within a minute. Source is the address, destination who was told",
    value: "changes so far; raised at powers of two",
  },
  ENUM_QUERY: {
    name: "enum.query",
    about:
      "a DNS query for a telephone number (NAPTR under e164.arpa or a private tree of the same form, RFC 6116)",
  },
  ENUM_STEP: {
    name: "enum.step",
    about:
      "the same, for another number of the block of 10,000 in which this client's last one was",
  },
  ENUM_UNKNOWN: {
    name: "enum.unknown",
    about: "the answer that there is no such number (NXDOMAIN), to who asked for it",
  },
} as const satisfies Record<string, EventRow>;
