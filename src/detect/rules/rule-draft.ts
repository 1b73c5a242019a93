import type { Baseline } from "../baselines/baseline.ts";
import type { BitOption } from "../counters/bits.ts";
import type { IntOption } from "../counters/flow-ints.ts";
import type { Ratio } from "../counters/ratio.ts";
import type { Threshold } from "../counters/threshold.ts";
import type { Base64Decode } from "../payload/base64-decode.ts";
import { BUFFERS, BufferId, bufferName } from "../payload/buffers.ts";
import type { ByteJump, ByteTest, DataAt } from "../payload/byte-match.ts";
import type { ByteExtract, ByteMath, Operand } from "../payload/byte-variables.ts";
import type { SizeCondition } from "../payload/size-condition.ts";
import type { Transform } from "../payload/transforms.ts";
import type { PcreMatch } from "../pcre/pcre.ts";
import type { DatasetMatch } from "../site/dataset-match.ts";
import type { SiteData } from "../site/site-data.ts";
import type { Classification } from "./classification.ts";
import { RuleError } from "./load-message.ts";
import type { Token } from "./rule-lexer.ts";
import type { RuleAst } from "./rule-parser.ts";
import type { Condition, FlowCondition } from "./signature.ts";
import type { RuleVariables } from "./variables.ts";

/** What rules refer to by name. */
export interface RuleEnvironment {
  readonly variables: RuleVariables;
  readonly classes: ReadonlyMap<string, Classification>;
  readonly referencePrefixes: ReadonlyMap<string, string>;
  /** Lists and databases that belong to the site. */
  readonly site: SiteData;
  /** Of the rule file: lists are found from there. */
  readonly folder: string;
}

export type ContentModifier = "offset" | "depth" | "distance" | "within";

/** A `content` while its modifiers are still being read. */
export class ContentDraft {
  readonly kind = "content";
  readonly bytes: Uint8Array;
  readonly isNegated: boolean;
  /** Offset of the keyword in the rule, for messages. */
  readonly at: number;
  nocase = false;
  offset: number | null = null;
  depth: number | null = null;
  distance: number | null = null;
  within: number | null = null;
  startsWith = false;
  endsWith = false;
  rawbytes = false;
  fastPattern: "no" | "yes" | "only" = "no";
  /** Modifiers that are the name of a number read before; the field above then only says that there is one. */
  readonly variables: Partial<Record<ContentModifier, Operand>> = {};

  constructor(bytes: Uint8Array, isNegated: boolean, at: number) {
    this.bytes = bytes;
    this.isNegated = isNegated;
    this.at = at;
  }
}

export type MatchDraft =
  | ContentDraft
  | PcreMatch
  | DataAt
  | ByteTest
  | ByteJump
  | ByteExtract
  | ByteMath
  | Base64Decode
  | DatasetMatch;

/** What a rule asks of one buffer, up to the next sticky buffer. */
export class SectionDraft {
  readonly buffer: number;
  readonly at: number;
  readonly transforms: Transform[] = [];
  readonly matches: MatchDraft[] = [];
  bsize: SizeCondition | null = null;
  absent: "no" | "only" | "or_else" = "no";

  constructor(buffer: number, at: number) {
    this.buffer = buffer;
    this.at = at;
  }

  get isEmpty(): boolean {
    return this.matches.length === 0 && this.bsize === null && this.absent === "no";
  }
}

/** A rule while its options are applied one after another: order matters, modifiers look back. */
export class RuleDraft {
  readonly ast: RuleAst;
  readonly environment: RuleEnvironment;
  readonly warnings: { readonly text: string; readonly at: number }[] = [];
  readonly sections: SectionDraft[] = [];
  section: SectionDraft | null = null;
  sid: number | null = null;
  gid = 1;
  rev: number | null = null;
  msg: string | null = null;
  priority: number | null = null;
  classtype: string | null = null;
  readonly references: string[] = [];
  readonly metadata = new Map<string, string[]>();
  target: "src_ip" | "dest_ip" | null = null;
  noalert = false;
  flow: FlowCondition | null = null;
  dsize: SizeCondition | null = null;
  /** `app-layer-event` options; several are alternatives, for a fact comes alone. */
  readonly events: { readonly name: string; readonly kinds: readonly number[] }[] = [];
  eventValue: SizeCondition | null = null;
  readonly bits: BitOption[] = [];
  readonly ints: IntOption[] = [];
  /** It looks at TCP headers, so it is asked about segments. */
  isOnSegments = false;
  /** Names that `byte_extract` and `byte_math` gave, by place. */
  readonly variables: string[] = [];
  /** The last option named a sticky buffer, or transformed it. */
  #isBufferFresh = false;
  readonly conditions: Condition[] = [];
  counter: Threshold | Ratio | Baseline | null = null;

