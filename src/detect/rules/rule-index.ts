import { column } from "../../base/column.ts";
import type { Candidates } from "../candidates.ts";
import { AhoCorasick } from "../payload/aho-corasick.ts";
import type { BufferReader } from "../payload/buffer-reader.ts";
import type { Pattern } from "../payload/pattern.ts";
import type { PortSet } from "./port-set.ts";
import type { HeaderDirection, Signature } from "./signature.ts";

/** With no more patterns than this on a packet's ports, each rule looks for its own. */
const DIRECT_MAX = 8;
const PORTS = 65_536;

/** Signatures that share a port, in evaluation order. */
interface PortGroup {
  /** Without a content to look them up by: always candidates. */
  readonly always: Int32Array;
  readonly patterned: Int32Array;
}

interface BufferAutomaton {
  readonly buffer: number;
  readonly automaton: AhoCorasick;
}

const NO_IDS = new Int32Array(0);
const NO_GROUP: PortGroup = { always: NO_IDS, patterned: NO_IDS };

/** The signatures of one scope by port, then by content: cost grows with what can match. */
export class RuleIndex {
  readonly isEmpty: boolean;
  /** Group of each port; 0 is none. */
  readonly #dst: Uint16Array;
  readonly #src: Uint16Array;
  readonly #dstGroups: readonly PortGroup[];
  readonly #srcGroups: readonly PortGroup[];
  readonly #any: PortGroup;
  readonly #hasAny: boolean;
  /** One automaton for each buffer that patterns lie in. */
  readonly #automatons: readonly BufferAutomaton[];

  constructor(signatures: readonly Signature[]) {
    this.isEmpty = signatures.length === 0;
    const onDst = new PortMap();
    const onSrc = new PortMap();
    const any: Signature[] = [];
    for (const signature of signatures) {
      for (const direction of signature.directions)
        addDirection(signature, direction, onDst, onSrc, any);
    }
    const dst = onDst.build();
    const src = onSrc.build();
    this.#dst = dst.groupOf;
    this.#dstGroups = dst.groups;
    this.#src = src.groupOf;
    this.#srcGroups = src.groups;
    this.#any = groupOf(any);
    this.#hasAny = any.length > 0;
    this.#automatons = automatonsOf(signatures);
  }

  /** Two table lookups tell that no signature names these ports. */
  mayMatch(srcPort: number, dstPort: number): boolean {
    return this.#hasAny || this.#dst[dstPort] !== 0 || this.#src[srcPort] !== 0;
  }

  collect(srcPort: number, dstPort: number, reader: BufferReader, out: Candidates): void {
    const dst = this.#dstGroups[this.#dst[dstPort] as number] as PortGroup;
    const src = this.#srcGroups[this.#src[srcPort] as number] as PortGroup;
    const any = this.#any;
    out.addAll(any.always);
    out.addAll(dst.always);
    out.addAll(src.always);
    const patterned = any.patterned.length + dst.patterned.length + src.patterned.length;
    if (patterned === 0) return;
    if (patterned <= DIRECT_MAX) {
      out.addAll(any.patterned);
      out.addAll(dst.patterned);
      out.addAll(src.patterned);
      return;
    }
    for (let i = 0; i < this.#automatons.length; i++) {
      const { buffer, automaton } = this.#automatons[i] as BufferAutomaton;
      const count = reader.count(buffer);
      const bytes = reader.bytes(buffer);
      for (let value = 0; value < count; value++) {
        automaton.scan(bytes, reader.start(buffer, value), reader.end(buffer, value), out);
      }
    }
  }
}

function addDirection(
  signature: Signature,
  direction: HeaderDirection,
  onDst: PortMap,
  onSrc: PortMap,
  any: Signature[],
): void {
  if (!direction.dstPorts.isAny) onDst.add(direction.dstPorts, signature);
  else if (!direction.srcPorts.isAny) onSrc.add(direction.srcPorts, signature);
  else any.push(signature);
}

function groupOf(signatures: readonly Signature[]): PortGroup {
  const ids = (wanted: boolean) =>
    Int32Array.from(
      new Set(
        signatures
          .filter(({ fastPattern }) => (fastPattern !== null) === wanted)
          .map(({ id }) => id),
      ),
    ).sort();
  return { always: ids(false), patterned: ids(true) };
}

function automatonsOf(signatures: readonly Signature[]): BufferAutomaton[] {
  const byBuffer = new Map<number, { pattern: Pattern; signatureId: number }[]>();
  for (const { fastPattern, id } of signatures) {
    if (fastPattern === null) continue;
    const list = byBuffer.get(fastPattern.buffer) ?? [];
    list.push({ pattern: fastPattern.pattern, signatureId: id });
    byBuffer.set(fastPattern.buffer, list);
  }
  return [...byBuffer].map(([buffer, patterns]) => ({
    buffer,
    automaton: new AhoCorasick(patterns),
  }));
}

/** Collects port ranges and cuts them into groups of ports with the same signatures. */
class PortMap {
  readonly #ranges: {
    readonly first: number;
    readonly last: number;
    readonly signature: Signature;
  }[] = [];

  add(ports: PortSet, signature: Signature): void {
    for (let i = 0; i < ports.ranges.length; i += 2) {
      const first = ports.ranges[i] as number;
      this.#ranges.push({ first, last: ports.ranges[i + 1] as number, signature });
    }
  }

  build(): { groupOf: Uint16Array; groups: PortGroup[] } {
    const table = column(Uint16Array, PORTS);
    const groups: PortGroup[] = [NO_GROUP];
    const known = new Map<string, number>();
    const edges = new Set<number>([0, PORTS]);
    for (const { first, last } of this.#ranges) edges.add(first).add(last + 1);
    const cuts = [...edges].sort((a, b) => a - b);
    for (const [index, start] of cuts.slice(0, -1).entries()) {
      const inside = this.#ranges.filter(({ first, last }) => first <= start && start <= last);
      if (inside.length === 0) continue;
      const key = inside.map(({ signature }) => signature.id).join(" ");
      let group = known.get(key);
      if (group === undefined) {
        group = groups.length;
        groups.push(groupOf(inside.map(({ signature }) => signature)));
        known.set(key, group);
      }
      table.fill(group, start, cuts[index + 1]);
    }
    return { groupOf: table, groups };
  }
}
