import { readdirSync, readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { type Account, accountOf } from "./account.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { giveTo, makeReady, unopenable, unwritable, type WritablePaths } from "./writable-paths.ts";

const ROOT = 0;

/** Missing in @types/node 20. */
interface GroupProcess {
  initgroups?(user: string, extraGroup: number): void;
}

/**
 * From root to an ordinary user, once what only root may do is done: capture sockets stay open, and
 * nothing that a packet does to us can get root back. In this order: `prepare` before outputs are
 * opened, `drop` when all interfaces are open.
 */
export class Privileges {
  readonly #account: Account | null;
  readonly #paths: WritablePaths;
  readonly #messages: Messages;

  /** Throws `CommandError` (78) when the user or group does not exist. Warns where nothing can be dropped. */
  constructor(operation: Config["operation"], paths: WritablePaths, messages: Messages) {
    this.#paths = paths;
    this.#messages = messages;
    this.#account = toBecome(operation, messages);
  }

  /** Name of the user that `drop` will become; "" when it will change nothing. */
  get user(): string {
    return this.#account?.name ?? "";
  }

  /** Makes what has to be written afterwards and gives it to the user. Throws `CommandError`. */
  prepare(): void {
    if (this.#account !== null) makeReady(this.#paths, this.#account);
  }

  /**
   * Becomes the user, with all threads, and makes sure of it. Throws `CommandError` (77) when that is
   * not certain: then nothing may go on.
   */
  drop(): void {
    const account = this.#account;
    if (account === null || process.getuid?.() !== ROOT) return;
    // What was opened since `prepare` was made by root.
    giveTo(this.#paths, account);
    try {
      (process as GroupProcess).initgroups?.(account.name, account.gid);
      process.setgid?.(account.gid);
      process.setuid?.(account.uid);
    } catch (error) {
      throw refusal(`cannot become ${account.name}: ${(error as Error).message}`);
    }
    const fault = faultOf(account);
    if (fault !== "") throw refusal(fault);
    const problems = unwritable(this.#paths, account);
    if (problems.length > 0) throw new CommandError(ExitCode.NO_PERMISSION, problems);
    for (const line of unopenable(this.#paths, account)) this.#messages.warn(line);
    const { name, uid } = account;
    this.#messages.info(`running as ${name} (uid ${uid}), without privileges`, { user: name, uid });
  }
}

/** The user that is to be become; null when there is nothing to drop. */
function toBecome({ user, group }: Config["operation"], messages: Messages): Account | null {
  const uid = process.getuid?.();
  if (uid === ROOT && user === "") {
    messages.warn(
      "running as root; set operation.user to an ordinary user, who takes over once the interfaces are open",
    );
  }
  if (user === "") return null;
  const account = accountOf(user, group);
  if (uid === ROOT && account.uid === ROOT) {
    messages.warn("operation.user is root: no privileges are dropped");
    return null;
  }
  if (uid === account.uid || uid === ROOT) return uid === ROOT ? account : null;
  messages.warn(
    `operation.user: only root can become ${user}, and this is uid ${uid ?? "?"}; going on as that`,
  );
  return null;
}

function refusal(why: string): CommandError {
  return new CommandError(ExitCode.NO_PERMISSION, [
    `operation.user: ${why}; not going on as root. Start it as that user, with CAP_NET_RAW only (see docs/operation.md)`,
  ]);
}

/** What is left of root; "" when nothing is. */
function faultOf(account: Account): string {
  try {
    process.setuid?.(ROOT);
    return `became ${account.name}, but could get back to root`;
  } catch {
    // As it has to be.
  }
  for (const status of threadStatuses()) {
    const fault = statusFault(status, account);
    if (fault !== "") return `became ${account.name}, but ${fault}`;
  }
  return "";
}

/** `/proc/self/task/*\/status` of every thread; none where the system has no /proc. */
function threadStatuses(): string[] {
  let threads: string[];
  try {
    threads = readdirSync("/proc/self/task");
  } catch {
    return [];
  }
  return threads.flatMap((thread) => {
    try {
      return [readFileSync(`/proc/self/task/${thread}/status`, "utf8")];
    } catch {
      // It has just ended.
      return [];
    }
  });
}

/** What one thread's status (proc_pid_status(5)) says against having become that user; "" for nothing. */
function statusFault(status: string, { uid, gid }: Account): string {
  const field = (name: string) =>
    new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  const all = (id: number) => `${id}\t${id}\t${id}\t${id}`;
  if (field("Uid") !== all(uid)) return `a thread has uid ${field("Uid")}`;
  if (field("Gid") !== all(gid)) return `a thread has gid ${field("Gid")}`;
  for (const name of ["CapPrm", "CapEff", "CapAmb"]) {
    const capabilities = field(name);
    if (!/^0*$/.test(capabilities)) return `a thread has capabilities ${name} ${capabilities}`;
  }
  return "";
}
