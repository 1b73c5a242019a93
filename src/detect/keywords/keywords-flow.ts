import { APP_PROTO_NAMES } from "../../track/app-proto.ts";
import type { IntChange, IntTest } from "../counters/flow-ints.ts";
import type { MatchContext } from "../match-context.ts";
import { parseSizeCondition } from "../payload/size-condition.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import { type Keyword, type OptionValue, plain, type RuleDraft } from "../rules/rule-draft.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";

type Side = "toserver" | "toclient" | "either";

/** What rules ask of the flow of a packet beside its direction and its bits. */
export const FLOW_KEYWORDS: readonly Keyword[] = [
  ...(["pkts", "bytes"] as const).flatMap((what) => [
    countedEitherWay(what),
    counted(`flow.${what}_toserver`, what, "toserver"),
    counted(`flow.${what}_toclient`, what, "toclient"),
  ]),
  plain("flow.age", "age of the flow in whole seconds, as bsize", (rule, value) => {
    const condition = parseSizeCondition(value);
    addFlowCondition(rule, `the flow is ${condition} s old`, ({ flowSlot, flows, timeUs }) =>
      condition.matches(secondOf(timeUs) - secondOf(flows.firstUs(flowSlot))),
    );
  }),
  plain(
    "app-layer-protocol",
    "what the flow carries: [!]sip, rtp, ... or failed",
    (rule, value) => {
      const isNegated = value.text.startsWith("!");
      const name = value.text.replace(/^!\s*/, "").toLowerCase();
      const wanted = name === "failed" ? "" : name;
      addFlowCondition(
        rule,
        `the flow carries ${isNegated ? "anything but " : ""}${name}`,
        ({ flowSlot, flows }) =>
          ((APP_PROTO_NAMES[flows.appProto(flowSlot)] ?? "") === wanted) !== isNegated,
      );
    },
  ),
  plain("flowint", "a number of the flow: NAME,OPERATOR,NUMBER or NAME,isset", applyFlowInt),
];

function secondOf(timeUs: number): number {
  return Math.floor(timeUs / 1_000_000);
}

function addFlowCondition(
  rule: RuleDraft,
  text: string,
  holds: (context: MatchContext) => boolean,
): void {
  rule.conditions.push({
    text,
    isOnPacket: true,
    holds: (context) => context.flowSlot >= 0 && holds(context),
  });
}

/** `flow.pkts_toserver:>3`. The packet at hand is counted. */
function counted(name: string, what: "pkts" | "bytes", side: Side): Keyword {
  const noun = what === "pkts" ? "packets" : "bytes";
  return plain(name, `${noun} of the flow ${side}, as bsize`, (rule, value) => {
    addCount(rule, value, what, side);
  });
}

/** `flow.pkts:toserver,>3`, `either` for one of both. */
function countedEitherWay(what: "pkts" | "bytes"): Keyword {
  const noun = what === "pkts" ? "packets" : "bytes";
  const name = `flow.${what}`;
  return plain(name, `${noun} of the flow: toserver|toclient|either,NUMBER`, (rule, value) => {
    const [side, number, ...extra] = splitToken(value, ",");
    const isSide =
      side?.text === "toserver" || side?.text === "toclient" || side?.text === "either";
    if (!isSide || number === undefined || extra.length > 0) {
      throw new RuleError(`${name} is toserver|toclient|either,NUMBER`, value.at);
    }
    addCount(rule, { ...value, ...number }, what, side.text as Side);
  });
}

function addCount(rule: RuleDraft, value: OptionValue, what: "pkts" | "bytes", side: Side): void {
  const condition = parseSizeCondition(value);
  const count = ({ flows, flowSlot }: MatchContext, toServer: boolean) =>
    what === "pkts" ? flows.packets(flowSlot, toServer) : flows.bytes(flowSlot, toServer);
  const noun = what === "pkts" ? "packets" : "bytes";
  const where = side === "either" ? "one way" : side === "toserver" ? "to server" : "to client";
  addFlowCondition(rule, `the flow has ${condition} ${noun} ${where}`, (context) => {
    if (side !== "either") return condition.matches(count(context, side === "toserver"));
    return condition.matches(count(context, true)) || condition.matches(count(context, false));
  });
}

const INT_TESTS: ReadonlyMap<string, IntTest> = new Map([
  ...(["isset", "notset", "<", ">", "<=", ">=", "==", "!="] as const).map(
    (test) => [test, test] as const,
  ),
  ["isnotset", "notset"] as const,
]);
const INT_CHANGES: ReadonlyMap<string, IntChange> = new Map(
  (["+", "-", "="] as const).map((change) => [change, change]),
);

function applyFlowInt(rule: RuleDraft, value: OptionValue): void {
  const [name, operator, operand, ...extra] = splitToken(value, ",");
  const test = INT_TESTS.get(operator?.text ?? "") ?? null;
  const change = INT_CHANGES.get(operator?.text ?? "") ?? null;
  if (name === undefined || !/^[\w.]+$/.test(name.text)) {
    throw new RuleError(`flowint: "${name?.text ?? ""}" is no name`, value.at);
  }
  if (test === null && change === null) {
    const known = [...INT_TESTS.keys(), ...INT_CHANGES.keys()];
    const hint = didYouMean(operator?.text ?? "", known);
    throw new RuleError(
      `flowint operator "${operator?.text ?? ""}" is not known: ${known.join(" ")}.${hint}`,
      operator?.at ?? value.at,
    );
  }
  const isAlone = test === "isset" || test === "notset";
  if (isAlone !== (operand === undefined) || extra.length > 0) {
    throw new RuleError("flowint is NAME,OPERATOR,NUMBER or NAME,isset or NAME,notset", value.at);
  }
  rule.ints.push({ name: name.text, test, change, ...intOperand(operand ?? { text: "0", at: 0 }) });
}

function intOperand({ at, text }: Token): { readonly number: number; readonly other: string } {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return { number: Number(text), other: "" };
  if (/^[A-Za-z_][\w.]*$/.test(text)) return { number: 0, other: text };
  throw new RuleError(`flowint: "${text}" is neither a number of 32 bits nor a name`, at);
}
