import { SIP_ANOMALY_NAMES } from "../../decode/sip/anomaly.ts";
import { EVENT_ROWS, eventKindOf, SIP_ANOMALY_KIND_BASE } from "../../track/facts/event-kind.ts";
import type { BitCommand, BitOption } from "../counters/bits.ts";
import { BIT_TRACK_KEYS, TRACK_KEYS, type TrackKey } from "../counters/track-key.ts";
import { parseSizeCondition } from "../payload/size-condition.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import {
  type Keyword,
  type OptionValue,
  parseCount,
  plain,
  type RuleDraft,
} from "../rules/rule-draft.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";

const XBITS_EXPIRE_S = 30;
const HOSTBITS_EXPIRE_S = 300;

/** Suricata's events, as the facts that they stand for. */
const SURICATA_EVENTS: ReadonlyMap<string, readonly number[]> = new Map([
  ["sip.invalid_data", SIP_ANOMALY_NAMES.map((_, bit) => SIP_ANOMALY_KIND_BASE + bit)],
  ["sip.incomplete_data", [eventKindOf("sip.incomplete_headers") ?? 0]],
]);

export const STATE_KEYWORDS: readonly Keyword[] = [
  plain("flow", "direction and state of the flow", applyFlow),
  plain("flowbits", "named bits of the flow", (rule, value) => {
    const [command, names, ...extra] = splitToken(value, ",");
    if (command?.text === "noalert" && names === undefined) {
      rule.noalert = true;
      return;
    }
    refuse(extra[0], "flowbits");
    rule.bits.push({
      store: "flow",
      command: bitCommand(command),
      names: bitNames(command, names),
      tracks: [],
      expireSeconds: 0,
      onAlert: false,
    });
  }),
  plain("xbits", "named bits kept by a key: cmd,name,track key[,expire s][,on_alert]", applyXbits),
  plain("hostbits", "named bits of a host: cmd,name[,src|dst|both][,expire s]", applyHostbits),
  plain(
    "app-layer-event",
    "a fact that decoder or tracker raised; several: any of them",
    (rule, value) => {
      rule.events.push({ name: value.text, kinds: eventKinds(value) });
    },
  ),
  plain("event_value", "number that the fact carries, as bsize", (rule, value) => {
    if (rule.eventValue !== null)
      throw new RuleError("event_value is given twice", value.keywordAt);
    rule.eventValue = parseSizeCondition(value);
  }),
];

/** Kinds of an event name; an unknown one is an error with a suggestion. */
export function eventKinds(token: Token): readonly number[] {
  const kind = eventKindOf(token.text);
  if (kind !== undefined) return [kind];
  const kinds = SURICATA_EVENTS.get(token.text);
  if (kinds !== undefined) return kinds;
  const names = EVENT_ROWS.map((row) => row.name).filter((name) => name !== "");
  throw new RuleError(
    `app-layer-event "${token.text}" is not known.${didYouMean(token.text, names)}`,
    token.at,
  );
}

/** A track key of counters, by name. */
export function trackKey(token: Token): TrackKey {
  const key = TRACK_KEYS.get(token.text);
  if (key === undefined) {
    const hint = didYouMean(token.text, TRACK_KEYS.keys());
    throw new RuleError(`track "${token.text}" is not known.${hint}`, token.at);
  }
  return key;
}

function applyFlow(rule: RuleDraft, value: OptionValue): void {
  if (rule.flow !== null) throw new RuleError('"flow" is given twice', value.keywordAt);
  let established: boolean | null = null;
  let direction: "to_server" | "to_client" | null = null;
  const words = new Set<string>();
  for (const { text, at } of splitToken(value, ",")) {
    if (words.has(text)) throw new RuleError(`flow: "${text}" is given twice`, at);
    words.add(text);
    switch (text) {
      case "established":
      case "not_established":
        if (established !== null) throw new RuleError("flow: contradicting states", at);
        established = text === "established";
        break;
      case "to_server":
      case "from_client":
        if (direction === "to_client") throw new RuleError("flow: contradicting directions", at);
        direction = "to_server";
        break;
      case "to_client":
      case "from_server":
        if (direction === "to_server") throw new RuleError("flow: contradicting directions", at);
        direction = "to_client";
        break;
      case "stateless":
      case "only_stream":
      case "no_stream":
      case "no_frag":
      case "only_frag":
        break;
      default:
        throw new RuleError(`unknown flow option "${text}".${didYouMean(text, FLOW_WORDS)}`, at);
    }
  }
  if (words.has("stateless") && established !== null) {
    throw new RuleError("flow: stateless contradicts established", value.at);
  }
  const isNever = words.has("only_stream") || words.has("only_frag");
  rule.flow = { established, direction, isNever };
}

