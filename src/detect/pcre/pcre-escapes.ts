import { ByteSet } from "../payload/byte-set.ts";
import { Assertion, type PcreNode } from "./pcre-syntax.ts";

export const ANY = ByteSet.of(() => true);
export const NOT_LINE_FEED = ByteSet.of((byte) => byte !== 0x0a);
const CR: PcreNode = { kind: "set", set: ByteSet.of((byte) => byte === 0x0d) };
const LF: PcreNode = { kind: "set", set: ByteSet.of((byte) => byte === 0x0a) };
const OTHER_LINE_END = ByteSet.of((byte) => (byte >= 0x0a && byte <= 0x0c) || byte === 0x85);

/** Escapes that stand for more, or for less, than a set of bytes. */
export const FIXED_ESCAPES: ReadonlyMap<string, PcreNode> = new Map<string, PcreNode>([
  ["b", asserted(Assertion.WORD_BOUNDARY)],
  ["B", asserted(Assertion.NO_WORD_BOUNDARY)],
  ["A", asserted(Assertion.TEXT_START)],
  ["z", asserted(Assertion.TEXT_END)],
  ["Z", asserted(Assertion.FINAL_LINE_END)],
  [
    "R",
    {
      kind: "choice",
      nodes: [
        sequence([CR, LF]),
        sequence([CR, asserted(Assertion.NO_LINE_FEED)]),
        { kind: "set", set: OTHER_LINE_END },
      ],
    },
  ],
  ["C", { kind: "set", set: ANY }],
]);

export function asserted(assertion: Assertion): PcreNode {
  return { kind: "assertion", assertion };
}

export function sequence(nodes: readonly PcreNode[]): PcreNode {
  return nodes.length === 1 ? (nodes[0] as PcreNode) : { kind: "sequence", nodes };
}
