import { parseRatio, parseThreshold } from "../keywords/keywords-count.ts";
import { trackKey } from "../keywords/keywords-state.ts";
import { type AddressSet, parseAddressSet } from "../rules/address-set.ts";
import { type LoadMessage, RuleError, RuleSkipped } from "../rules/load-message.ts";
import type { Signature } from "../rules/signature.ts";
import type { RuleVariables } from "../rules/variables.ts";
import type { Ratio } from "./ratio.ts";
import type { Suppression } from "./suppression.ts";
import type { Threshold, ThresholdType } from "./threshold.ts";

/** One entry of threshold.config. */
interface Entry {
  readonly line: number;
  readonly gid: number;
  readonly sid: number;
  /** What it does: a counter, an address, or nothing but silence (suppress without track). */
  readonly threshold: Threshold | Ratio | null;
  readonly suppression: Suppression | null;
}

export interface ThresholdConfig {
  readonly entries: readonly Entry[];
  readonly messages: readonly LoadMessage[];
}

const IDS = String.raw`gen_id\s+(\d+)\s*,\s*sig_id\s+(\d+)`;
const VERB = /^(\S+)\s+/;
const SUPPRESS = new RegExp(
  `^suppress\\s+${IDS}(?:\\s*,\\s*track\\s+(by_src|by_dst|by_either)\\s*,\\s*ip\\s+(.+))?$`,
);
const THRESHOLD = new RegExp(
  `^(?:threshold|event_filter)\\s+${IDS}\\s*,\\s*type\\s+(\\S+)\\s*,\\s*track\\s+([^\\s,]+)\\s*,\\s*count\\s+(\\d+)\\s*,\\s*seconds\\s+(\\d+)$`,
);
/** With what Suricata's form has not: a ratio, a detection_filter, and the options of ours. */
const OWN = new RegExp(`^(threshold|event_filter|detection_filter|ratio)\\s+${IDS}\\s*,(.+)$`);
const OWN_VERB = /^(detection_filter|ratio)\s/;
const OWN_OPTION = /\b(unique_on|reset_on|quiet)\s/;
const TYPES: readonly ThresholdType[] = ["limit", "threshold", "both"];

/** Parses threshold.config (Suricata's global thresholds). Bad lines become messages, the others stay in force. */
export function parseThresholdConfig(
  content: string,
  file: string,
  variables: RuleVariables,
): ThresholdConfig {
  const entries: Entry[] = [];
  const messages: LoadMessage[] = [];
  for (const { text, line } of logicalLines(content)) {
    try {
      entries.push(parseEntry(text, line, variables));
    } catch (error) {
      if (error instanceof RuleSkipped) {
        messages.push(warning(file, line, error.message));
        continue;
      }
      if (!(error instanceof RuleError)) throw error;
      messages.push({ level: "error", file, line, column: 0, text: error.message });
    }
  }
  return { entries, messages };
}

/** Puts the entries on the signatures that they name. */
export function applyThresholdConfig(
  signatures: readonly Signature[],
  config: ThresholdConfig,
  file: string,
): { signatures: Signature[]; messages: LoadMessage[] } {
  const messages: LoadMessage[] = [];
  let current = [...signatures];
  for (const entry of config.entries) {
    const isNamed = entry.sid > 0;
    let found = 0;
    current = current.map((signature) => {
      const { gid, sid } = signature.alert;
      const isMeant = isNamed
        ? gid === entry.gid && sid === entry.sid
        : entry.gid === 0 || gid === entry.gid;
      if (!isMeant) return signature;
      found++;
      if (entry.threshold !== null && !isNamed && signature.counter !== null) {
        messages.push(
          warning(
            file,
            entry.line,
            `signature ${gid}:${sid} has a threshold of its own, which stays`,
          ),
        );
        return signature;
      }
      return withEntry(signature, entry);
    });
    if (isNamed && found === 0) {
      messages.push(warning(file, entry.line, `can't find signature ${entry.gid}:${entry.sid}`));
    }
  }
  return { signatures: current, messages };
}

function withEntry(signature: Signature, entry: Entry): Signature {
  if (entry.threshold !== null) return { ...signature, counter: entry.threshold };
  if (entry.suppression === null) return { ...signature, noalert: true };
  return { ...signature, suppressions: [...signature.suppressions, entry.suppression] };
}

