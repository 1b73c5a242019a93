import type { Command } from "commander";
import { ExitCode } from "./exit-code.ts";

/** What an option takes, by how its value is written in the help. */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/<file>/, "a file name"],
  [/<folder>/, "a folder"],
  [/<name>/, "a name"],
];

/**
 * Refuses "" as a path or name: a variable that the shell did not know, as in `--evidence "$DIR"`. Taken as it is, it
 * would switch off what the option asks for, or be a file without a name in a message.
 */
export function refuseEmptyPaths(command: Command): void {
  for (const option of command.options) {
    const { flags } = option;
    const expected = EXPECTED.find(([written]) => written.test(flags))?.[1];
    const values = [command.getOptionValue(option.attributeName())].flat();
    if (expected === undefined || !values.includes("")) continue;
    command.error(`error: option '${flags}' argument '' is invalid. Expected ${expected}.`, {
      code: "commander.invalidArgument",
      exitCode: ExitCode.USAGE,
    });
  }
}
