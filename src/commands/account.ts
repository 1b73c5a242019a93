import { execFileSync } from "node:child_process";
import { CommandError, ExitCode } from "./exit-code.ts";

/** A user of the system, as passwd(5) and group(5) or their network services know it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Nothing that `getent` could take for an option. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,254}\$?$/;
/** getent(1): the key was not found. */
const NOT_FOUND = 2;

/**
 * Looks a user up, by name or number; an empty group is the user's own. Throws `CommandError`, exit
 * code 78.
 */
export function accountOf(user: string, group: string): Account {
  const entry = lookUp("passwd", user, "operation.user", "useradd --system");
  const gid =
    group === "" ? entry[3] : lookUp("group", group, "operation.group", "groupadd --system")[2];
  return { name: entry[0] ?? user, uid: Number(entry[2]), gid: Number(gid) };
}

function lookUp(database: string, name: string, option: string, cure: string): string[] {
  const what = database === "passwd" ? "user" : "group";
  const unknown = `${option}: there is no ${what} ${JSON.stringify(name)}; make it with ${cure} ${name}, or name another one`;
  if (!NAME.test(name)) throw new CommandError(ExitCode.BAD_CONFIG, [unknown]);
  try {
    const line = execFileSync("getent", [database, name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    return line.trim().split(":");
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    if (status === NOT_FOUND) throw new CommandError(ExitCode.BAD_CONFIG, [unknown]);
    throw new CommandError(ExitCode.BAD_CONFIG, [
      `${option}: cannot look up ${what} ${name}: ${message.split("\n")[0]}; getent has to be installed (libc-bin)`,
    ]);
  }
}
