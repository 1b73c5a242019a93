import type { PcreMatch } from "../pcre/pcre.ts";
import { StepBudget } from "../pcre/pcre-text.ts";
import type { DatasetMatch } from "../site/dataset-match.ts";
import type { ByteJump, ByteTest, DataAt } from "./byte-match.ts";
import type { ByteExtract, ByteMath, ByteValues } from "./byte-variables.ts";
import type { ContentMatch, ContentVariables } from "./content-match.ts";

/** What can follow a sticky buffer (or stand for the payload) in a rule. */
export type BufferMatch =
  | ContentMatch
  | PcreMatch
  | DataAt
  | ByteTest
  | ByteJump
  | ByteExtract
  | ByteMath
  | DatasetMatch;

/** Suricata's `inspection-recursion-limit`: steps in one buffer, then the rule does not match. */
export const STEPS_MAX = 3000;

/**
 * What the expressions of one rule may cost on one packet, in visited instructions: some ten milliseconds. Over
 * it the rule does not match, and is suspended.
 */
export const PCRE_STEPS_MAX = 1_000_000;

/** A regular expression that is tried at many places costs steps by the bytes that it sees. */
const PCRE_BYTES_PER_STEP_LOG2 = 4;

const MATCH = 1;
/** Failed; another occurrence of an earlier match may help. */
const FAIL = 0;
/** Failed for good: what failed does not depend on the cursor. */
const STOP = -1;

/**
 * Evaluates the matches of one buffer in rule order with a cursor, the end of the last positive match
 * (detect-engine-content-inspection.c). Reused; the cursor and the bounds are absolute in `bytes`.
 */
export class BufferInspector {
  /** Buffers given up because of `STEPS_MAX`. */
  limitReached = 0;
  #matches: readonly BufferMatch[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #steps = 0;
  /** Read by `byte_extract` and `byte_math` of the rule at hand, whose later buffers may use them. */
  readonly #values: ByteValues = [];
  /** What expressions may still cost, for the rule at hand. */
  #stepsMax = PCRE_STEPS_MAX;
  readonly #budget = new StepBudget(PCRE_STEPS_MAX);

  /** True when all matches hold on bytes[start, end). */
  inspect(matches: readonly BufferMatch[], bytes: Buffer, start: number, end: number): boolean {
    this.#matches = matches;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#steps = 0;
    return this.#run(0, start) === MATCH;
  }

