import { isBitTest } from "../counters/bits.ts";
import { applyOption } from "../keywords/keywords.ts";
import { sortedMetadata } from "../keywords/keywords-meta.ts";
import { checkRequires } from "../keywords/requires.ts";
import type { Base64Decode } from "../payload/base64-decode.ts";
import type { BufferMatch } from "../payload/buffer-inspector.ts";
import { BUFFERS, BufferId, isOfMessage } from "../payload/buffers.ts";
import { ContentMatch } from "../payload/content-match.ts";
import { linkMatches } from "../payload/match-links.ts";
import { isDecidedByMethod } from "../payload/method-section.ts";
import { Pattern } from "../payload/pattern.ts";
import { DatasetChange } from "../site/dataset-match.ts";
import { type AddressSet, parseAddressSet } from "./address-set.ts";
import { crossCheck } from "./cross-checks.ts";
import { RuleError } from "./load-message.ts";
import { type PortSet, parsePortSet } from "./port-set.ts";
import { parseProtocol } from "./protocols.ts";
import {
  type ContentDraft,
  type MatchDraft,
  RuleDraft,
  type RuleEnvironment,
  type SectionDraft,
} from "./rule-draft.ts";
import type { RuleAst } from "./rule-parser.ts";
import type { BufferSection, FastPattern, HeaderDirection, Scope, Signature } from "./signature.ts";

const PRIORITY_DEFAULT = 3;

export interface CompiledRule {
  readonly signature: Signature;
  readonly warnings: readonly { readonly text: string; readonly at: number }[];
  /** Both sides of a `<>` are equal: it was taken as `->`. */
  readonly isOneWay: boolean;
}

/** Suricata takes any number of them, none too, so a rule that was broken without a backslash loads as its first line. */
const NOT_CLOSED =
  "no closing parenthesis: if the rule goes on in the next line, this one has to end in a \\";

/** Compiles a parsed rule; throws `RuleError` or `RuleSkipped`. */
export function compileRule(
  ast: RuleAst,
  environment: RuleEnvironment,
  file: string,
): CompiledRule {
  const protocol = parseProtocol(ast.protocol);
  const rule = new RuleDraft(ast, environment);
  checkRequires(ast.options);
  const { text } = ast.line;
  if (!text.endsWith(")")) rule.warn(NOT_CLOSED, text.length - 1);
  for (const option of ast.options) applyOption(rule, option);
  if (rule.sid === null) {
    throw new RuleError('Signature missing required value "sid".', ast.line.text.length);
  }
  crossCheck(rule, protocol);
  const { directions, isOneWay } = compileHeader(rule);
  const sections = rule.sections
    .filter((section) => !section.isEmpty && section.buffer !== BufferId.BASE64_DATA)
    .map((section) => compileSection(section, rule));
  const isOnMessages = sections.some((section) => isOfMessage(section.buffer));
  const bitActions = rule.bits.filter((bit) => !isBitTest(bit));
  const listChanges = sections
    .flatMap(({ matches }) => matches)
    .filter((match) => match instanceof DatasetChange);
  const intActions = rule.ints.filter(({ change }) => change !== null);
  return {
    signature: {
      id: 0,
      action: ast.action,
      alert: alertSignature(rule, rule.sid),
      noalert: rule.noalert,
      target: rule.target,
      text: ast.line.text,
      file,
      line: ast.line.line,
      protocol: protocol.name,
      isOnIp: protocol.isOnIp,
      transport: protocol.transport,
      ipVersion: protocol.ipVersion,
      scope: scopeOf(rule, isOnMessages),
      carrier: protocol.carrier,
      isInert: rule.flow?.isNever === true,
      directions,
      takesAnyHeader:
        protocol.transport === 0 && protocol.ipVersion === 0 && directions.some(isAnyDirection),
      flow: neededFlow(rule),
      dsize: rule.dsize,
      sections,
      fastPattern: fastPatternOf(rule),
      eventKinds: [...new Set(rule.events.flatMap(({ kinds }) => kinds))],
      eventNames: rule.events.map(({ name }) => name),
      isOncePerPacket: rule.events.some(({ kinds }) => kinds.length > 1),
      eventValue: rule.eventValue,
      asksOfEvent: rule.eventValue !== null || rule.counter?.type === "baseline",
      conditions: rule.conditions,
      bitTests: rule.bits.filter(isBitTest),
      bitActions,
      intTests: rule.ints.filter(({ test }) => test !== null),
      intActions,
      listChanges,
      changesState: bitActions.length + intActions.length + listChanges.length > 0,
      counter: rule.counter,
      suppressions: [],
    },
    warnings: rule.warnings,
    isOneWay,
  };
}

function scopeOf(rule: RuleDraft, isOnMessages: boolean): Scope {
  if (rule.isOnFacts) return "event";
  if (rule.isOnSegments) return "segment";
  return isOnMessages ? "message" : "packet";
}

