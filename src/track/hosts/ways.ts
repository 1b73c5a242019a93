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

const NO_WAYS: readonly KnownWay[] = [];

export interface KnownWay {
  /** 48 bits; -1 on links without addresses. */
  readonly mac: number;
  readonly ttl: number;
  packets: number;
  /** It carried what somebody in charge took, or answers to a host that had proven itself: it counts before others. */
  isAccepted: boolean;
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
  known: readonly KnownWay[] = NO_WAYS;
  #next: NewWay | null = null;

  /** True for a way that is known already, which then has carried one more. */
  repeat(mac: number, ttl: number, isAccepted: boolean): KnownWay | null {
    for (const way of this.known) {
      if (way.mac !== mac || way.ttl !== ttl) continue;
      way.packets++;
      if (isAccepted) way.isAccepted = true;
      return way;
    }
    return null;
  }

  /** It carried what was accepted before: another such packet teaches nothing. */
  isSure(mac: number, ttl: number): boolean {
    for (const way of this.known) {
      if (way.mac === mac && way.ttl === ttl) return isSurelyKnown(way);
    }
    return false;
  }

  add(mac: number, ttl: number, isAccepted: boolean, packets = 1): void {
    const { known } = this;
    const rest = known.length === WAYS_MAX ? known.toSorted(byStanding).slice(0, -1) : known;
    // A list that is pushed to takes room for 17; there are many hosts, most with one way.
    this.known = rest.concat({ mac, ttl, packets, isAccepted });
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
    return way.packets >= WAY_KNOWN_PACKETS && !this.known.some(isSurelyKnown);
  }

  /** The way that most packets came by; null when none is known. */
  get usual(): KnownWay | null {
    return this.known.toSorted(byStanding)[0] ?? null;
  }
}

function isSurelyKnown({ isAccepted, packets }: KnownWay): boolean {
  return isAccepted && packets >= ACCEPTED_KNOWN_PACKETS;
}

/** What was accepted before what was not, then by packets. */
function byStanding(a: KnownWay, b: KnownWay): number {
  return Number(b.isAccepted) - Number(a.isAccepted) || b.packets - a.packets;
}
