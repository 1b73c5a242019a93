import type { Command } from "commander";
import { addressText } from "../emit/addresses/address-text.ts";
import { csvHeader, csvLine } from "../emit/call-csv.ts";
import { callTable } from "../emit/call-table.ts";
import { EveWriter } from "../emit/eve/eve.ts";
import type { NumberedCall } from "../emit/phone-numbers.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { moneyText } from "../track/numbers/call-costs.ts";
import { openAddressNotes } from "./address-book.ts";
import { type CallFilterOptions, callFilter, parseSource } from "./call-filter.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import {
  addCommonOptions,
  addKeyLogOption,
  type CommonOptions,
  configOf,
  withSets,
} from "./options.ts";
import { packetReceiver } from "./packet-receiver.ts";
import { readCalls } from "./read-calls.ts";
import { openPrivacy } from "./record-outputs.ts";
import { parseTime } from "./replay-options.ts";
import { readRulesOrFail } from "./rule-files.ts";
import type { Finish } from "./run.ts";
import { terminalStyle } from "./terminal-style.ts";
import { writeOut } from "./write-out.ts";

interface CallsOptions extends CommonOptions, CallFilterOptions {
  readonly csv: boolean;
  readonly json: boolean;
}

/** `sipsentry calls FILE...` */
export function addCalls(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("calls")
    .description(
      "List the calls of captures: when, who, which account, the number and its country, how long, how well. In filters, * stands for any text.",
    )
    .argument("<capture...>", "capture files, folders, or - for standard input")
    .option("--account <account>", "only calls of this account: user@server, or the user alone")
    .option("--from <user>", "only calls of this caller: user of From or P-Asserted-Identity")
    .option("--to <user>", "only calls to this user: of To, or as dialled")
    .option("--number <number>", "only calls from or to this number, as dialled or international")
    .option("--call-id <id>", "only the call with this Call-ID")
    .option("--source <address>", "only calls from this address or network", parseSource)
    .option("--since <time>", "only calls from then on: 2026-11-21T03:00:00 (UTC)", parseTime)
    .option("--failed", "only calls that nobody took", false)
    .option("--csv", "as CSV (RFC 4180), safe to open in a spreadsheet", false)
    .option("--json", "as EVE call records, one a line", false);
  addKeyLogOption(addCommonOptions(command)).action(
    async (inputs: string[], options: CallsOptions) => {
      finish(await calls(inputs, withSets(options), messages));
    },
  );
}

async function calls(
  inputs: readonly string[],
  options: CallsOptions,
  messages: Messages,
): Promise<ExitCode> {
  if (options.csv && options.json) {
    throw new CommandError(ExitCode.USAGE, ["--csv and --json exclude each other; give one"]);
  }
  const config = configOf(options, messages);
  const { ruleSet } = readRulesOrFail(config, options, messages);
  const privacy = openPrivacy(config);
  const wants = callFilter(options);
  let pipeline: Pipeline | undefined;
  const notes = openAddressNotes(config, () => pipeline as Pipeline);
  const packet = packetReceiver(null, config.addresses.names ? notes : null).packet;
  const onPacket = (made: Pipeline) => {
    pipeline = made;
    return packet ?? (() => {});
  };
  const read = await readCalls({ inputs, config, ruleSet, messages, wants, onPacket });
  const shown = read.calls.map((call) => privacy.call(call));
  if (options.json) {
    const known = (ip: string) => notes.of(ip);
    const settings = { ...config.eve, isReplay: true, interfaceName: "", notes: known };
    const writer = new EveWriter(settings);
    await writeOut(shown.map((call) => `${writer.call(call)}\n`));
  } else if (options.csv)
    await writeOut([`${csvHeader()}\r\n`, ...shown.map((call) => `${csvLine(call)}\r\n`)]);
  else {
    const table = callTable(shown, terminalStyle(), (ip) => addressText(notes.of(ip)));
    await writeTable(shown, table, read.seen, options.quiet);
  }
  return read.problems.length > 0 ? ExitCode.FAILED : ExitCode.OK;
}

async function writeTable(
  shown: readonly NumberedCall[],
  text: string,
  seen: number,
  isQuiet: boolean,
): Promise<void> {
  const table = shown.length === 0 ? "" : text;
  const answered = shown.filter(({ answerUs }) => answerUs > 0);
  const seconds = answered.reduce((sum, { durationUs }) => sum + durationUs, 0) / 1e6;
  const of = shown.length === seen ? "" : ` of ${seen}`;
  const sum = `${shown.length}${of} ${of === "" && seen === 1 ? "call" : "calls"}, ${answered.length} answered, ${(seconds / 60).toFixed(1)} minutes${costOf(answered)}\n`;
  await writeOut(isQuiet ? [table] : [table, table === "" ? "" : "\n", sum]);
}

/** `, USD 52.10`; "" where no price is known. */
function costOf(calls: readonly NumberedCall[]): string {
  const costs = calls.flatMap(({ cost }) => cost ?? []);
  const [first] = costs;
  if (first === undefined) return "";
  const sum = costs.reduce((all, { amount }) => all + amount, 0);
  const left = calls.length - costs.length;
  return `, ${moneyText(sum, first.currency)}${left === 0 ? "" : ` and ${left} without a price`}`;
}