function alertSignature(rule: RuleDraft, sid: number): Signature["alert"] {
  const known = rule.classtype === null ? undefined : rule.environment.classes.get(rule.classtype);
  return {
    action: "allowed",
    gid: rule.gid,
    sid,
    rev: rule.rev ?? 0,
    msg: rule.msg ?? "",
    category: known?.category ?? "",
    severity: rule.priority ?? known?.priority ?? PRIORITY_DEFAULT,
    metadata: sortedMetadata(rule),
    references: rule.references,
    ...(rule.target !== null && { target: rule.target }),
  };
}

function compileHeader(rule: RuleDraft): { directions: HeaderDirection[]; isOneWay: boolean } {
  const { ast, environment } = rule;
  const { variables } = environment;
  const warn = (text: string, at: number) => rule.warn(text, at);
  const src: AddressSet = parseAddressSet(ast.src, variables.addresses);
  const srcPorts: PortSet = parsePortSet(ast.srcPorts, variables.ports, warn);
  const dst: AddressSet = parseAddressSet(ast.dst, variables.addresses);
  const dstPorts: PortSet = parsePortSet(ast.dstPorts, variables.ports, warn);
  const forward = { src, srcPorts, dst, dstPorts };
  if (ast.direction === "->") return { directions: [forward], isOneWay: false };
  const isOneWay = ast.src.text === ast.dst.text && ast.srcPorts.text === ast.dstPorts.text;
  if (isOneWay) return { directions: [forward], isOneWay };
  const backward = { src: dst, srcPorts: dstPorts, dst: src, dstPorts: srcPorts };
  return { directions: [forward, backward], isOneWay };
}

function isAnyDirection({ src, srcPorts, dst, dstPorts }: HeaderDirection): boolean {
  return src.isAny && dst.isAny && srcPorts.isAny && dstPorts.isAny;
}

/** `flow:stateless` and the like ask for nothing. */
function neededFlow({ flow }: RuleDraft): Signature["flow"] {
  return flow === null || (flow.established === null && flow.direction === null) ? null : flow;
}

function compileSection(section: SectionDraft, rule: RuleDraft): BufferSection {
  const matches = section.matches.map(compileMatch);
  linkMatches(matches);
  for (const match of matches) if (match.kind === "base64_decode") compileDecoded(match, rule);
  const { absent, bsize, buffer, transforms } = section;
  const compiled = { buffer, transforms, matches, bsize, absent };
  return { ...compiled, isDecidedByMethod: isDecidedByMethod(compiled) };
}

/** Gives `base64_decode` what the rule asks of `base64_data`, so that it is asked where it was decoded. */
function compileDecoded(match: Base64Decode, { sections }: RuleDraft): void {
  const section = sections.find(({ buffer }) => buffer === BufferId.BASE64_DATA);
  match.data = section?.matches.map(compileMatch) ?? [];
  match.dataSize = section?.bsize ?? null;
  linkMatches(match.data);
}

function compileMatch(match: MatchDraft): BufferMatch {
  if (match.kind !== "content") return match;
  const { isNegated, offset, depth, distance, within, startsWith, endsWith, variables } = match;
  const pattern = new Pattern(match.bytes, match.nocase);
  return new ContentMatch({
    pattern,
    isNegated,
    offset,
    depth,
    distance,
    within,
    startsWith,
    endsWith,
    variables: Object.keys(variables).length === 0 ? null : variables,
  });
}

/** The content that `fast_pattern` marks, else the longest; values that must be made come last. */
function fastPatternOf(rule: RuleDraft): FastPattern | null {
  let best: FastPattern | null = null;
  let bestScore = -1;
  for (const section of rule.sections.filter(isLookedUp)) {
    for (const match of section.matches) {
      if (match.kind !== "content" || match.isNegated) continue;
      const score = fastPatternScore(section.buffer, match);
      if (score <= bestScore) continue;
      bestScore = score;
      best = { buffer: section.buffer, pattern: new Pattern(match.bytes, true) };
    }
  }
  return best;
}

/** Rules are looked up by values as they are, in any case of letters; addresses are not among them. */
function isLookedUp({ absent, buffer, transforms }: SectionDraft): boolean {
  const source = BUFFERS[buffer]?.source;
  if (absent !== "no" || source === "ends" || source === "decoded") return false;
  return transforms.every(({ keepsLetters }) => keepsLetters);
}

function fastPatternScore(buffer: number, { bytes, fastPattern }: ContentDraft): number {
  const isMade = BUFFERS[buffer]?.source === "sdp" || buffer === BufferId.SIP_HEADER_NAMES;
  return bytes.length + (fastPattern === "no" ? 0 : 1e6) - (isMade ? 1e5 : 0) + 1e5;
}
