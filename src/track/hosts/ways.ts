import type { HostKey } from "../../decode/host.ts";
import { isSameTtl } from "./way.ts";

/** Ways (source MAC and TTL) by which packets of one host are known to come. */
const WAYS_MAX = 4;
/** A way is known after this many packets; before, nothing can be said of a new one. */
const WAY_KNOWN_PACKETS = 3;
/** Of packets that were accepted, or were answers to whom that was, fewer are enough. */
const ACCEPTED_KNOWN_PACKETS = 2;
/** Hosts that have proven to deal with this one and are answered by a new way: nobody has so many at hand. */
const PARTNERS_MIN = 3;
/** Of a router that failed nothing comes any more. */
const SILENT_US = 2_000_000;

/** The ways of one host are chained, the oldest first: there are many hosts, most with one way, and a list takes 56 bytes. */
export interface KnownWay {
  /** 48 bits; -1 on links without addresses. */
  readonly mac: number;
  readonly ttl: number;
  packets: number;
  /** It carried what somebody in charge took, or answers to a host that had proven itself: it counts before others. */
  isAccepted: boolean;
  next: KnownWay | null;
}

/** A way beside a known one, by which answers to hosts came that deal with this one. */
interface NewWay {
  readonly mac: number;
  readonly ttl: number;
  readonly partners: HostKey[];
  /** Since the known ways were heard last. */
  packets: number;
  sinceUs: number;
}

/**
 * The ways by which one host's packets come. The first one is learned from whatever proves a little; another beside it from
 * credentials that were accepted, from answers to several hosts that have proven themselves, or once it has taken the place
 * of the known one: whoever writes in a host's name cannot have it fall silent.
 */
export class Ways {
  #first: KnownWay | null = null;
  #next: NewWay | null = null;

  /** The oldest one, from which the others are found; null while none is known. */
  get first(): KnownWay | null {
    return this.#first;
  }

  /** Enough packets came by one of them to tell others from it. */
  get isAnyKnown(): boolean {
    for (let way = this.#first; way !== null; way = way.next) if (this.isKnown(way)) return true;
    return false;
  }

  /** Of the way that most packets came by. */
  get packetsMax(): number {
    let most = 0;
    for (let way = this.#first; way !== null; way = way.next) most = Math.max(most, way.packets);
    return most;
  }

  /** True for a way that is known already, which then has carried one more. */
  repeat(mac: number, ttl: number, isAccepted: boolean): KnownWay | null {
    for (let way = this.#first; way !== null; way = way.next) {
      if (way.mac !== mac || way.ttl !== ttl) continue;
      way.packets++;
      if (isAccepted) way.isAccepted = true;
      return way;
    }
    return null;
  }

  /** It carried what was accepted before: another such packet teaches nothing. */
  isSure(mac: number, ttl: number): boolean {
    for (let way = this.#first; way !== null; way = way.next) {
      if (way.mac === mac && way.ttl === ttl) return isSurelyKnown(way);
    }
    return false;
  }

  add(mac: number, ttl: number, isAccepted: boolean, packets = 1): void {
    const known = this.all();
    const kept = known.length === WAYS_MAX ? known.toSorted(byStanding).slice(0, -1) : known;
    this.#first = null;
    for (const way of [...kept, { mac, ttl, packets, isAccepted, next: null }].reverse()) {
      way.next = this.#first;
      this.#first = way;
    }
  }

  /** A packet by a known way: what took its place has not. */
  heard(nowUs: number): void {
    const next = this.#next;
    if (next === null) return;
    next.packets = 0;
    next.sinceUs = nowUs;
  }

  /** An answer by a new way to a host that has proven to deal with this one. */
  beside(mac: number, ttl: number, partner: HostKey, nowUs: number): void {
    let next = this.#next;
    if (next === null || next.mac !== mac || !isSameTtl(next.ttl, ttl)) {
      next = { mac, ttl, partners: [], packets: 0, sinceUs: nowUs };
      this.#next = next;
    }
    next.packets++;
    if (!next.partners.includes(partner)) next.partners.push(partner);
    const hasReplaced = next.packets >= WAY_KNOWN_PACKETS && nowUs - next.sinceUs >= SILENT_US;
    if (next.partners.length < PARTNERS_MIN && !hasReplaced) return;
    this.#next = null;
    this.add(mac, ttl, true, ACCEPTED_KNOWN_PACKETS);
  }

  /** Whether that way counts: those that were accepted do alone where there are some. */
  isKnown(way: KnownWay): boolean {
    if (isSurelyKnown(way)) return true;
    return way.packets >= WAY_KNOWN_PACKETS && !this.#isAnySure();
  }

  /** The way that most packets came by; null when none is known. */
  get usual(): KnownWay | null {
    return this.all().toSorted(byStanding)[0] ?? null;
  }

  /** The oldest first. Allocates: not for each packet. */
  all(): KnownWay[] {
    const all: KnownWay[] = [];
    for (let way = this.#first; way !== null; way = way.next) all.push(way);
    return all;
  }

  #isAnySure(): boolean {
    for (let way = this.#first; way !== null; way = way.next) if (isSurelyKnown(way)) return true;
    return false;
  }
}

function isSurelyKnown({ isAccepted, packets }: KnownWay): boolean {
  return isAccepted && packets >= ACCEPTED_KNOWN_PACKETS;
}

/** What was accepted before what was not, then by packets. */
function byStanding(a: KnownWay, b: KnownWay): number {
  return Number(b.isAccepted) - Number(a.isAccepted) || b.packets - a.packets;
}
