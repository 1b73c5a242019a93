import type { Command, Option } from "commander";
import { EXAMPLES, pathOf } from "./examples.ts";
import { EXIT_CODES, type ExitCode } from "./exit-code.ts";
import { VERSION } from "./version.ts";

/** `sipsentry man` */
export function addMan(program: Command, finish: (code: ExitCode) => void): void {
  program
    .command("man")
    .description("Print the manual page.")
    .action(() => {
      process.stdout.write(manPage(program));
      finish(0);
    });
}

/** The manual page (man(7)), made from the commands themselves. */
export function manPage(program: Command): string {
  const lines = [
    `.TH SIPSENTRY 1 "" "sipsentry ${VERSION}" "User Commands"`,
    ".SH NAME",
    "sipsentry \\- passive SIP and RTP intrusion detector",
    ".SH SYNOPSIS",
    ...leaves(program).flatMap((command) => [
      `.B ${roff(pathOf(command))}`,
      roff(usageOf(command)),
      ".br",
    ]),
    ".SH DESCRIPTION",
    roff(program.description()),
    ".SH OPTIONS",
    ...optionLines(program),
    ".SH COMMANDS",
    ...leaves(program).flatMap(commandLines),
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(([code, meaning]) => [".TP", `.B ${code}`, roff(meaning)]),
    ".SH EXAMPLES",
    ...(EXAMPLES[pathOf(program)] ?? []).flatMap(exampleLines),
    ".SH SEE ALSO",
    ".BR tcpdump (8),",
    ".BR pcap-filter (7)",
  ];
  return `${lines.join("\n")}\n`;
}

function leaves(command: Command): Command[] {
  return command.commands.flatMap((below) => (below.commands.length > 0 ? leaves(below) : [below]));
}

function usageOf(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return ["[options]", ...names].join(" ");
}

function commandLines(command: Command): string[] {
  const examples = EXAMPLES[pathOf(command)] ?? [];
  return [
    `.SS "${roff(pathOf(command))} ${roff(usageOf(command))}"`,
    roff(command.description()),
    ...command.registeredArguments.flatMap((argument) => [
      ".TP",
      `.I ${roff(argument.name())}`,
      roff(argument.description),
    ]),
    ...optionLines(command),
    ...(examples.length > 0 ? [".PP", "Examples:"] : []),
    ...examples.flatMap(exampleLines),
  ];
}

function optionLines(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap((option: Option) => [
      ".TP",
      `.B ${roff(option.flags)}`,
      roff(help.optionDescription(option)),
    ]);
}

function exampleLines([line, what]: readonly [string, string]): string[] {
  return [".TP", `.B ${roff(line)}`, roff(what)];
}

/** A backslash and a hyphen mean something in roff, as do a dot and an apostrophe at a line's start. */
function roff(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\n", " ");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
