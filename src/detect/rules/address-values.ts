import { isIpv6Host, plainHost } from "../../decode/host.ts";
import type { AddressOf } from "../counters/suppression.ts";
import { compare, words } from "./address-set.ts";
import type { Range } from "./ranges.ts";

export interface AddressEntry {
  readonly range: Range;
  readonly isV6: boolean;
  /** From 0. */
  readonly value: number;
}

/** A number for each address or network of a list, the narrowest network first; looked up by halving, without allocation. */
export class AddressValues {
  readonly size: number;
  /** Low and high end of each piece, sorted. */
  readonly #v4: Float64Array;
  readonly #v4Values: Float64Array;
  /** Eight words for each piece. */
  readonly #v6: Uint32Array;
  readonly #v6Values: Float64Array;

  constructor(entries: readonly AddressEntry[]) {
    this.size = entries.length;
    const v4 = pieces(entries.filter(({ isV6 }) => !isV6));
    const v6 = pieces(entries.filter(({ isV6 }) => isV6));
    this.#v4 = Float64Array.from(v4.flatMap(({ low, high }) => [Number(low), Number(high)]));
    this.#v4Values = Float64Array.from(v4, ({ value }) => value);
    this.#v6 = new Uint32Array(8 * v6.length);
    for (const [i, { low, high }] of v6.entries())
      this.#v6.set([...words(low), ...words(high)], 8 * i);
    this.#v6Values = Float64Array.from(v6, ({ value }) => value);
  }

  /** -1 when the list does not have the address. */
  of({ host, bytes, at }: AddressOf): number {
    if (host < 0) return -1;
    return isIpv6Host(host) ? this.ofV6(bytes, at) : this.ofV4(plainHost(host));
  }

  ofV4(address: number): number {
    const ends = this.#v4;
    let low = 0;
    let high = this.#v4Values.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (address < (ends[2 * middle] as number)) high = middle - 1;
      else if (address > (ends[2 * middle + 1] as number)) low = middle + 1;
      else return this.#v4Values[middle] as number;
    }
    return -1;
  }

  /** The address is the 16 bytes at `at`. */
  ofV6(bytes: Uint8Array, at: number): number {
    const ends = this.#v6;
    let low = 0;
    let high = this.#v6Values.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (compare(bytes, at, ends, 8 * middle) < 0) high = middle - 1;
      else if (compare(bytes, at, ends, 8 * middle + 4) > 0) low = middle + 1;
      else return this.#v6Values[middle] as number;
    }
    return -1;
  }
}

interface Piece extends Range {
  readonly value: number;
}

/** Disjoint pieces in order. Where entries lie in each other the inner one counts; where they cross, the later one. */
function pieces(entries: readonly AddressEntry[]): Piece[] {
  const sorted = [...entries].sort((a, b) => order(a.range, b.range));
  const out: Piece[] = [];
  const open: Piece[] = [];
  let from = 0n;
  const emit = (until: bigint) => {
    const top = open.at(-1);
    if (top !== undefined && from <= until) out.push({ low: from, high: until, value: top.value });
  };
  const closeUntil = (low: bigint | null) => {
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (low !== null && top.high >= low) break;
      emit(top.high);
      if (top.high >= from) from = top.high + 1n;
      open.pop();
    }
  };
  for (const { range, value } of sorted) {
    closeUntil(range.low);
    emit(range.low - 1n);
    from = range.low;
    open.push({ ...range, value });
  }
  closeUntil(null);
  return out;
}

/** By start; of two that start together the wider one first. */
function order(a: Range, b: Range): number {
  if (a.low !== b.low) return a.low < b.low ? -1 : 1;
  return a.high > b.high ? -1 : a.high < b.high ? 1 : 0;
}
