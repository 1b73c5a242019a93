import type { Operand } from "./byte-variables.ts";
import type { Pattern } from "./pattern.ts";

/** A `content:` with its modifiers, compiled. Distances are bytes. */
export class ContentMatch {
  readonly kind = "content";
  readonly pattern: Pattern;
  readonly isNegated: boolean;
  readonly offset: number;
  /** Bytes from `offset`; -1 without a depth. */
  readonly depth: number;
  /** Has `distance` or `within`: its window starts at the cursor. */
  readonly isRelative: boolean;
  readonly distance: number;
  /** -1 without `within`. */
  readonly within: number;
  readonly endsWith: boolean;
  /** What stands for some of the numbers above; null when none is a variable. */
  readonly variables: ContentVariables | null;
  /** A later match is relative to this one, so other occurrences may have to be tried. */
  retries = false;
  /**
   * When this one is missing, no other occurrence of an earlier match helps: its window has no end
   * but the buffer's, and a later cursor only makes it smaller.
   */
  isFinal = false;

  constructor(fields: ContentFields) {
    this.pattern = fields.pattern;
    this.isNegated = fields.isNegated;
    this.offset = fields.offset ?? 0;
    this.depth = fields.startsWith ? fields.pattern.length : (fields.depth ?? -1);
    this.isRelative = fields.distance !== null || fields.within !== null;
    this.distance = fields.distance ?? 0;
    this.within = fields.within ?? -1;
    this.endsWith = fields.endsWith;
    this.variables = fields.variables;
  }
}

export interface ContentFields {
  readonly pattern: Pattern;
  readonly isNegated: boolean;
  readonly offset: number | null;
  readonly depth: number | null;
  readonly distance: number | null;
  readonly within: number | null;
  readonly startsWith: boolean;
  readonly endsWith: boolean;
  readonly variables: ContentVariables | null;
}

export interface ContentVariables {
  readonly offset?: Operand;
  readonly depth?: Operand;
  readonly distance?: Operand;
  readonly within?: Operand;
}
