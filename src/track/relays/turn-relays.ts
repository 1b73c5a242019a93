import { combine53, combineThree53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { StunClass, type StunView } from "../../decode/stun.ts";
import { PeerScope, readTurn, TurnMethod, type TurnPeer } from "../../decode/turn.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";

const ASKED_MAX = 16_384;
/** Clients with a permission towards the relay's own machine; the oldest goes. */
const LOOPED_MAX = 1024;
/** RFC 8489 6.2.1: a client gives up after 39.5 s. */
const ANSWER_US = 40_000_000;
/** RFC 8489 14.8, RFC 8656 18.1: wrong credentials. A stale nonce (438) is none. */
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** Value of a fact: an address that is nobody's candidate; any other private one. */
const INSIDE = 3;
const PRIVATE = 1;

interface Asked {
  readonly method: number;
  readonly hasUser: boolean;
  readonly isSigned: boolean;
  readonly peers: readonly TurnPeer[];
  readonly timeUs: number;
}

/**
 * What clients ask TURN relays for, and what these grant (RFC 8656): permissions towards addresses behind the relay show in
 * CreatePermission and ChannelBind, which a guarded relay answers 403. Only an answer that repeats the request's transaction id
 * counts. TURN over TCP and TLS is not seen.
 */
export class TurnRelays {
  readonly #events: EventList;
  readonly #names: HostNames;
  /** Requests that wait for their answer; made when there is one. */
  #asked: KeyMap<Asked> | null = null;
  /** Sockets of clients that were granted loopback, at their relay. */
  readonly #looped = new KeyMap<true>(LOOPED_MAX);

  constructor(events: EventList, names: HostNames) {
    this.#events = events;
    this.#names = names;
  }

  packet(packet: PacketView, stun: StunView): void {
    const { messageClass, method } = stun;
    if (messageClass === StunClass.INDICATION) {
      if (method === TurnMethod.DATA) this.#relayed(packet);
      return;
    }
    const isGuarded =
      method === TurnMethod.ALLOCATE ||
      method === TurnMethod.CREATE_PERMISSION ||
      method === TurnMethod.CHANNEL_BIND;
    if (!isGuarded) return;
    const { dstHost, dstPort, srcHost, srcPort, timeUs } = packet;
    if (messageClass === StunClass.REQUEST) {
      const { hasUser, isSigned, peers } = readTurn(packet);
      this.#asked ??= new KeyMap(ASKED_MAX);
      this.#asked.set(keyOf(stun, srcHost, srcPort, dstHost), {
        ...{ method, hasUser, isSigned, peers, timeUs },
      });
      return;
    }
    const key = keyOf(stun, dstHost, dstPort, srcHost);
    const asked = this.#asked?.get(key);
    if (asked === undefined) return;
    this.#asked?.delete(key);
    if (asked.method !== method || timeUs - asked.timeUs > ANSWER_US) return;
    if (messageClass === StunClass.SUCCESS) this.#granted(packet, asked);
    else this.#refused(packet, asked, readTurn(packet).errorCode);
  }

  #granted(packet: PacketView, asked: Asked): void {
    if (asked.method === TurnMethod.ALLOCATE) {
      this.#raise(EventKind.TURN_ALLOCATED, packet, asked.hasUser ? 1 : 0);
      return;
    }
    for (const peer of asked.peers) {
      // The relay's own address is where the relay has the other party, who uses it, too.
      // A channel is bound to a peer that answers, a permission asked for every candidate.
      const isLoopback = peer.scope === PeerScope.LOOPBACK;
      if (isLoopback) this.#looped.set(socketOf(packet), true);
      const isUsed = isLoopback && asked.method === TurnMethod.CHANNEL_BIND;
      if (peer.scope === PeerScope.INSIDE || isUsed)
        this.#raisePeer(EventKind.TURN_PRIVATE_PEER, packet, peer, INSIDE);
      else if (peer.scope === PeerScope.PRIVATE) {
        this.#raisePeer(EventKind.TURN_PRIVATE_PEER, packet, peer, PRIVATE);
      }
    }
  }

  /** What the relay's own machine answered came through to a client that may talk to it (RFC 8656 11.2). */
  #relayed(packet: PacketView): void {
    if (this.#looped.get(socketOf(packet)) === undefined) return;
    for (const peer of readTurn(packet).peers) {
      if (peer.scope === PeerScope.LOOPBACK)
        this.#raisePeer(EventKind.TURN_PRIVATE_PEER, packet, peer, INSIDE);
    }
  }

  #refused(packet: PacketView, asked: Asked, code: number): void {
    if (code === UNAUTHORIZED && asked.isSigned) {
      this.#raise(EventKind.TURN_AUTH_FAILED, packet, code);
    }
    if (code !== FORBIDDEN) return;
    for (const peer of asked.peers) {
      this.#raisePeer(EventKind.TURN_PEER_REFUSED, packet, peer, code);
    }
  }

  /** Offender is who asked, whose answer this packet is. */
  #raise(kind: number, packet: PacketView, value: number) {
    const event = this.#events.raise(kind, packet.timeUs, value);
    if (event === null) return null;
    this.#names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    this.#names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    event.aimAtPacket(packet);
    event.srcHost = packet.dstHost;
    event.srcPort = packet.dstPort;
    event.client = packet.dstHost;
    event.dstHost = packet.srcHost;
    event.dstPort = packet.srcPort;
    event.server = packet.srcHost;
    // Who is answered with the id of its request receives at its address.
    event.isReturned = true;
    return event;
  }

  #raisePeer(kind: number, packet: PacketView, peer: TurnPeer, value: number): void {
    const event = this.#raise(kind, packet, value);
    if (event === null) return;
    event.dstPort = peer.port;
    if (this.#names.isKnown(peer.host)) event.dstHost = peer.host;
    const expected = kind === EventKind.TURN_PRIVATE_PEER ? "403 (Forbidden)" : "a public address";
    event.evidence = [
      { what: "peer that the relay is asked to reach", expected, seen: peer.address },
    ];
  }
}

/** The client's socket and the relay, of a packet to the client. */
function socketOf({ dstHost, dstPort, srcHost }: PacketView): number {
  return combine53(combine53(dstHost, dstPort), srcHost);
}

function keyOf(stun: StunView, client: HostKey, clientPort: number, relay: HostKey): number {
  const { transactionHigh, transactionLow, transactionMiddle } = stun;
  const id = combineThree53(transactionHigh >>> 0, transactionMiddle >>> 0, transactionLow >>> 0);
  return combineThree53(id, combine53(client, clientPort), relay);
}
