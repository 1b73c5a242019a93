import { existsSync } from "node:fs";
import { Command, CommanderError, type Option } from "commander";
import { CaptureError } from "../capture/capture-error.ts";
import { loadConfig } from "../config/config-file.ts";
import { didYouMean } from "../detect/rules/load-message.ts";
import { WRITE_FAULTS } from "../emit/file-faults.ts";
import { SCHEMAS } from "../emit/schemas.ts";
import { addCalls } from "./calls.ts";
import { addCompletion } from "./completion.ts";
import { addConfigCheck } from "./config-check.ts";
import { refuseEmptyPaths } from "./empty-paths.ts";
import { addExamples, pathOf } from "./examples.ts";
import { CommandError, EXIT_CODES, ExitCode } from "./exit-code.ts";
import { addExplain } from "./explain.ts";
import { addExportStix } from "./export-stix.ts";
import { addLadder } from "./ladder.ts";
import { addLive } from "./live.ts";
import { addMan } from "./man-page.ts";
import { Messages } from "./messages.ts";
import { addPlanExplain } from "./plan-explain.ts";
import { addReplay } from "./replay.ts";
import { addRulesCheck } from "./rules-check.ts";
import { addRulesExplain } from "./rules-explain.ts";
import { addStats } from "./stats.ts";
import { addTune } from "./tune.ts";
import { VERSION } from "./version.ts";
import { addWatch } from "./watch.ts";

const EXIT_CODE_HELP = `\nExit codes: ${EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join("; ")}.`;

/** Runs the command line and gives the exit code. Whatever goes wrong is a line, never a stack trace. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const messages = new Messages();
  let exitCode: number = ExitCode.OK;
  let isCut = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, such as head, is no fault.
    if (error.code === "EPIPE" || isCut) return;
    isCut = true;
    const reason = WRITE_FAULTS[error.code ?? ""] ?? error.message;
    messages.error(`cannot write standard output: ${reason}`);
    // The command may have ended by now.
    process.exitCode ||= ExitCode.FAILED;
  });
  // Nobody is left who could be told.
  process.stderr.on("error", () => {});
  const program = makeProgram(messages, (code) => {
    exitCode = code;
  });
  try {
    helpByWord(program, argv);
    await program.parseAsync(argv);
    return isCut && exitCode === ExitCode.OK ? ExitCode.FAILED : exitCode;
  } catch (error) {
    return error instanceof CommanderError
      ? usage(error, messages, commandIn(program, argv), argv)
      : report(error, messages);
  }
}

/** Reads a configuration, which a run without one does not: for `CompiledProgram.keep`. */
export function readAnyConfig(): void {
  loadConfig({ sets: ["limits.memoryMib=1024"] });
}

/** All commands; `finish` is told the exit code of the one that ran. */
export function makeProgram(messages: Messages, finish: (code: ExitCode) => void): Command {
  const program = new Command("sipsentry")
    .description(
      "Finds attacks on SIP telephony in captures and on the wire, with Suricata-compatible rules.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--print-schema [name]", `print the JSON Schema of what is written: ${schemaNames()}`)
    .addHelpText("after", EXIT_CODE_HELP)
    // Set before the commands are added, which inherit it.
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      optionDescription,
      subcommandDescription: (command) =>
        command.name() === "help" ? "Print the help of a command." : command.description(),
    });
  program.hook("preAction", (_, command) => refuseEmptyPaths(command));
  program.on("option:print-schema", (name: string | null) => printSchema(name ?? "eve"));
  addReplay(program, messages, finish);
  addLive(program, messages, finish);
  addCalls(program, messages, finish);
  addLadder(program, messages, finish);
  addExplain(program, messages, finish);
  const exports = program.command("export").description("Hand what was found to other programs.");
  addExportStix(exports, finish);
  addWatch(program, messages, finish);
  addStats(program, messages, finish);
  addTune(program, messages, finish);
  const rules = program.command("rules").description("Check rules, or explain one.");
  addRulesCheck(rules, messages, finish);
  addRulesExplain(rules, messages, finish);
  const plan = program.command("plan").description("Say how dialled numbers are read.");
  addPlanExplain(plan, messages, finish);
  const config = program.command("config").description("Check the configuration.");
  addConfigCheck(config, messages, finish);
  addCompletion(program, finish);
  addMan(program, finish);
  addExamples(program);
  return program;
}

