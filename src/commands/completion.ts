import { Argument, type Command, type Option } from "commander";
import { pathOf } from "./examples.ts";
import type { ExitCode } from "./exit-code.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** `sipsentry completion SHELL` */
export function addCompletion(program: Command, finish: (code: ExitCode) => void): void {
  program
    .command("completion")
    .description("Print the completion of commands and options for a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(completionOf(program, shell));
      finish(0);
    });
}

/** A script for the shell, made from the commands themselves. */
export function completionOf(program: Command, shell: Shell): string {
  switch (shell) {
    case "fish":
      return fish(program);
    case "zsh":
      return `#compdef sipsentry\nautoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
    default:
      return bash(program);
  }
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

function flagsOf(option: Option): string[] {
  return [option.short, option.long].filter(
    (flag): flag is string => flag !== undefined && flag !== null,
  );
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

/** What may follow: commands below, choices of an argument, options. */
function wordsOf(command: Command): string[] {
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [
    ...command.commands.map((below) => below.name()),
    ...choices,
    ...optionsOf(command).flatMap(flagsOf),
  ];
}

/** Choices of options that have some, by flag. */
function choicesOf(command: Command): [string, readonly string[]][] {
  return optionsOf(command).flatMap((option) =>
    flagsOf(option).flatMap((flag): [string, readonly string[]][] =>
      option.argChoices === undefined ? [] : [[flag, option.argChoices]],
    ),
  );
}

function bash(program: Command): string {
  const commands = allOf(program);
  const words = commands.map((one) => `    "${pathOf(one)}") words="${wordsOf(one).join(" ")}" ;;`);
  const choices = new Map(commands.flatMap(choicesOf));
  const values = [...choices].map(([flag, list]) => `    ${flag}) words="${list.join(" ")}" ;;`);
  const below = commands.filter(({ parent }) => parent !== null).map(pathOf);
  return `# sipsentry: completion for bash, made by "sipsentry completion bash"
_sipsentry() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="sipsentry" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${below.map((path) => `"${path}"`).join(" | ")}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$before" in
${values.join("\n")}
    *)
      case "$path" in
${words.join("\n")}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # What is no word of ours is a file.
  [[ \${#COMPREPLY[@]} -gt 0 || "$current" == -* ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _sipsentry sipsentry
`;
}

function fish(program: Command): string {
  const lines = ['# sipsentry: completion for fish, made by "sipsentry completion fish"'];
  for (const command of allOf(program)) {
    const path = pathOf(command).split(" ").slice(1);
    const isHere = conditionOf(command, path);
    for (const below of command.commands) {
      lines.push(
        `complete -c sipsentry -f -n ${quoted(isHere)} -a ${below.name()} -d ${quoted(below.description())}`,
      );
    }
    for (const { argChoices, description } of command.registeredArguments) {
      if (argChoices === undefined) continue;
      lines.push(
        `complete -c sipsentry -f -n ${quoted(isHere)} -a ${quoted(argChoices.join(" "))} -d ${quoted(description)}`,
      );
    }
    for (const option of optionsOf(command)) lines.push(fishOption(option, isHere));
  }
  return `${lines.join("\n")}\n`;
}

/** True when exactly these commands have been typed. */
function conditionOf(command: Command, path: readonly string[]): string {
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const names = command.commands.map((below) => below.name());
  if (names.length > 0) seen.push(`not __fish_seen_subcommand_from ${names.join(" ")}`);
  return seen.join("; and ");
}

function fishOption(option: Option, isHere: string): string {
  const parts = ["complete -c sipsentry", `-n ${quoted(isHere)}`];
  if (option.short) parts.push(`-s ${option.short.slice(1)}`);
  if (option.long) parts.push(`-l ${option.long.slice(2)}`);
  if (option.required) parts.push("-r");
  if (option.argChoices !== undefined) parts.push(`-f -a ${quoted(option.argChoices.join(" "))}`);
  parts.push(`-d ${quoted(option.description)}`);
  return parts.join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
