import { type Command, InvalidArgumentError } from "commander";
import { numberPlanOf, rateDeckOf } from "../config/config-number-plan.ts";
import { CallCosts, moneyText } from "../track/numbers/call-costs.ts";
import { dialStringOf } from "../track/numbers/dial-string.ts";
import type { NumberPlan, NumberReading } from "../track/numbers/number-plan.ts";
import { ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { addCommonOptions, type CommonOptions, configOf } from "./options.ts";
import type { Finish } from "./run.ts";

interface PlanOptions extends CommonOptions {
  readonly json: boolean;
}

/** `sipsentry plan explain NUMBER...` */
export function addPlanExplain(plan: Command, messages: Messages, finish: Finish): void {
  const command = plan
    .command("explain")
    .description(
      "Say how dialled numbers are read: as which international number, why, and whether the destination is a high-cost one.",
    )
    .argument(
      "<number...>",
      "what was dialled, as in the Request-URI; quote what the shell reads",
      parseNumber,
    )
    .option("--json", "print one JSON object a number", false);
  addCommonOptions(command).action((numbers: readonly string[], options: PlanOptions) => {
    const config = configOf(options, messages);
    const numberPlan = numberPlanOf(config);
    const costs = new CallCosts(numberPlan, rateDeckOf(config));
    for (const number of numbers) {
      const reading = numberPlan.read(number);
      const text = options.json ? jsonOf(number, reading, costs) : textOf(number, reading, costs);
      process.stdout.write(`${text}\n`);
    }
    if (!options.quiet && !options.json) process.stdout.write(`${footOf(numberPlan)}\n`);
    finish(ExitCode.OK);
  });
}

/** Collects the arguments, as commander hands them over one by one. */
function parseNumber(value: string, before: readonly string[] = []): readonly string[] {
  if (dialStringOf(value) === null) {
    throw new InvalidArgumentError(
      "Expected digits, with + or a service code such as *67 before them.",
    );
  }
  return [...before, value];
}

function textOf(number: string, reading: NumberReading | null, costs: CallCosts): string {
  const { country, e164, entry, how, isAbroad, type } = reading ?? NOTHING;
  const lines = [
    number,
    `  number       ${e164 === "" ? "none" : `+${e164}`}`,
    `  read as      ${how}`,
  ];
  if (country !== "") lines.push(`  country      ${country}`);
  if (type !== "") lines.push(`  class        ${type.toLowerCase().replaceAll("_", " ")}`);
  if (isAbroad !== null) lines.push(`  abroad       ${isAbroad ? "yes" : "no"}`);
  if (entry !== null) {
    lines.push(
      `  high-cost    ${entry.class.replaceAll("_", " ")}: +${entry.prefix} ${entry.name}`,
    );
  } else if (e164 !== "") lines.push("  high-cost    no");
  const rate = costs.rateOf(number);
  if (rate !== null) {
    const fee =
      rate.connectFee > 0 ? ` and ${moneyText(rate.connectFee, costs.currency)} once` : "";
    const name = rate.name === "" ? "" : ` ${rate.name}`;
    lines.push(
      `  price        ${moneyText(rate.perMinute, costs.currency)} a minute${fee}: +${rate.prefix}${name}`,
    );
  } else if (costs.isKnown && e164 !== "") lines.push("  price        in no rate deck");
  return lines.join("\n");
}

function jsonOf(number: string, reading: NumberReading | null, costs: CallCosts): string {
  const { country, e164, entry, how, isAbroad, type } = reading ?? NOTHING;
  const rate = costs.rateOf(number);
  return JSON.stringify({
    dialled: number,
    e164: e164 === "" ? null : `+${e164}`,
    how,
    ...(country !== "" && { country }),
    ...(type !== "" && { type }),
    ...(isAbroad !== null && { abroad: isAbroad }),
    ...(entry !== null && {
      high_cost: { class: entry.class, prefix: entry.prefix, name: entry.name },
    }),
    ...(rate !== null && {
      price: {
        per_minute: rate.perMinute,
        connect_fee: rate.connectFee,
        currency: costs.currency,
        prefix: rate.prefix,
      },
    }),
  });
}

const NOTHING: NumberReading = {
  e164: "",
  how: "no number",
  country: "",
  type: "",
  entry: null,
  isAssigned: false,
  isAbroad: null,
};

function footOf({ isDeclared, settings }: NumberPlan): string {
  return isDeclared
    ? `Plan: ${settings.country}${settings.outsideLines.length > 0 ? `, outside line ${settings.outsideLines.join(" or ")}` : ""}.`
    : "No plan is declared (numbers.country): only what is surely dialled abroad is read.";
}