  constructor(ast: RuleAst, environment: RuleEnvironment) {
    this.ast = ast;
    this.environment = environment;
  }

  warn(text: string, at: number): void {
    this.warnings.push({ text, at });
  }

  /** The rule is evaluated on facts, not on packets or messages. */
  get isOnFacts(): boolean {
    return this.events.length > 0 || this.namesEvents;
  }

  /** Its counter says itself which events it counts. */
  get namesEvents(): boolean {
    const { counter } = this;
    return counter?.type === "ratio" || (counter?.type === "baseline" && counter.sides.length > 0);
  }

  /** The section that a match belongs to: the last sticky buffer, else the payload. */
  openSection(at: number): SectionDraft {
    return this.section ?? this.stick(BufferId.PAYLOAD, at);
  }

  /**
   * Makes a buffer the one that matches go to. A single-valued buffer named again goes on where it
   * was; a multi-valued one starts over, to be met by another of its values.
   */
  stick(buffer: number, at: number): SectionDraft {
    this.checkSection();
    const section = BUFFERS[buffer]?.isMulti
      ? undefined
      : this.sections.find((known) => known.buffer === buffer && known.transforms.length === 0);
    return section === undefined ? this.#begin(buffer, at) : this.#goOn(section);
  }

  /** Transforms the buffer that was just named; what it is transformed to is a buffer of its own. */
  transform(transform: Transform, at: number): void {
    const { section } = this;
    if (section === null || !this.#isBufferFresh) {
      throw new RuleError(`"${transform.name}" stands right after its sticky buffer`, at);
    }
    if (section.buffer === BufferId.BASE64_DATA) {
      throw new RuleError(`"${transform.name}" does not go with base64_data`, at);
    }
    const own = section.isEmpty ? section : this.#begin(section.buffer, section.at);
    own.transforms.push(transform);
  }

  /** To be called when an option is no buffer and no transform. */
  leaveBuffer(): void {
    this.#isBufferFresh = false;
  }

  #begin(buffer: number, at: number): SectionDraft {
    const section = new SectionDraft(buffer, at);
    this.sections.push(section);
    return this.#goOn(section);
  }

  #goOn(section: SectionDraft): SectionDraft {
    this.section = section;
    this.#isBufferFresh = true;
    return section;
  }

  /** A sticky buffer without a match after it is an error (`pkt_data` is not: it only switches). */
  checkSection(): void {
    const { section } = this;
    if (section === null || !section.isEmpty || section.buffer === BufferId.PAYLOAD) return;
    throw new RuleError(
      `"${bufferName(section.buffer)}" needs a match after it, such as content or bsize`,
      section.at,
    );
  }

  /** The content that a modifier belongs to. */
  lastContent(keyword: string, at: number): ContentDraft {
    const last = this.section?.matches.findLast((match) => match.kind === "content");
    if (last === undefined) {
      throw new RuleError(`"${keyword}" needs a preceding content option`, at);
    }
    return last as ContentDraft;
  }
}

/** The value of an option after quotes and negation were taken off. */
export interface OptionValue extends Token {
  readonly isNegated: boolean;
  /** Offset of the keyword itself. */
  readonly keywordAt: number;
}

/** One row of the keyword table. */
export interface Keyword {
  readonly name: string;
  /** One line for `rules explain` and the documentation. */
  readonly about: string;
  readonly value: "none" | "required" | "optional";
  readonly quotes: "required" | "optional" | "refused";
  /** A `!` before the value is the keyword's, not the value's. */
  readonly isNegatable: boolean;
  /** Names or transforms a sticky buffer; transforms follow it at once. */
  readonly isBuffer?: boolean;
  apply(rule: RuleDraft, value: OptionValue): void;
}

/** A keyword that takes no value. */
export function flag(name: string, about: string, apply: Keyword["apply"]): Keyword {
  return { name, about, value: "none", quotes: "refused", isNegatable: false, apply };
}

/** A keyword whose value stands without quotes. */
export function plain(name: string, about: string, apply: Keyword["apply"]): Keyword {
  return { name, about, value: "required", quotes: "refused", isNegatable: false, apply };
}

/** An unsigned integer of up to 32 bits. */
export function parseCount(value: Token, what: string, min: number): number {
  const number = /^\d{1,10}$/.test(value.text) ? Number(value.text) : Number.NaN;
  if (!(number >= min && number <= 0xffffffff)) {
    throw new RuleError(`${what} is a number from ${min}, not "${value.text}"`, value.at);
  }
  return number;
}
