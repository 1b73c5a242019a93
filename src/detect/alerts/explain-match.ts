import type { BitOption } from "../counters/bits.ts";
import type { IntOption } from "../counters/flow-ints.ts";
import type { Base64Decode } from "../payload/base64-decode.ts";
import type { BufferMatch } from "../payload/buffer-inspector.ts";
import { BUFFERS } from "../payload/buffers.ts";
import type { ByteTest, DataAt } from "../payload/byte-match.ts";
import type { ContentMatch } from "../payload/content-match.ts";
import type { BufferSection, FlowCondition } from "../rules/signature.ts";
import { DatasetChange } from "../site/dataset-match.ts";

/** What one sticky buffer must hold, a line each. */
export function explainSection(section: BufferSection): string[] {
  const row = BUFFERS[section.buffer];
  const name = row?.about ?? "";
  const value = row?.isMulti === true ? `one ${row.names[0]} (${name})` : `${name}`;
  const of = [value, ...section.transforms.map((transform) => transform.name)].join(", ");
  if (section.absent === "only") return [`${of} is missing`];
  const lines = section.matches.map((match) => `${of} ${explainMatch(match)}`);
  if (section.bsize !== null) lines.unshift(`${of} is ${section.bsize} bytes long`);
  if (section.absent === "or_else")
    return [`${of} is missing, or else:`, ...lines.map((line) => `  ${line}`)];
  return lines;
}

function explainMatch(match: BufferMatch): string {
  switch (match.kind) {
    case "content":
      return explainContent(match);
    case "pcre": {
      const verb = match.isNegated ? "does not match" : "matches";
      return `${verb} ${match.source}${match.isRelative ? " after the last match" : ""}`;
    }
    case "dataset": {
      if (match instanceof DatasetChange) {
        const said = match.change === "set" ? "is new to" : "is taken out of";
        return `${said} the list ${match.name} (${match.type})`;
      }
      const verb = match.type === "prefix" ? "begins with an entry of" : "is in";
      return `${match.isNegated ? "not: " : ""}${verb} the list ${match.name} (${match.type}, ${match.size} entries)`;
    }
    case "isdataat":
      return explainDataAt(match);
    case "byte_test":
      return explainByteTest(match);
    case "byte_jump":
      return `is read on from where the ${match.format.length} bytes at ${match.offset} point`;
    case "byte_extract":
      return `has a number of ${match.format.length} bytes, ${match.name}`;
    case "base64_decode":
      return explainBase64(match);
    case "byte_math":
      return `has a number of ${match.format.length} bytes, which ${match.operator} ${match.operand} is ${match.name}`;
  }
}

function explainBase64(match: Base64Decode): string {
  const { data, dataSize, digitsMax, isRelative, offset } = match;
  const place = isRelative ? `${offset} bytes after the last match` : `at byte ${offset}`;
  const asked = data.map(explainMatch);
  if (dataSize !== null) asked.unshift(`is ${dataSize} bytes long`);
  return `has base64 ${place} (${digitsMax} digits at most), which decoded ${asked.join(" and ")}`;
}

function explainContent(match: ContentMatch): string {
  const words = [match.isNegated ? "does not hold" : "holds", quoted(match.pattern.bytes)];
  if (match.pattern.nocase) words.push("in any case");
  if (match.isRelative) {
    words.push(
      match.distance === 0
        ? "after the last match"
        : `${match.distance} bytes after the last match`,
    );
    if (match.within >= 0) words.push(`within ${match.within} bytes`);
  } else if (match.offset === 0 && match.depth === match.pattern.length) {
    words.push("at its start");
  } else {
    if (match.offset > 0) words.push(`from byte ${match.offset} on`);
    if (match.depth >= 0) words.push(`within ${match.depth} bytes`);
  }
  if (match.endsWith) words.push("at its end");
  return words.join(" ");
}

/** Bytes as text, what cannot be shown as `|hex|`. */
function quoted(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x7c;
    text += isPlain ? String.fromCharCode(byte) : `|${byte.toString(16).padStart(2, "0")}|`;
  }
  return `"${text.replaceAll("||", " ")}"`;
}

function explainDataAt({ isNegated, isRelative, offset }: DataAt): string {
  const place = isRelative ? `${offset} bytes after the last match` : `at byte ${offset}`;
  return `has ${isNegated ? "no data" : "data"} ${place}`;
}

function explainByteTest(test: ByteTest): string {
  const place = `${test.format.length} bytes at ${test.offset}${test.isRelative ? " after the last match" : ""}`;
  return `has ${test.isNegated ? "not " : ""}(${place}) ${test.operator} ${test.value}`;
}

export function explainFlow(flow: FlowCondition): string {
  const words: string[] = [];
  if (flow.established !== null) {
    words.push(
      flow.established
        ? "both directions of the flow were seen"
        : "only one direction of the flow was seen",
    );
  }
  if (flow.direction === "to_server") words.push("the packet goes to the flow's server");
  if (flow.direction === "to_client") words.push("the packet goes to the flow's client");
  return words.join(", ");
}

/** A test or an action on named bits. */
export function explainBit(bit: BitOption): string {
  const names = bit.names.join(" or ");
  const where =
    bit.store === "flow"
      ? "of the flow"
      : `kept ${bit.tracks.map(({ name }) => name).join(" and ")}`;
  const expiry = bit.store === "flow" ? "" : ` for ${bit.expireSeconds} s`;
  switch (bit.command) {
    case "isset":
      return `bit ${names} ${where} is set`;
    case "isnotset":
      return `bit ${names} ${where} is not set`;
    default: {
      const when = bit.onAlert ? "when it alerts" : "on each match";
      return `${bit.command} bit ${names} ${where}${bit.command === "unset" ? "" : expiry}, ${when}`;
    }
  }
}

/** A comparison with, or a change of a number of the flow. */
export function explainInt({ change, name, number, other, test }: IntOption): string {
  const what = other === "" ? String(number) : other;
  if (change !== null)
    return `flow number ${name} ${change === "=" ? "=" : `${change}=`} ${what}, on each match`;
  if (test === "isset") return `flow number ${name} is set`;
  return test === "notset"
    ? `flow number ${name} is not set`
    : `flow number ${name} ${test} ${what}`;
}
