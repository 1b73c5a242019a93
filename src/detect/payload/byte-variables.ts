import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";
import {
  type ByteFormat,
  commaList,
  digitsLength,
  parseByteOptions,
  parseInteger,
  readNumber,
} from "./byte-read.ts";

/** What `byte_extract` and `byte_math` have read of the buffer at hand, by place in `RuleDraft.variables`. */
export type ByteValues = bigint[];

/** Suricata's numbers have 64 bits. */
const UINT64_MASK = (1n << 64n) - 1n;
const NAME = /^[A-Za-z_][\w.]*$/;
/** Suricata holds as many. */
const VARIABLES_MAX = 256;

/** A number of a rule, or the name of one that was read before. */
export class Operand {
  readonly #value: bigint;
  /** Place of the variable; -1 for a number. */
  readonly #place: number;
  readonly text: string;

  /** Throws RuleError when the name was not given by an option before. */
  constructor(token: Token, variables: readonly string[], what: string) {
    const { at, text } = token;
    this.text = text;
    this.#place = variables.indexOf(text);
    if (this.#place < 0 && NAME.test(text)) {
      throw new RuleError(
        `${what} "${text}" is no number, and no byte_extract or byte_math before it has that name`,
        at,
      );
    }
    if (this.#place < 0 && !/^[+-]?(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text)) {
      throw new RuleError(`${what} "${text}" is not a number`, at);
    }
    const digits = BigInt(this.#place < 0 ? text.replace(/^[+-]/, "") : 0);
    this.#value = text.startsWith("-") ? -digits : digits;
  }

  get isVariable(): boolean {
    return this.#place >= 0;
  }

  value(values: ByteValues): bigint {
    return this.#place < 0 ? this.#value : (values[this.#place] ?? 0n);
  }

  toString(): string {
    return this.text;
  }

  /** For places in a buffer: what lies beyond every buffer is far away. */
  number(values: ByteValues): number {
    const value = this.value(values);
    return value > FAR ? Number(FAR) : value < -FAR ? -Number(FAR) : Number(value);
  }
}

const FAR = 0x7fffffffn;

/** Gives a variable its place; the same name again is the same variable. */
function placeOf(token: Token | undefined, variables: string[], keyword: string): number {
  if (token === undefined || !NAME.test(token.text)) {
    throw new RuleError(`${keyword} needs a name, not "${token?.text ?? ""}"`, token?.at ?? 0);
  }
  const known = variables.indexOf(token.text);
  if (known >= 0) return known;
  if (variables.length === VARIABLES_MAX) {
    throw new RuleError(`a rule has at most ${VARIABLES_MAX} variables`, token.at);
  }
  return variables.push(token.text) - 1;
}

/** `byte_extract:n,offset,name[,relative][,multiplier m][,align 2|4][,...]`: reads a number for later options. */
export class ByteExtract {
  readonly kind = "byte_extract";
  readonly format: ByteFormat;
  readonly isRelative: boolean;
  readonly name: string;
  readonly #offset: number;
  readonly #place: number;
  readonly #multiplier: bigint;
  readonly #align: bigint;

  constructor(token: Token, variables: string[]) {
    const [length, offset, name, ...options] = commaList(token);
    if (length === undefined || offset === undefined || name === undefined) {
      throw new RuleError("byte_extract takes bytes, offset, name[, options]", token.at);
    }
    const parsed = parseByteOptions(length, options);
    if (parsed.format.length === 0) {
      throw new RuleError("byte_extract reads at least 1 byte", length.at);
    }
    let multiplier = 1;
    let align = 1;
    for (const option of parsed.others) {
      const [word, argument = ""] = option.text.split(/\s+/);
      if (word === "multiplier") multiplier = parseInteger({ text: argument, at: option.at });
      else if (word === "align") align = parseInteger({ text: argument, at: option.at });
      else throw new RuleError(`unknown byte_extract option "${option.text}"`, option.at);
    }
    if (multiplier < 1 || multiplier > 65_535) {
      throw new RuleError("byte_extract multiplier is 1 to 65535", token.at);
    }
    if (align !== 1 && align !== 2 && align !== 4) {
      throw new RuleError("byte_extract align is 2 or 4", token.at);
    }
    this.format = parsed.format;
    this.isRelative = parsed.isRelative;
    this.name = name.text;
    this.#offset = parseInteger(offset);
    this.#multiplier = BigInt(multiplier);
    this.#align = BigInt(align);
    this.#place = placeOf(name, variables, "byte_extract");
  }

