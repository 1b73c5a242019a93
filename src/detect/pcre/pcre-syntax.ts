import type { ByteSet } from "../payload/byte-set.ts";

/** What holds between two bytes, and takes none. */
export const Assertion = {
  /** `\A`, and `^` without flag m. */
  TEXT_START: 0,
  /** `^` with flag m: after any line feed but the one that ends the text. */
  LINE_START: 1,
  /** `\z`, and `$` with flag E. */
  TEXT_END: 2,
  /** `$` without flag m, `\Z`: the end, or before a line feed that ends the text. */
  FINAL_LINE_END: 3,
  /** `$` with flag m. */
  LINE_END: 4,
  /** `\b`, `\B`. */
  WORD_BOUNDARY: 5,
  NO_WORD_BOUNDARY: 6,
  /** No line feed comes next: `\R` takes CR LF together or not at all. */
  NO_LINE_FEED: 7,
} as const;
export type Assertion = (typeof Assertion)[keyof typeof Assertion];

interface Look {
  readonly kind: "look";
  readonly node: PcreNode;
  readonly isBehind: boolean;
  readonly isNegated: boolean;
}

export interface Repeat {
  readonly kind: "repeat";
  readonly node: PcreNode;
  readonly low: number;
  /** Infinity for an open one. */
  readonly high: number;
  readonly isLazy: boolean;
}

/** A regular expression on bytes, with all flags worked in. */
export type PcreNode =
  | { readonly kind: "set"; readonly set: ByteSet }
  | { readonly kind: "sequence"; readonly nodes: readonly PcreNode[] }
  /** The first that leads to a match is taken. */
  | { readonly kind: "choice"; readonly nodes: readonly PcreNode[] }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | Repeat
  | Look;

export const NOTHING: PcreNode = { kind: "sequence", nodes: [] };

/** True when the expression can match without taking a byte. */
export function mayBeEmpty(node: PcreNode): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "sequence":
      return node.nodes.every(mayBeEmpty);
    case "choice":
      return node.nodes.some(mayBeEmpty);
    case "repeat":
      return node.low === 0 || mayBeEmpty(node.node);
    default:
      return true;
  }
}

/** Longest match in bytes; Infinity without a limit. */
export function longestMatch(node: PcreNode): number {
  switch (node.kind) {
    case "set":
      return 1;
    case "sequence":
      return node.nodes.reduce((sum, part) => sum + longestMatch(part), 0);
    case "choice":
      return node.nodes.reduce((most, part) => Math.max(most, longestMatch(part)), 0);
    case "repeat": {
      const length = longestMatch(node.node);
      return length === 0 ? 0 : length * node.high;
    }
    default:
      return 0;
  }
}

/** True when it matches at the start of the text or not at all. */
export function isAtStart(node: PcreNode): boolean {
  switch (node.kind) {
    case "sequence":
      return node.nodes.length > 0 && isAtStart(node.nodes[0] as PcreNode);
    case "choice":
      return node.nodes.every(isAtStart);
    case "repeat":
      return node.low > 0 && isAtStart(node.node);
    case "assertion":
      return node.assertion === Assertion.TEXT_START;
    default:
      return false;
  }
}

/** The expression that matches the same bytes read from the end. */
export function reversed(node: PcreNode): PcreNode {
  switch (node.kind) {
    case "sequence":
      return { kind: "sequence", nodes: node.nodes.map(reversed).reverse() };
    case "choice":
      return { kind: "choice", nodes: node.nodes.map(reversed) };
    case "repeat":
      return { ...node, node: reversed(node.node) };
    default:
      return node;
  }
}