  /** Another rule, or the same on another packet. */
  begin(pcreStepsMax: number): void {
    this.#stepsMax = pcreStepsMax;
    this.#budget.left = pcreStepsMax;
    if (this.#values.length > 0) this.#values.length = 0;
  }

  /** What the expressions of the rule have cost since `begin`. */
  get pcreSteps(): number {
    return this.#stepsMax - this.#budget.left;
  }

  /** They were given up, so what they would have said is not known. */
  get isOverspent(): boolean {
    return this.#budget.left < 0;
  }

  #run(index: number, pos: number): number {
    const match = this.#matches[index];
    if (match === undefined) return MATCH;
    if (++this.#steps > STEPS_MAX) {
      if (this.#steps === STEPS_MAX + 1) this.limitReached++;
      return STOP;
    }
    switch (match.kind) {
      case "content":
        return this.#content(match, index, pos);
      case "pcre":
        return this.#pcre(match, index, pos);
      case "dataset":
        return match.matches(this.#bytes, this.#start, this.#end)
          ? this.#run(index + 1, pos)
          : STOP;
      case "isdataat":
        if (match.matches(this.#start, pos, this.#end, this.#values))
          return this.#run(index + 1, pos);
        return match.isRelative ? FAIL : STOP;
      case "byte_test":
        if (match.matches(this.#bytes, this.#start, pos, this.#end, this.#values))
          return this.#run(index + 1, pos);
        return match.isRelative ? FAIL : STOP;
      case "byte_jump":
        return this.#move(
          match,
          index,
          match.jump(this.#bytes, this.#start, pos, this.#end, this.#values),
        );
      case "byte_extract":
      case "byte_math":
        return this.#move(
          match,
          index,
          match.read(this.#bytes, this.#start, pos, this.#end, this.#values),
        );
    }
  }

  /** Goes on at `target`, -1 for nowhere. */
  #move({ isRelative }: { readonly isRelative: boolean }, index: number, target: number): number {
    const result = target < 0 ? FAIL : this.#run(index + 1, target);
    return result === FAIL && !isRelative ? STOP : result;
  }

  #windowStart(match: ContentMatch, pos: number): number {
    const { variables } = match;
    if (variables !== null) {
      const from = match.isRelative
        ? pos + this.#number(variables, "distance", match.distance)
        : this.#start + this.#number(variables, "offset", match.offset);
      return Math.max(this.#start, from);
    }
    if (!match.isRelative) return this.#start + match.offset;
    return Math.max(this.#start, pos + match.distance);
  }

  #windowEnd(match: ContentMatch, pos: number): number {
    let end = this.#end;
    const { variables } = match;
    if (variables !== null) return Math.min(end, this.#variableEnd(match, variables, pos));
    if (match.isRelative) {
      if (match.within >= 0) end = pos + match.distance + match.within;
    } else if (match.depth >= 0) {
      end = this.#start + match.offset + match.depth;
    }
    return Math.min(end, this.#end);
  }

  #variableEnd(match: ContentMatch, variables: ContentVariables, pos: number): number {
    const length = match.isRelative
      ? this.#number(variables, "within", match.within)
      : this.#number(variables, "depth", match.depth);
    if (length < 0) return this.#end;
    return match.isRelative
      ? pos + this.#number(variables, "distance", match.distance) + length
      : this.#start + this.#number(variables, "offset", match.offset) + length;
  }

  #number(variables: ContentVariables, name: keyof ContentVariables, number: number): number {
    return variables[name]?.number(this.#values) ?? number;
  }

  #absent(match: ContentMatch, index: number, pos: number): number {
    const from = this.#windowStart(match, pos);
    const to = this.#windowEnd(match, pos);
    const found = match.endsWith
      ? this.#endsWith(match, from, to)
      : match.pattern.find(this.#bytes, from, to) >= 0;
    if (!found) return this.#run(index + 1, pos);
    return match.isRelative ? FAIL : STOP;
  }

  #endsWith(match: ContentMatch, from: number, to: number): boolean {
    const at = this.#end - match.pattern.length;
    return to === this.#end && at >= from && match.pattern.isAt(this.#bytes, at);
  }

  #content(match: ContentMatch, index: number, pos: number): number {
    if (match.isNegated) return this.#absent(match, index, pos);
    const missed = match.isRelative && !match.isFinal ? FAIL : STOP;
    const { pattern } = match;
    const to = this.#windowEnd(match, pos);
    let from = this.#windowStart(match, pos);
    if (match.endsWith) {
      return this.#endsWith(match, from, to) ? this.#run(index + 1, this.#end) : missed;
    }
    for (;;) {
      const at = pattern.find(this.#bytes, from, to);
      if (at < 0) return missed;
      const result = this.#run(index + 1, at + pattern.length);
      if (result !== FAIL || !match.retries) return result;
      if (++this.#steps > STEPS_MAX) return STOP;
      from = at + 1;
    }
  }

  #lacks(match: PcreMatch, index: number, pos: number): number {
    const start = match.isRelative ? pos : this.#start;
    if (match.find(this.#bytes, start, this.#end, start, this.#budget))
      return match.isRelative ? FAIL : STOP;
    return this.#budget.left < 0 ? STOP : this.#run(index + 1, pos);
  }

  #pcre(match: PcreMatch, index: number, pos: number): number {
    if (match.isNegated) return this.#lacks(match, index, pos);
    const missed = match.isRelative ? FAIL : STOP;
    const start = match.isRelative ? pos : this.#start;
    const end = this.#end;
    const budget = this.#budget;
    let from = start;
    for (;;) {
      this.#steps += match.isAnchored ? 0 : (end - from) >> PCRE_BYTES_PER_STEP_LOG2;
      if (!match.find(this.#bytes, start, end, from, budget))
        return budget.left < 0 ? STOP : missed;
      if (!match.needsPosition) return this.#run(index + 1, pos);
      from = match.matchStart + 1;
      const result = this.#run(index + 1, match.matchEnd);
      if (result !== FAIL) return result;
      if (++this.#steps > STEPS_MAX) return STOP;
    }
  }
}

/** Marks which matches must offer other occurrences, or a position, to relative ones after them. */
export function linkMatches(matches: readonly BufferMatch[]): void {
  let isMonotone = true;
  for (const [index, match] of matches.entries()) {
    const feeds = feedsRelative(matches, index + 1);
    if (match.kind === "content") {
      match.retries = !match.isNegated && feeds;
      const isPlaced = match.isRelative && match.within < 0 && match.variables === null;
      match.isFinal = isMonotone && isPlaced && !match.isNegated;
      if (!match.isRelative && !match.isNegated) isMonotone = true;
    }
    if (match.kind === "pcre") match.needsPosition = !match.isNegated && feeds;
    // A jump or an expression may move the cursor back as an earlier match moves on.
    if (match.kind === "pcre" || movesByNumber(match)) isMonotone = false;
  }
}

function movesByNumber({ kind }: BufferMatch): boolean {
  return kind === "byte_jump" || kind === "byte_extract" || kind === "byte_math";
}

function feedsRelative(matches: readonly BufferMatch[], from: number): boolean {
  for (const match of matches.slice(from)) {
    if (match.isRelative) return true;
    const moves =
      movesByNumber(match) ||
      ((match.kind === "content" || match.kind === "pcre") && !match.isNegated);
    if (moves) return false;
  }
  return false;
}
