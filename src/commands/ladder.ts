import type { Command } from "commander";
import { printable } from "../emit/eve/eve-text.ts";
import type { Ladder, LadderMessage } from "../emit/ladder/ladder.ts";
import { ladderText } from "../emit/ladder/ladder-text.ts";
import { rawMessage } from "../emit/ladder/raw-message.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import {
  addCommonOptions,
  addKeyLogOption,
  type CommonOptions,
  configOf,
  parseWhole,
  withSets,
} from "./options.ts";
import { readLadder } from "./read-ladder.ts";
import { readRulesOrFail } from "./rule-files.ts";
import type { Finish } from "./run.ts";
import { terminalStyle } from "./terminal-style.ts";
import { writeOut } from "./write-out.ts";

interface LadderOptions extends CommonOptions {
  readonly message?: number;
}

const MESSAGES_MAX = 999_999;

/** `sipsentry ladder FILE CALL-ID` */
export function addLadder(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("ladder")
    .description(
      "Draw the messages of a call, of all its legs, as arrows between hosts; with its media, and marked where an alert is about a message.",
    )
    .argument("<capture>", "capture file or folder")
    .argument("<call-id>", "Call-ID, as sipsentry calls shows it; * stands for any text")
    .option("--message <n>", "show message n of the ladder whole", parseWhole(1, MESSAGES_MAX));
  addKeyLogOption(addCommonOptions(command)).action(
    async (capture: string, callId: string, options: LadderOptions) => {
      finish(await ladder(capture, callId, withSets(options), messages));
    },
  );
}

async function ladder(
  capture: string,
  callId: string,
  options: LadderOptions,
  messages: Messages,
): Promise<ExitCode> {
  if (capture === "-") {
    throw new CommandError(ExitCode.USAGE, [
      "the capture is read twice, which standard input cannot be; save it to a file",
    ]);
  }
  const config = configOf(options, messages);
  const { ruleSet } = readRulesOrFail(config, options, messages);
  const read = await readLadder({ inputs: [capture], callId, config, ruleSet, messages });
  if (read.ladder.rows.length === 0) {
    throw new CommandError(ExitCode.USAGE, [
      `no message in ${capture} has the Call-ID ${JSON.stringify(callId)}; sipsentry calls ${capture} lists calls`,
    ]);
  }
  await writeOut([
    options.message === undefined
      ? ladderText(read.ladder, terminalStyle())
      : messageText(read.ladder, options.message),
  ]);
  return read.problems.length > 0 ? ExitCode.FAILED : ExitCode.OK;
}

function messageText({ ends, rows }: Ladder, number: number): string {
  const messages = rows.filter((row): row is LadderMessage => row.kind === "sip");
  const message = messages.find((row) => row.number === number);
  if (message === undefined) {
    throw new CommandError(ExitCode.USAGE, [
      `--message: the ladder has ${messages.length} messages, ${number} is none of them`,
    ]);
  }
  const way = `${ends[message.from] ?? ""} → ${ends[message.to] ?? ""}`;
  const marks = message.marks.map(({ sid, message: text }) => `▲ ${sid} ${printable(text)}\n`);
  return `${way}\n${marks.join("")}\n${rawMessage(message.text)}`;
}
