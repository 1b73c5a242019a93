import type { PcreMatch } from "../pcre/pcre.ts";
import { StepBudget } from "../pcre/pcre-text.ts";
import type { DatasetMatch } from "../site/dataset-match.ts";
import { type Base64Decode, decodeBase64, decodedBytesMax } from "./base64-decode.ts";
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
  | Base64Decode
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

/** So does base64, which costs less by the byte. */
const BASE64_BYTES_PER_STEP_LOG2 = 6;

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
  /** The buffer at hand was counted in `limitReached`. */
  #isGivenUp = false;
  /** Read by `byte_extract` and `byte_math` of the rule at hand, whose later buffers may use them. */
  readonly #values: ByteValues = [];
  /** What expressions may still cost, for the rule at hand. */
  #stepsMax = PCRE_STEPS_MAX;
  readonly #budget = new StepBudget(PCRE_STEPS_MAX);
  /** What `base64_decode` decoded last; as long as the longest so far, 48 KiB at most. */
  #decoded = Buffer.alloc(0);

  /** True when all matches hold on bytes[start, end). */
  inspect(matches: readonly BufferMatch[], bytes: Buffer, start: number, end: number): boolean {
    this.#matches = matches;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#steps = 0;
    this.#isGivenUp = false;
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

  /** Takes a step. Many may be taken at once, so the limit is not met to the number. */
  #isOverSteps(): boolean {
    if (++this.#steps <= STEPS_MAX) return false;
    if (!this.#isGivenUp) this.limitReached++;
    this.#isGivenUp = true;
    return true;
  }

  #run(index: number, pos: number): number {
    const match = this.#matches[index];
    if (match === undefined) return MATCH;
    if (this.#isOverSteps()) return STOP;
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
      case "base64_decode":
        if (this.#decodes(match, pos)) return this.#run(index + 1, pos);
        return match.isRelative ? FAIL : STOP;
      case "byte_extract":
      case "byte_math":
        return this.#move(
          match,
          index,
          match.read(this.#bytes, this.#start, pos, this.#end, this.#values),
        );
    }
  }

  /** Whether there is base64, and all matches hold on what it says: these have a buffer and a cursor of their own. */
  #decodes(match: Base64Decode, pos: number): boolean {
    const from = (match.isRelative ? pos : this.#start) + match.offset;
    const to = Math.min(this.#end, from + match.digitsMax);
    if (from >= to) return false;
    this.#steps += (to - from) >> BASE64_BYTES_PER_STEP_LOG2;
    const room = decodedBytesMax(to - from);
    if (this.#decoded.length < room) this.#decoded = Buffer.alloc(room);
    const length = decodeBase64(this.#bytes, from, to, this.#decoded);
    if (length === 0 || match.dataSize?.matches(length) === false) return false;
    const [matches, bytes, start, end] = [this.#matches, this.#bytes, this.#start, this.#end];
    this.#matches = match.data;
    this.#bytes = this.#decoded;
    this.#start = 0;
    this.#end = length;
    const isMatch = this.#run(0, 0) === MATCH;
    this.#matches = matches;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    return isMatch;
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
      if (this.#isOverSteps()) return STOP;
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
      if (this.#isOverSteps()) return STOP;
    }
  }
}