const FLOW_WORDS = [
  "established",
  "not_established",
  "stateless",
  "to_server",
  "from_client",
  "to_client",
  "from_server",
  "only_stream",
  "no_stream",
  "no_frag",
  "only_frag",
];

const COMMANDS: readonly BitCommand[] = ["set", "unset", "toggle", "isset", "isnotset"];

function bitCommand(token: Token | undefined): BitCommand {
  const command = COMMANDS.find((known) => known === token?.text);
  if (command === undefined) {
    throw new RuleError(
      `unknown command "${token?.text ?? ""}": ${COMMANDS.join(", ")}`,
      token?.at ?? 0,
    );
  }
  return command;
}

function bitNames(command: Token | undefined, names: Token | undefined): string[] {
  const list = (names?.text ?? "").split("|").map((name) => name.trim());
  if (list.some((name) => name === "" || /\s/.test(name))) {
    throw new RuleError(`"${names?.text ?? ""}" is no bit name`, names?.at ?? command?.at ?? 0);
  }
  if (list.length > 1 && command?.text !== "isset" && command?.text !== "isnotset") {
    throw new RuleError("a|b goes with isset and isnotset only", names?.at ?? 0);
  }
  return list;
}

function refuse(token: Token | undefined, keyword: string): void {
  if (token !== undefined)
    throw new RuleError(`unknown ${keyword} option "${token.text}"`, token.at);
}

function applyXbits(rule: RuleDraft, value: OptionValue): void {
  const [command, names, ...options] = splitToken(value, ",");
  if (command?.text === "noalert" && names === undefined) {
    rule.noalert = true;
    return;
  }
  let track: TrackKey | undefined;
  let expireSeconds = XBITS_EXPIRE_S;
  let onAlert = false;
  for (const option of options) {
    const [word, argument = ""] = option.text.split(/\s+/);
    if (word === "track") {
      track = BIT_TRACK_KEYS.get(argument);
      if (track === undefined) {
        const hint = didYouMean(argument, BIT_TRACK_KEYS.keys());
        throw new RuleError(`xbits track "${argument}" is not known.${hint}`, option.at);
      }
    } else if (word === "expire") {
      expireSeconds = parseCount({ text: argument, at: option.at }, "expire", 1);
    } else if (option.text === "on_alert") onAlert = true;
    else refuse(option, "xbits");
  }
  if (track === undefined) throw new RuleError("xbits needs a track", value.at);
  const parsed = bitCommand(command);
  if (onAlert && (parsed === "isset" || parsed === "isnotset")) {
    throw new RuleError("on_alert goes with set, unset and toggle", value.at);
  }
  rule.bits.push(bit("x", parsed, bitNames(command, names), [track], expireSeconds, onAlert));
}

function applyHostbits(rule: RuleDraft, value: OptionValue): void {
  const [command, names, ...options] = splitToken(value, ",");
  if (command?.text === "noalert" && names === undefined) {
    rule.noalert = true;
    return;
  }
  let keys = ["ip_src"];
  let expireSeconds = HOSTBITS_EXPIRE_S;
  for (const option of options) {
    const sides = { src: ["ip_src"], dst: ["ip_dst"], both: ["ip_src", "ip_dst"] }[option.text];
    const expire = /^expire\s+(\d+)$/.exec(option.text);
    if (sides !== undefined) keys = sides;
    else if (expire !== null) expireSeconds = Number(expire[1]);
    else refuse(option, "hostbits");
  }
  const tracks = keys.flatMap((key) => BIT_TRACK_KEYS.get(key) ?? []);
  rule.bits.push(
    bit("host", bitCommand(command), bitNames(command, names), tracks, expireSeconds, false),
  );
}

function bit(
  store: BitOption["store"],
  command: BitCommand,
  names: readonly string[],
  tracks: readonly TrackKey[],
  expireSeconds: number,
  onAlert: boolean,
): BitOption {
  return { store, command, names, tracks, expireSeconds, onAlert };
}
