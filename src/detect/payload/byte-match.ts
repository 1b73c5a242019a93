import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";
import {
  type ByteFormat,
  commaList,
  parseByteOptions,
  parseInteger,
  readNumber,
} from "./byte-read.ts";
import { type ByteValues, Operand } from "./byte-variables.ts";

/** `isdataat:[!]N[,relative]`. */
export class DataAt {
  readonly kind = "isdataat";
  readonly offset: Operand;
  readonly isRelative: boolean;
  readonly isNegated: boolean;

  constructor(token: Token, variables: readonly string[] = []) {
    const [position, ...options] = commaList(token);
    const negated = position?.text.startsWith("!") === true;
    const digits = negated ? (position?.text.slice(1).trim() ?? "") : (position?.text ?? "");
    this.offset = new Operand({ text: digits, at: token.at }, variables, "isdataat");
    const offset = this.offset.isVariable ? 0 : this.offset.number([]);
    if (offset < 0 || offset > 65535) {
      throw new RuleError("isdataat takes 0 to 65535", token.at);
    }
    this.isNegated = negated;
    this.isRelative = options.some((option) => option.text === "relative");
    const bad = options.find(({ text }) => text !== "relative" && text !== "rawbytes");
    if (bad !== undefined) throw new RuleError(`unknown isdataat option "${bad.text}"`, bad.at);
  }

  /** The two forms differ by one byte on purpose: N must exist; pos + N may be the end. */
  matches(start: number, pos: number, end: number, values: ByteValues): boolean {
    const offset = this.offset.number(values);
    const holds = this.isRelative ? pos + offset <= end : offset < end - start;
    return holds !== this.isNegated;
  }
}

type Operator = "<" | ">" | "=" | "<=" | ">=" | "&" | "^";

/** `byte_test:n,[!]op,value,offset[,relative][,...]`; does not move the cursor. */
export class ByteTest {
  readonly kind = "byte_test";
  readonly format: ByteFormat;
  readonly operator: Operator;
  readonly isNegated: boolean;
  readonly value: Operand;
  readonly offset: Operand;
  readonly isRelative: boolean;

  constructor(token: Token, variables: readonly string[] = []) {
    const [length, operator, value, offset, ...options] = commaList(token);
    if (length === undefined || operator === undefined || value === undefined) {
      throw new RuleError("byte_test takes bytes, operator, value, offset[, options]", token.at);
    }
    const parsed = parseByteOptions(length, options);
    const unknown = parsed.others[0];
    if (unknown !== undefined) {
      throw new RuleError(`unknown byte_test option "${unknown.text}"`, unknown.at);
    }
    const match = /^(!?)\s*(<=|>=|<|>|=|&|\^)?$/.exec(operator.text);
    if (match === null || operator.text === "") {
      throw new RuleError(`unknown byte_test operator "${operator.text}"`, operator.at);
    }
    if (parsed.format.length === 0)
      throw new RuleError("byte_test reads at least 1 byte", length.at);
    this.format = parsed.format;
    this.operator = (match[2] ?? "=") as Operator;
    this.isNegated = match[1] === "!";
    this.value = new Operand(value, variables, "byte_test value");
    this.offset = new Operand(offset ?? { text: "", at: token.at }, variables, "byte_test offset");
    this.isRelative = parsed.isRelative;
  }

  matches(bytes: Uint8Array, start: number, pos: number, end: number, values: ByteValues): boolean {
    const at = (this.isRelative ? pos : start) + this.offset.number(values);
    if (at < start || at + this.format.length > end) return false;
    const value = readNumber(bytes, at, this.format);
    return value !== null && this.#compare(value, this.value.value(values)) !== this.isNegated;
  }

  #compare(value: bigint, wanted: bigint): boolean {
    switch (this.operator) {
      case "<":
        return value < wanted;
      case ">":
        return value > wanted;
      case "<=":
        return value <= wanted;
      case ">=":
        return value >= wanted;
      case "&":
        return (value & wanted) !== 0n;
      case "^":
        return (value ^ wanted) !== 0n;
      default:
        return value === wanted;
    }
  }
}

/** `byte_jump:n,offset[,relative][,multiplier m][,post_offset p][,align][,from_beginning|from_end]`. */
export class ByteJump {
  readonly kind = "byte_jump";
  readonly format: ByteFormat;
  readonly offset: Operand;
  readonly isRelative: boolean;
  readonly #multiplier: bigint;
  readonly #post: bigint;
  readonly #isAligned: boolean;
  readonly #from: "here" | "beginning" | "end";

  constructor(token: Token, variables: readonly string[] = []) {
    const [length, offset, ...options] = commaList(token);
    if (length === undefined || offset === undefined) {
      throw new RuleError("byte_jump takes bytes, offset[, options]", token.at);
    }
    const parsed = parseByteOptions(length, options);
    let multiplier = 1n;
    let post = 0n;
    let isAligned = false;
    let from: "here" | "beginning" | "end" = "here";
    for (const option of parsed.others) {
      const [name, argument] = option.text.split(/\s+/);
      if (name === "multiplier") multiplier = integer(argument, option);
      else if (name === "post_offset") post = integer(argument, option);
      else if (name === "align") isAligned = true;
      else if (name === "from_beginning") from = "beginning";
      else if (name === "from_end") from = "end";
      else throw new RuleError(`unknown byte_jump option "${option.text}"`, option.at);
    }
    if (multiplier < 1n || multiplier > 65535n) {
      throw new RuleError("byte_jump multiplier is 1 to 65535", token.at);
    }
    this.format = parsed.format;
    this.offset = new Operand(offset, variables, "byte_jump offset");
    this.isRelative = parsed.isRelative;
    this.#multiplier = multiplier;
    this.#post = post;
    this.#isAligned = isAligned;
    this.#from = from;
  }

  /** The new cursor; -1 when the read or the jump leaves the buffer at its end. */
  jump(bytes: Uint8Array, start: number, pos: number, end: number, values: ByteValues): number {
    const at = (this.isRelative ? pos : start) + this.offset.number(values);
    if (at < start || at + this.format.length > end) return -1;
    const value = this.format.length === 0 ? 0n : readNumber(bytes, at, this.format);
    if (value === null) return -1;
    let distance = value * this.#multiplier;
    if (this.#isAligned) distance = (distance + 3n) & ~3n;
    distance += this.#post;
    if (distance > 0x7fffffffn || distance < -0x7fffffffn) return -1;
    const base =
      this.#from === "beginning" ? start : this.#from === "end" ? end : at + this.format.length;
    const target = base + Number(distance);
    return target > end ? -1 : Math.max(start, target);
  }
}

function integer(text: string | undefined, option: Token): bigint {
  return BigInt(parseInteger({ text: text ?? "", at: option.at }));
}