/** With its choices and its default, unless that is only "off" or "none". */
function optionDescription({ argChoices, defaultValue, description }: Option): string {
  const notes: string[] = [];
  if (argChoices !== undefined) notes.push(`choices: ${argChoices.join(", ")}`);
  const isOff = defaultValue === undefined || defaultValue === false || defaultValue.length === 0;
  if (!isOff) notes.push(`default: ${defaultValue}`);
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

function schemaNames(): string {
  return Object.keys(SCHEMAS).join(" or ");
}

function printSchema(name: string): never {
  const schema = Object.entries(SCHEMAS).find(([known]) => known === name)?.[1];
  if (schema === undefined) {
    throw new CommandError(ExitCode.USAGE, [
      `--print-schema: no schema "${name}"; there is ${schemaNames()}`,
    ]);
  }
  process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
  throw new CommanderError(ExitCode.OK, "sipsentry.schema", "");
}

function report(error: unknown, messages: Messages): number {
  if (error instanceof CommandError) {
    for (const line of error.lines) messages.error(line);
    return error.exitCode;
  }
  if (error instanceof CaptureError) {
    messages.error(error.message);
    return error.exitCode;
  }
  const text = error instanceof Error ? error.message : String(error);
  messages.error(`internal error: ${text}; please report it, with what --log-level debug prints`);
  if (error instanceof Error && messages.level === "debug") {
    for (const line of (error.stack ?? "").split("\n").slice(1)) messages.debug(line.trim());
  }
  return ExitCode.FAILED;
}

/** Help and version are no faults; the rest is one line and where to read on. */
function usage(
  error: CommanderError,
  messages: Messages,
  command: Command,
  argv: readonly string[],
): number {
  if (error.exitCode === 0) return ExitCode.OK;
  // The help that was printed instead of an action says it all.
  if (error.code === "commander.help") return ExitCode.USAGE;
  const text = error.message
    .replace(/^error: /, "")
    .replaceAll(/\n\(?(Did you mean [^)\n]*)\)?/g, ". $1");
  const [given = ""] = argv.slice(2);
  const isPath =
    error.code === "commander.unknownCommand" && command.parent === null && existsSync(given);
  const guess = isPath ? ` Did you mean sipsentry replay ${given}?` : "";
  messages.error(`${text}${/[.?]$/.test(text) ? "" : "."}${guess} See ${pathOf(command)} --help`);
  return ExitCode.USAGE;
}

/** The command that the words name, as far as there is one; `help` may stand anywhere among them. */
function commandIn(program: Command, argv: readonly string[]): Command {
  return walk(program, argv).command;
}

function walk(program: Command, argv: readonly string[]) {
  let command = program;
  let isHelp = false;
  for (const word of argv.slice(2)) {
    if (word === "help" && command.commands.length > 0) {
      isHelp = true;
      continue;
    }
    const below = command.commands.find((known) => known.name() === word);
    if (below === undefined) return { command, isHelp, unknown: word };
    command = below;
  }
  return { command, isHelp, unknown: null };
}

/**
 * `help COMMAND ...` prints what `COMMAND ... --help` does. By itself commander looks at one word, and prints
 * the whole help of the program where it does not know that.
 */
function helpByWord(program: Command, argv: readonly string[]): void {
  const { command, isHelp, unknown } = walk(program, argv);
  if (!isHelp) return;
  const names = command.commands.map((known) => known.name());
  if (unknown === null || unknown.startsWith("-") || names.length === 0) {
    command.help();
    return;
  }
  // As commander writes it of a word without "help".
  const guess = didYouMean(unknown, names).replaceAll('"', "");
  command.error(`unknown command '${unknown}'.${guess}`, {
    code: "commander.unknownCommand",
    exitCode: ExitCode.USAGE,
  });
}
