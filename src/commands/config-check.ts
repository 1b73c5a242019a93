import Table from "cli-table3";
import type { Command } from "commander";
import { optionRows } from "../config-options.ts";
import { ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { addCommonOptions, type CommonOptions, configOf } from "./options.ts";
import { readRulesOrFail } from "./rule-files.ts";
import type { Finish } from "./run.ts";

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
    if (options.printOptions) process.stdout.write(`${optionTable()}\n`);
    else {
      const { loaded } = readRulesOrFail(config, options.rules, messages);
      if (!options.quiet)
        process.stdout.write(`The configuration is sound; ${loaded} rules loaded.\n`);
    }
    finish(ExitCode.OK);
  });
}

function optionTable(): string {
  const table = new Table({
    head: ["Option", "Default", "Unit", "Bounds", "Meaning"],
    style: { head: [], border: [], compact: true },
  });
  for (const { key, value, unit, bounds, about } of optionRows())
    table.push([key, value, unit, bounds, about]);
  return table.toString();
}
