import { RuleError } from "./load-message.ts";
import { flatten } from "./negated-list.ts";
import { overlaps, type Range, subtract, union } from "./ranges.ts";
import type { Token } from "./rule-lexer.ts";

const ALL: Range = { low: 0n, high: 65535n };

/** A compiled port expression: sorted, disjoint, inclusive ranges. */
export class PortSet {
  readonly isAny: boolean;
  /** First and last port of each range. */
  readonly ranges: Uint16Array;

  constructor(ranges: readonly Range[]) {
    this.ranges = Uint16Array.from(ranges.flatMap(({ low, high }) => [Number(low), Number(high)]));
    this.isAny = this.ranges.length === 2 && this.ranges[0] === 0 && this.ranges[1] === 65535;
  }

  matches(port: number): boolean {
    if (this.isAny) return true;
    const ranges = this.ranges;
    for (let i = 0; i < ranges.length; i += 2) {
      if (port < (ranges[i] as number)) return false;
      if (port <= (ranges[i + 1] as number)) return true;
    }
    return false;
  }
}

const ANY = new PortSet([ALL]);

/** Parses `any`, `n`, `a:b`, `a:`, `:b`, `$VAR`, `!x` or a list of these (detect-engine-port.c). */
export function parsePortSet(
  token: Token,
  variables: Readonly<Record<string, string>>,
  warn: (text: string, at: number) => void = () => {},
): PortSet {
  if (token.text === "any") return ANY;
  const positives: Range[] = [];
  const negatives: { range: Range; token: Token }[] = [];
  for (const leaf of flatten(token, "port", variables)) {
    const range = parseLeaf(leaf.token);
    if (leaf.isNegated) negatives.push({ range, token: leaf.token });
    else positives.push(range);
  }
  const base = union(positives.length === 0 ? [ALL] : positives);
  for (const negative of negatives) {
    // Suricata takes it, other than with addresses; it is a slip all the same.
    if (!overlaps(base, negative.range))
      warn(`the port negation "!${negative.token.text}" removes nothing`, negative.token.at);
  }
  const ranges = subtract(base, union(negatives.map(({ range }) => range)));
  if (ranges.length === 0) throw new RuleError(`no port is left in "${token.text}"`, token.at);
  return new PortSet(ranges);
}

function parseLeaf(token: Token): Range {
  const { text } = token;
  if (text.toLowerCase() === "any") return ALL;
  if (text.includes("!")) throw new RuleError("Can't have a negation in a range.", token.at);
  const parts = text.split(":");
  if (parts.length > 2 || text === ":") throw invalid(token);
  const low = parsePort(parts[0] as string, 0, token);
  const high = parts.length === 1 ? low : parsePort(parts[1] as string, 65535, token);
  if (low > high) throw new RuleError("Port range's first port is above its last.", token.at);
  return { low: BigInt(low), high: BigInt(high) };
}

function parsePort(text: string, whenEmpty: number, token: Token): number {
  const trimmed = text.trim();
  if (trimmed === "") return whenEmpty;
  if (!/^\d{1,5}$/.test(trimmed) || Number(trimmed) > 65535) throw invalid(token);
  return Number(trimmed);
}

function invalid(token: Token): RuleError {
  return new RuleError(`"${token.text}" is not a port or port range (0 to 65535)`, token.at);
}
