import ipaddr from "ipaddr.js";
import { type HostKey, isIpv6Host, plainHost } from "../../decode/host.ts";
import { RuleError } from "./load-message.ts";
import { flatten, type Leaf } from "./negated-list.ts";
import { overlaps, type Range, subtract, union } from "./ranges.ts";
import type { Token } from "./rule-lexer.ts";

const IPV4_ALL: Range = { low: 0n, high: 2n ** 32n - 1n };
const IPV6_ALL: Range = { low: 0n, high: 2n ** 128n - 1n };

/** A compiled address expression: sorted ranges for each family, looked up without allocation. */
export class AddressSet {
  readonly isAny: boolean;
  /** Low and high value of each range. */
  readonly #v4: Float64Array;
  /** Four 32-bit words of the low and four of the high end of each range. */
  readonly #v6: Uint32Array;

  constructor(v4: readonly Range[], v6: readonly Range[], isAny: boolean) {
    this.isAny = isAny;
    this.#v4 = Float64Array.from(v4.flatMap(({ low, high }) => [Number(low), Number(high)]));
    this.#v6 = Uint32Array.from(v6.flatMap(({ low, high }) => [...words(low), ...words(high)]));
  }

  matchesV4(address: number): boolean {
    if (this.isAny) return true;
    const ranges = this.#v4;
    for (let i = 0; i < ranges.length; i += 2) {
      if (address < (ranges[i] as number)) return false;
      if (address <= (ranges[i + 1] as number)) return true;
    }
    return false;
  }

  /** The address is the 16 bytes at `at`. */
  matchesV6(bytes: Uint8Array, at: number): boolean {
    if (this.isAny) return true;
    const ranges = this.#v6;
    for (let i = 0; i < ranges.length; i += 8) {
      if (compare(bytes, at, ranges, i) < 0) return false;
      if (compare(bytes, at, ranges, i + 4) <= 0) return true;
    }
    return false;
  }

  /** By host key: for IPv6 the key is a hash, so its bytes are needed too. */
  matches(host: HostKey, bytes: Uint8Array, at: number): boolean {
    if (this.isAny) return true;
    if (host < 0) return false;
    return isIpv6Host(host) ? this.matchesV6(bytes, at) : this.matchesV4(plainHost(host));
  }
}

const ANY = new AddressSet([IPV4_ALL], [IPV6_ALL], true);

/**
 * Parses `any`, an address, CIDR, dotted netmask, range, `$VAR`, `!x` or a list. The meaning is
 * union(positives) minus union(negatives); with negatives only, the positives are the whole space of
 * the families that have negatives (detect-engine-address.c).
 */
export function parseAddressSet(
  token: Token,
  variables: Readonly<Record<string, string>>,
): AddressSet {
  // Nearly every rule: they share one, and nothing is worked out for it.
  if (token.text === "any") return ANY;
  const leaves = flatten(token, "address", variables);
  const families = [new FamilyRanges(IPV4_ALL), new FamilyRanges(IPV6_ALL)] as const;
  for (const leaf of leaves) addLeaf(leaf, families);
  const hasPositives = families.some((family) => family.positives.length > 0);
  const v4 = families[0].resolve(hasPositives);
  const v6 = families[1].resolve(hasPositives);
  if (v4.length === 0 && v6.length === 0) {
    throw new RuleError(`no address is left in "${token.text}"`, token.at);
  }
  return new AddressSet(v4, v6, isWhole(v4, IPV4_ALL) && isWhole(v6, IPV6_ALL));
}

class FamilyRanges {
  readonly positives: Range[] = [];
  readonly negatives: { range: Range; token: Token }[] = [];
  readonly #all: Range;

  constructor(all: Range) {
    this.#all = all;
  }

  add(range: Range, leaf: Leaf): void {
    if (leaf.isNegated) this.negatives.push({ range, token: leaf.token });
    else this.positives.push(range);
  }

