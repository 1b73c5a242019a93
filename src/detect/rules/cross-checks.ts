import { BUFFERS, BufferId, bufferName, isOfMessage } from "../payload/buffers.ts";
import { RuleError } from "./load-message.ts";
import type { RuleProtocol } from "./protocols.ts";
import type { ContentDraft, RuleDraft, SectionDraft } from "./rule-draft.ts";

/** What makes a rule invalid although each of its options is fine (Suricata refuses the same). */
export function crossCheck(rule: RuleDraft, protocol: RuleProtocol): void {
  rule.checkSection();
  for (const section of rule.sections) checkSection(rule, section);
  checkDecoded(rule);
  // A fact may know its request and have come with the response.
  if (!rule.isOnFacts) checkDirections(rule);
  checkLevels(rule, protocol);
  checkDsize(rule);
}

function checkSection(rule: RuleDraft, section: SectionDraft): void {
  if (section.absent === "only" && (section.matches.length > 0 || section.bsize !== null)) {
    throw new RuleError("absent without or_else does not go with matches", section.at);
  }
  for (const match of section.matches) {
    if (match.kind !== "content") continue;
    checkContent(match);
    if (match.rawbytes && section.buffer !== BufferId.PAYLOAD) {
      throw new RuleError("rawbytes does not go with a sticky buffer", match.at);
    }
    if (section.bsize !== null && !match.isNegated && section.bsize.high < match.bytes.length) {
      throw new RuleError("bsize is too small for the content", match.at);
    }
    if (section.buffer === BufferId.SIP_METHOD && hasOuterBlank(match.bytes)) {
      rule.warn("sip.method content has a leading or trailing blank: it will not match", match.at);
    }
    if (section.buffer === BufferId.SIP_METHOD && isLowerCase(match, section)) {
      rule.warn(
        "methods are upper case, this content is not: add nocase, or it will not match",
        match.at,
      );
    }
  }
}

/** What is decoded is only there for `base64_data`; it is no value of the message, which could be missing, listed or looked up. */
function checkDecoded({ sections }: RuleDraft): void {
  const section = sections.find(({ buffer }) => buffer === BufferId.BASE64_DATA);
  const decode = sections
    .flatMap(({ matches }) => matches)
    .find((match) => match.kind === "base64_decode");
  if (decode !== undefined && section === undefined) {
    throw new RuleError("base64_decode needs base64_data and a match after it", decode.at);
  }
  if (section === undefined) return;
  if (section.absent !== "no") {
    throw new RuleError("absent does not go with base64_data", section.at);
  }
  for (const match of section.matches) {
    if (match.kind === "dataset" || (match.kind === "content" && match.fastPattern !== "no")) {
      const name = match.kind === "dataset" ? "dataset" : "fast_pattern";
      throw new RuleError(`${name} does not go with base64_data`, section.at);
    }
  }
}

/** RFC 3261 section 7.1: methods are compared with case, and all that are registered are upper case. */
function isLowerCase(match: ContentDraft, section: SectionDraft): boolean {
  if (match.nocase || match.isNegated || section.transforms.length > 0) return false;
  return match.bytes.some((byte) => byte >= 0x61 && byte <= 0x7a);
}

function hasOuterBlank(bytes: Uint8Array): boolean {
  const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09;
  return isBlank(bytes[0]) || isBlank(bytes[bytes.length - 1]);
}

function checkContent(content: ContentDraft): void {
  const isAbsolute = content.offset !== null || content.depth !== null;
  const isRelative = content.distance !== null || content.within !== null;
  const length = content.bytes.length;
  if (isAbsolute && isRelative) {
    throw new RuleError(
      "can't use a relative keyword with a non-relative keyword for the same content",
      content.at,
    );
  }
  if (content.startsWith && (isAbsolute || isRelative)) {
    throw new RuleError("can't use startswith with depth, offset, within or distance", content.at);
  }
  if (content.depth !== null && content.depth < length) {
    throw new RuleError(
      `depth ${content.depth} is smaller than the content (${length} bytes)`,
      content.at,
    );
  }
  if (content.within !== null && content.within < length) {
    throw new RuleError(
      `within ${content.within} is smaller than the content (${length} bytes)`,
      content.at,
    );
  }
  const hasPosition = isAbsolute || isRelative || content.startsWith || content.endsWith;
  if (content.fastPattern !== "no" && content.isNegated && hasPosition) {
    throw new RuleError(
      "fast_pattern does not go with a negated content that has modifiers",
      content.at,
    );
  }
  if (content.fastPattern === "only" && (hasPosition || content.isNegated)) {
    throw new RuleError("fast_pattern:only does not go with a position or a negation", content.at);
  }
}

/** Buffers of requests and of responses exclude each other, and the `flow` of the other side. */
function checkDirections(rule: RuleDraft): void {
  const sides = new Map<string, SectionDraft>();
  for (const section of rule.sections) {
    const side = BUFFERS[section.buffer]?.side;
    if (side !== undefined && side !== "both" && section.absent === "no") sides.set(side, section);
  }
  const request = sides.get("request");
  const response = sides.get("response");
  if (request !== undefined && response !== undefined) {
    throw new RuleError("rule mixes keywords with conflicting directions", response.at);
  }
  const wrong =
    rule.flow?.direction === "to_client"
      ? request
      : rule.flow?.direction === "to_server"
        ? response
        : undefined;
  if (wrong !== undefined) {
    throw new RuleError(
      `rule mixes keywords with conflicting directions: "${bufferName(wrong.buffer)}" and flow`,
      wrong.at,
    );
  }
}

function checkLevels(rule: RuleDraft, protocol: RuleProtocol): void {
  const application = rule.sections.find((section) => isOfMessage(section.buffer));
  if (application !== undefined) {
    const name = bufferName(application.buffer);
    if (rule.dsize !== null) {
      throw new RuleError(
        `dsize looks at packets, "${name}" at messages: a rule has one of them`,
        application.at,
      );
    }
    if (protocol.carrier !== "any" && protocol.carrier !== "sip") {
      throw new RuleError(`"${name}" does not go with protocol ${protocol.name}`, application.at);
    }
  }
  if (rule.isOnSegments && (application !== undefined || rule.isOnFacts)) {
    throw new RuleError(
      "TCP headers are those of segments: a rule looks at them, or at messages and facts",
      application?.at ?? rule.ast.line.text.length,
    );
  }
  if (rule.events.length > 0 && rule.namesEvents) {
    throw new RuleError(
      `${rule.counter?.type} names its own events: remove app-layer-event`,
      rule.ast.line.text.length,
    );
  }
  if (rule.eventValue !== null && !rule.isOnFacts) {
    throw new RuleError("event_value needs an app-layer-event", rule.ast.line.text.length);
  }
  if (protocol.isFactsOnly && !rule.isOnFacts) {
    throw new RuleError(
      `protocol ${protocol.name} needs an app-layer-event or ratio`,
      rule.ast.protocol.at,
    );
  }
}

/** A datagram that is too small for the contents can never match. */
function checkDsize(rule: RuleDraft): void {
  if (rule.dsize === null || rule.dsize.isNegated) return;
  let needed = 0;
  for (const section of rule.sections) {
    for (const match of section.matches) {
      if (match.kind !== "content" || match.isNegated) continue;
      needed = Math.max(needed, (match.offset ?? 0) + match.bytes.length);
    }
  }
  if (needed > rule.dsize.high) {
    throw new RuleError(
      `dsize can never hold the contents: they need ${needed} bytes`,
      rule.ast.line.text.length,
    );
  }
}
