import type { Command } from "commander";
import type { Config } from "../config/config.ts";
import { optionRows } from "../config/config-options.ts";
import { ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { addCommonOptions, type CommonOptions, configOf } from "./options.ts";
import { openPrivacy } from "./record-outputs.ts";
import { readRulesOrFail, refuseFaults } from "./rule-files.ts";
import type { Finish } from "./run.ts";
import { outputSpecs } from "./start-delivery.ts";

const INDENT = "    ";
/** Longer lines are tiresome to read. */
const COLUMNS_MAX = 100;

interface ConfigCheckOptions extends CommonOptions {
  readonly printOptions: boolean;
}

/** `sipsentry config check` */
export function addConfigCheck(group: Command, messages: Messages, finish: Finish): void {
  const command = group
    .command("check")
    .description(
      "Check the configuration and the rules that it names. Exit 78 when something is wrong.",
    )
    .option("--print-options", "list every option with its default and meaning", false);
  addCommonOptions(command).action((options: ConfigCheckOptions) => {
    const config = configOf(options, messages);
    if (options.printOptions)
      process.stdout.write(
        optionList(Math.min(process.stdout.columns ?? COLUMNS_MAX, COLUMNS_MAX)),
      );
    else {
      const { loaded } = readRulesOrFail(config, options, messages, refuseFaults);
      checkBeyondSchema(config);
      if (!options.quiet)
        process.stdout.write(`The configuration is sound; ${loaded} rules loaded.\n`);
    }
    finish(ExitCode.OK);
  });
}

/** What a run would refuse at its start: outputs, files of keys and secrets. */
function checkBeyondSchema(config: Config): void {
  outputSpecs(config.outputs, config, "outputs");
  openPrivacy(config);
}

/** An option a paragraph: on a line its name, default, unit and bounds, below it what it means, folded to the terminal. */
function optionList(columns: number): string {
  return optionRows()
    .map(({ key, value, unit, bounds, about }) => {
      const facts = [`default ${value}`, bounds, unit].filter((text) => text !== "").join(", ");
      return `${key}: ${facts}\n${folded(about, columns - INDENT.length)}\n`;
    })
    .join("\n");
}

function folded(text: string, columns: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => INDENT + line).join("\n");
}
