import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { type MacTwins, macKey } from "../../decode/mac-twins.ts";
import { Rank } from "../hosts/standing.ts";
import { isSameTtl } from "../hosts/way.ts";
import { CallDialogs } from "./call-dialogs.ts";
import { CallList } from "./call-row.ts";

/** Rows of one call: a ring group of 40 phones behind two proxies needs 84, a longer list is cut by rank. */
const PARTIES_MAX = 96;
/** Numbers of a row: host, state, claim, MAC of its packets. */
const STRIDE = 4;
const HOST = 0;
const STATE = 1;
const CLAIM = 2;
const MAC = 3;
const NO_WAY = -2;

const RANK_BITS = 3;
/** It may send the INVITE on, because a host that might ask it did ask it. */
const IS_ASKED = 4;
/** What the TTL of its packets counts for in a state, above rank and role. */
const TTL_UNIT = 8;

/** The way a packet came: source MAC (-1 on links without addresses) and TTL. */
export interface Way {
  readonly mac: number;
  readonly ttl: number;
  readonly twins: MacTwins;
}

/**
 * Hosts that have to do with one call. A row is a claim until something proves
 * it: the request or To tag that named the host (`claim`) is answered by who was asked, or acknowledged.
 */
export class CallParties extends CallDialogs {
  /**
   * Notes that a message named the host. `claim`: key of the To tag or, negative, of the request that did;
   * `prove` of the same key lifts it. Full: the oldest row of no higher rank goes.
   */
  add(host: HostKey, rank: Rank, claim: number): void {
    if (host < 0) return;
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + HOST] !== host) continue;
      const own = (rows[at + STATE] as number) & RANK_BITS;
      if (own > Rank.SEEN || rows[at + CLAIM] === claim) {
        if (rank > own) this.liftParty(at, rank);
        return;
      }
    }
    const length = end - this.startOf(CallList.PARTIES);
    if (length >= PARTIES_MAX * STRIDE && !this.evictParty(rank)) return;
    const known = this.wayRow(host);
    const mac = known < 0 ? NO_WAY : (rows[known + MAC] as number);
    const ttl = known < 0 ? 0 : ttlOf(rows[known + STATE] as number);
    const row = this.extend(CallList.PARTIES, STRIDE);
    const { numbers } = this;
    numbers[row + HOST] = host;
    numbers[row + STATE] = rank + ttl * TTL_UNIT;
    numbers[row + CLAIM] = claim;
    numbers[row + MAC] = mac;
  }

  /** Who asked sends the INVITE to that host, which may send it on. */
  addAsked(host: HostKey, claim: number): void {
    this.add(host, Rank.SEEN, claim);
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + HOST] === host) rows[at + STATE] = (rows[at + STATE] as number) | IS_ASKED;
    }
  }

  isAsked(host: HostKey): boolean {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + HOST] === host && ((rows[at + STATE] as number) & IS_ASKED) !== 0) return true;
    }
    return false;
  }

  /** What that request or To tag named is proven to the rank. */
  prove(claim: number, rank: Rank): void {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + CLAIM] === claim) this.liftParty(at, rank);
    }
  }

  /** What the request named now waits for the To tag of its answer to be proven. */
  rename(claim: number, toClaim: number): void {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + CLAIM] === claim) rows[at + CLAIM] = toClaim;
    }
  }

  rankOf(host: HostKey): Rank {
    const at = this.partyRow(host);
    return at < 0 ? Rank.SEEN : (((this.numbers[at + STATE] as number) & RANK_BITS) as Rank);
  }

  /** A host that something proved to take part. */
  has(host: HostKey): boolean {
    return this.rankOf(host) > Rank.SEEN;
  }

  /** A host that some message named, proven or not. */
  isNamed(host: HostKey): boolean {
    return this.partyRow(host) >= 0;
  }

  /** The first packet that proved the host keeps its way; later ones never move it. */
  learnWay(host: HostKey, { mac, ttl }: Way): void {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + HOST] !== host || rows[at + MAC] !== NO_WAY) continue;
      rows[at + MAC] = mac;
      rows[at + STATE] = ((rows[at + STATE] as number) & (TTL_UNIT - 1)) + ttl * TTL_UNIT;
    }
  }

  /** The host itself was heard in this call, and not only named. */
  wasHeard(host: HostKey): boolean {
    return this.wayRow(host) >= 0;
  }

  /** The way the host's packets are known to come, when this is another one; else null. */
  otherWay(host: HostKey, { mac, ttl, twins }: Way): Way | null {
    const at = this.wayRow(host);
    if (at < 0) return null;
    const known = this.numbers[at + MAC] as number;
    const knownTtl = ttlOf(this.numbers[at + STATE] as number);
    // Loopback and tunnel captures have no addresses: another interface, not another way.
    if (known < 0 !== mac < 0) return null;
    const isSameMac = known === mac || twins.areSame(macKey(known), macKey(mac));
    if (isSameMac && isSameTtl(knownTtl, ttl)) return null;
    return { mac: known, ttl: knownTtl, twins };
  }

  /**
   * A proven party in the same network, whose packets come the same way: nodes of one carrier stand behind
   * one router, a stranger on the party's own segment has a MAC of his own. -1 when there is none.
   */
  neighbourOf(host: HostKey, { mac }: Way, names: HostNames): HostKey {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      const other = rows[at + HOST] as number;
      const isProven = ((rows[at + STATE] as number) & RANK_BITS) > Rank.SEEN;
      const isByItsRouter = isProven && mac >= 0 && rows[at + MAC] === mac;
      if (isByItsRouter && other !== host && names.areNear(other, host)) return other;
    }
    return NO_HOST;
  }

  /** Proven parties, oldest first. */
  hosts(): HostKey[] {
    const hosts: HostKey[] = [];
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      const host = rows[at + HOST] as number;
      const isProven = ((rows[at + STATE] as number) & RANK_BITS) > Rank.SEEN;
      if (isProven && !hosts.includes(host)) hosts.push(host);
    }
    return hosts;
  }

  /** A row of the host that has its way; -1 when it was only named so far. */
  protected wayRow(host: HostKey): number {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      if (rows[at + HOST] === host && rows[at + MAC] !== NO_WAY) return at;
    }
    return -1;
  }

  /** The host's row of highest rank. */
  protected partyRow(host: HostKey): number {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    let found = -1;
    let best = -1;
    for (let at = this.startOf(CallList.PARTIES); at < end; at += STRIDE) {
      const rank = (rows[at + STATE] as number) & RANK_BITS;
      if (rows[at + HOST] !== host || rank <= best) continue;
      found = at;
      best = rank;
    }
    return found;
  }

  protected liftParty(at: number, rank: Rank): void {
    const state = this.numbers[at + STATE] as number;
    if ((state & RANK_BITS) < rank) this.numbers[at + STATE] = (state & ~RANK_BITS) | rank;
  }

  /**
   * The oldest row of the lowest rank up to `rank` goes, those of who was asked last: a proxy that rings a hundred
   * phones has a row for each of them, and one that lets it do so.
   */
  protected evictParty(rank: Rank): boolean {
    const rows = this.numbers;
    const end = this.endOf(CallList.PARTIES);
    let victim = -1;
    let lowest = 2 * (rank + 1);
    // The first two rows are the caller and whom it asked.
    for (let at = this.startOf(CallList.PARTIES) + 2 * STRIDE; at < end; at += STRIDE) {
      const state = rows[at + STATE] as number;
      const worth = 2 * (state & RANK_BITS) + ((state & IS_ASKED) === 0 ? 0 : 1);
      if (worth >= lowest) continue;
      victim = at;
      lowest = worth;
    }
    if (victim < 0) return false;
    this.cut(CallList.PARTIES, victim, STRIDE);
    return true;
  }
}

function ttlOf(state: number): number {
  return Math.floor(state / TTL_UNIT);
}