  /** Reads into `values` and returns the cursor behind what was read; -1 when there is nothing to read. */
  read(bytes: Uint8Array, start: number, pos: number, end: number, values: ByteValues): number {
    const at = (this.isRelative ? pos : start) + this.#offset;
    if (at < start || at + this.format.length > end) return -1;
    const value = readNumber(bytes, at, this.format);
    if (value === null) return -1;
    const scaled = value * this.#multiplier;
    values[this.#place] = (((scaled + this.#align - 1n) / this.#align) * this.#align) & UINT64_MASK;
    return at + lengthRead(bytes, at, this.format);
  }
}

type MathOperator = "+" | "-" | "*" | "/" | "<<" | ">>";

const MATH_OPERATORS: readonly MathOperator[] = ["+", "-", "*", "/", "<<", ">>"];

/** `byte_math:bytes n, offset o, oper +, rvalue v, result name[, relative][, endian big][, string dec][, bitmask m]`. */
export class ByteMath {
  readonly kind = "byte_math";
  readonly format: ByteFormat;
  readonly isRelative: boolean;
  readonly name: string;
  readonly operator: MathOperator;
  readonly operand: Operand;
  readonly #offset: Operand;
  readonly #place: number;

  constructor(token: Token, variables: string[]) {
    const fields = new Map<string, Token>();
    const options: Token[] = [];
    for (const part of commaList(token)) {
      const [, word = "", argument = ""] = /^(\S+)\s+(\S.*)$/.exec(part.text) ?? [];
      if (word === "string" || word === "endian") {
        if (word === "string") options.push({ text: "string", at: part.at });
        options.push({ text: argument, at: part.at });
      } else if (["bytes", "offset", "oper", "rvalue", "result"].includes(word)) {
        fields.set(word, { text: argument, at: part.at });
      } else {
        options.push(part);
      }
    }
    const field = (name: string): Token => {
      const found = fields.get(name);
      if (found === undefined) throw new RuleError(`byte_math needs ${name}`, token.at);
      return found;
    };
    const parsed = parseByteOptions(field("bytes"), options);
    const unknown = parsed.others[0];
    if (unknown !== undefined) {
      throw new RuleError(`unknown byte_math option "${unknown.text}"`, unknown.at);
    }
    if (parsed.format.length === 0) {
      throw new RuleError("byte_math reads at least 1 byte", field("bytes").at);
    }
    const operator = MATH_OPERATORS.find((known) => known === field("oper").text);
    if (operator === undefined) {
      throw new RuleError(`byte_math oper is one of ${MATH_OPERATORS.join(" ")}`, field("oper").at);
    }
    this.format = parsed.format;
    this.isRelative = parsed.isRelative;
    this.operator = operator;
    this.operand = new Operand(field("rvalue"), variables, "rvalue");
    if (operator === "/" && !this.operand.isVariable && this.operand.value([]) === 0n) {
      throw new RuleError("byte_math cannot divide by 0", field("rvalue").at);
    }
    this.#offset = new Operand(field("offset"), variables, "offset");
    this.name = field("result").text;
    this.#place = placeOf(field("result"), variables, "byte_math result");
  }

  /** As `ByteExtract.read`. Dividing by zero reads nothing. */
  read(bytes: Uint8Array, start: number, pos: number, end: number, values: ByteValues): number {
    const at = (this.isRelative ? pos : start) + this.#offset.number(values);
    if (at < start || at + this.format.length > end) return -1;
    const value = readNumber(bytes, at, this.format);
    const result = value === null ? null : this.#calculate(value, this.operand.value(values));
    if (result === null) return -1;
    values[this.#place] = result & UINT64_MASK;
    return at + lengthRead(bytes, at, this.format);
  }

  #calculate(left: bigint, right: bigint): bigint | null {
    switch (this.operator) {
      case "+":
        return left + right;
      case "-":
        return left - right;
      case "*":
        return left * right;
      case "/":
        return right === 0n ? null : left / right;
      case "<<":
        return right < 64n && right >= 0n ? left << right : 0n;
      case ">>":
        return right < 64n && right >= 0n ? left >> right : 0n;
    }
  }
}

/** A number in digits ends where its digits do. */
function lengthRead(bytes: Uint8Array, at: number, format: ByteFormat): number {
  return format.base === 0 ? format.length : digitsLength(bytes, at, format);
}