  resolve(hasPositives: boolean): Range[] {
    const holes = union(this.negatives.map(({ range }) => range));
    const first = this.negatives[0];
    if (first !== undefined && isWhole(holes, this.#all)) {
      throw new RuleError("the negation covers the whole address space", first.token.at);
    }
    if (first !== undefined && !hasPositives) return subtract([this.#all], holes);
    const positives = union(this.positives);
    for (const { range, token } of this.negatives) {
      if (!overlaps(positives, range)) {
        const family = this.#all === IPV4_ALL ? "IPv4" : "IPv6";
        throw new RuleError(
          `not all ${family} negations could be applied: "!${token.text}" removes nothing`,
          token.at,
        );
      }
    }
    return subtract(positives, holes);
  }
}

function addLeaf(leaf: Leaf, [v4, v6]: readonly [FamilyRanges, FamilyRanges]): void {
  const { token } = leaf;
  if (token.text.toLowerCase() === "any") {
    if (leaf.isNegated) {
      throw new RuleError("the negation covers the whole address space", token.at);
    }
    v4.add(IPV4_ALL, leaf);
    v6.add(IPV6_ALL, leaf);
    return;
  }
  const { range, isV6 } = parseNetwork(token);
  (isV6 ? v6 : v4).add(range, leaf);
}

/** An address, a network or a range. Throws `RuleError`. */
export function parseNetwork(token: Token): { range: Range; isV6: boolean } {
  const { text } = token;
  const dash = text.indexOf("-");
  if (dash >= 0) {
    const low = parseAddress(text.slice(0, dash), token);
    const high = parseAddress(text.slice(dash + 1), token);
    if (low.isV6 !== high.isV6 || low.value > high.value) {
      throw new RuleError(`"${text}" is not an address range`, token.at);
    }
    return { range: { low: low.value, high: high.value }, isV6: low.isV6 };
  }
  const slash = text.indexOf("/");
  if (slash < 0) {
    const { value, isV6 } = parseAddress(text, token);
    return { range: { low: value, high: value }, isV6 };
  }
  const { value, isV6 } = parseAddress(text.slice(0, slash), token);
  const bits = isV6 ? 128 : 32;
  const prefix = parsePrefix(text.slice(slash + 1), isV6, token);
  const size = 2n ** BigInt(bits - prefix);
  const low = (value / size) * size;
  return { range: { low, high: low + size - 1n }, isV6 };
}

function parsePrefix(text: string, isV6: boolean, token: Token): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= (isV6 ? 128 : 32)) return Number(text);
  if (!isV6 && ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const prefix = ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask();
    if (prefix !== null) return prefix;
  }
  throw new RuleError(`"${token.text}" has no valid netmask`, token.at);
}

function parseAddress(text: string, token: Token): { value: bigint; isV6: boolean } {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { value: fromBytes(ipaddr.IPv4.parse(text).toByteArray()), isV6: false };
  }
  if (text.includes(":") && ipaddr.IPv6.isValid(text) && !text.includes("%")) {
    return { value: fromBytes(ipaddr.IPv6.parse(text).toByteArray()), isV6: true };
  }
  throw new RuleError(`"${token.text}" is not an IP address, network or range`, token.at);
}

function fromBytes(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

function isWhole(ranges: readonly Range[], all: Range): boolean {
  return ranges.length === 1 && ranges[0]?.low === all.low && ranges[0].high === all.high;
}

/** Four 32-bit words of an IPv6 address. */
export function words(value: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffffffffn));
}

/** Order of the 16 bytes at `at` and the four words at `index`. */
export function compare(
  bytes: Uint8Array,
  at: number,
  wordsOf: Uint32Array,
  index: number,
): number {
  for (let i = 0; i < 4; i++) {
    const b = at + 4 * i;
    const word =
      (((bytes[b] as number) << 24) |
        ((bytes[b + 1] as number) << 16) |
        ((bytes[b + 2] as number) << 8) |
        (bytes[b + 3] as number)) >>>
      0;
    const other = wordsOf[index + i] as number;
    if (word !== other) return word < other ? -1 : 1;
  }
  return 0;
}