function warning(file: string, line: number, text: string): LoadMessage {
  return { level: "warning", file, line, column: 0, text };
}

function logicalLines(content: string): { text: string; line: number }[] {
  const out: { text: string; line: number }[] = [];
  let text = "";
  let first = 0;
  for (const [index, raw] of content.split(/\r?\n/).entries()) {
    if (text === "") first = index + 1;
    const trimmed = raw.trim();
    if (text === "" && (trimmed === "" || trimmed.startsWith("#"))) continue;
    if (trimmed.endsWith("\\")) {
      text += `${trimmed.slice(0, -1)} `;
      continue;
    }
    out.push({ text: (text + trimmed).trim(), line: first });
    text = "";
  }
  if (text.trim() !== "") out.push({ text: text.trim(), line: first });
  return out;
}

function parseEntry(text: string, line: number, variables: RuleVariables): Entry {
  const verb = VERB.exec(text)?.[1] ?? text;
  if (verb === "suppress") return parseSuppress(text, line, variables);
  if (verb === "threshold" || verb === "event_filter") return parseThresholdEntry(text, line);
  if (verb === "detection_filter" || verb === "ratio") return parseThresholdEntry(text, line);
  if (verb === "rate_filter") {
    throw new RuleSkipped(
      "rate_filter changes a rule's action, and a passive sensor has none: the line has no effect; use event_filter",
    );
  }
  throw new RuleError(`"${verb}" is not suppress, threshold, event_filter or rate_filter`, 0);
}

function ids(
  gidText: string | undefined,
  sidText: string | undefined,
): { gid: number; sid: number } {
  const gid = Number(gidText);
  const sid = Number(sidText);
  if (sid > 0 && gid === 0) throw new RuleError("gen_id 0 does not go with a sig_id", 0);
  return { gid, sid };
}

function parseSuppress(text: string, line: number, variables: RuleVariables): Entry {
  const match = SUPPRESS.exec(text);
  if (match === null) {
    throw new RuleError(
      "write suppress gen_id G, sig_id S[, track by_src|by_dst|by_either, ip ADDRESS]",
      0,
    );
  }
  const track = match[3] as Suppression["track"] | undefined;
  let suppression: Suppression | null = null;
  if (track !== undefined)
    suppression = { track, addresses: suppressedAddresses(match[4] ?? "", variables) };
  return { line, ...ids(match[1], match[2]), threshold: null, suppression };
}

function suppressedAddresses(text: string, variables: RuleVariables): AddressSet {
  const trimmed = text.trim();
  const list = trimmed.includes(",") && !trimmed.startsWith("[") ? `[${trimmed}]` : trimmed;
  return parseAddressSet({ text: list, at: 0 }, variables.addresses);
}

function parseThresholdEntry(text: string, line: number): Entry {
  const own = OWN.exec(text);
  const isOwn = OWN_VERB.test(text) || OWN_OPTION.test(text);
  if (own !== null && isOwn) return parseOwnEntry(own, line);
  const match = THRESHOLD.exec(text);
  if (match === null) {
    throw new RuleError(
      "write threshold gen_id G, sig_id S, type limit|threshold|both, track KEY, count N, seconds T",
      0,
    );
  }
  const type = TYPES.find((known) => known === match[3]);
  if (type === undefined)
    throw new RuleError(`type "${match[3]}" is not limit, threshold or both`, 0);
  const count = Number(match[5]);
  const seconds = Number(match[6]);
  if (count < 1 || seconds < 1) throw new RuleError("count and seconds are 1 or more", 0);
  const track = trackKey({ text: match[4] ?? "", at: 0 });
  const threshold: Threshold = {
    type,
    track,
    count,
    seconds,
    multiplier: 0,
    uniqueOn: null,
    quietSeconds: 0,
    resetOn: [],
  };
  return { line, ...ids(match[1], match[2]), threshold, suppression: null };
}

/** The rest of the line is what the rule keyword of that name takes. */
function parseOwnEntry([, verb, gid, sid, rest = ""]: RegExpExecArray, line: number): Entry {
  const value = { text: rest.trim(), at: 0, isNegated: false, keywordAt: 0 };
  const threshold =
    verb === "ratio" ? parseRatio(value) : parseThreshold(value, verb === "detection_filter");
  return { line, ...ids(gid, sid), threshold, suppression: null };
}
