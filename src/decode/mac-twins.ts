import { combine53 } from "../base/hash.ts";
import { KeyMap } from "../base/key-map.ts";
import type { PacketView } from "./packet.ts";

/** Pairs of addresses that are remembered; the oldest goes. */
const PAIRS_MAX = 1024;
/** So many copies by another address are no accident. Whoever sends them must see each packet at once. */
const COPIES_MIN = 8;

/**
 * MAC addresses that bring the same packets: a mirror on both sides of a router or bonded link shows each packet twice, in
 * either order, so both addresses are one way. Who repeats a victim's packets from a segment of his own can make his address a twin;
 * that takes one sign from what he does later, and none that his media, numbers or tags give.
 */
export class MacTwins {
  #pairs: KeyMap<{ copies: number }> | null = null;

  /** A packet that came by the address `first` came once more by `copy`, both by `macKeyOf`. */
  note(first: number, copy: number): void {
    if (first === copy || first === 0 || copy === 0) return;
    this.#pairs ??= new KeyMap(PAIRS_MAX);
    const key = pairKey(first, copy);
    const pair = this.#pairs.get(key);
    if (pair === undefined) this.#pairs.set(key, { copies: 1 });
    else if (pair.copies < COPIES_MIN) pair.copies++;
  }

  /** The same address, or one that brings the same packets. Keys are those of `macKeyOf`. */
  areSame(one: number, other: number): boolean {
    if (one === other) return true;
    const pair = this.#pairs?.get(pairKey(one, other));
    return pair !== undefined && pair.copies >= COPIES_MIN;
  }
}

/** For views of packets that nobody compares with their copies. */
export const NO_TWINS = new MacTwins();

/** The packet's source MAC, mixed into 32 bits; 0 on links without addresses. */
export function macKeyOf(packet: PacketView): number {
  const at = packet.srcMacStart;
  if (at < 0) return 0;
  return mixed(packet.view.getUint16(at), packet.view.getInt32(at + 2));
}

/** The same of an address as a number of 48 bits, -1 for none. */
export function macKey(mac: number): number {
  if (mac < 0) return 0;
  return mixed(Math.floor(mac / 0x100000000), mac | 0);
}

function mixed(high: number, low: number): number {
  return low ^ Math.imul(high, 0x9e3779b1);
}

function pairKey(one: number, other: number): number {
  return one < other ? combine53(one, other) : combine53(other, one);
}
