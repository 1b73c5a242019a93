import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  openSync,
  readdirSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import type { Account } from "./account.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

/** What a run writes to after its start. */
export interface WritablePaths {
  /** Folders of its own: spool, evidence. */
  readonly folders: readonly string[];
  /** Files that it appends to, in folders that may be other people's: EVE. */
  readonly files: readonly string[];
  /** Files that it writes anew and moves into place, so that their folder has to be writable: ban lists. */
  readonly replaced: readonly string[];
}

const ROOT = 0;
const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;

/** Makes folders and files that are not there, and gives all to the user. Throws `CommandError`. */
export function makeReady(paths: WritablePaths, account: Account): void {
  for (const folder of paths.folders) makeFolderOf(folder, account);
  for (const file of paths.files) {
    makeFolderOf(dirname(resolve(file)), account);
    makeFile(file);
  }
  for (const file of paths.replaced) makeFolderOf(dirname(resolve(file)), account);
  giveTo(paths, account);
}

/**
 * Gives the user what root owns of it. A folder that was there before is only taken over when it holds
 * nothing but files: a mistyped `/var/log` or `/tmp` stays whose it is.
 */
export function giveTo({ folders, files, replaced }: WritablePaths, account: Account): void {
  for (const folder of folders) {
    const names = ownNames(folder);
    if (names === null) continue;
    for (const name of names) give(join(folder, name), account, "file");
    give(folder, account, "folder");
  }
  for (const file of [...files, ...replaced]) give(file, account, "file");
}

/** One line for each path that this process, as the user that it has become, cannot write. */
export function unwritable(
  { folders, files, replaced }: WritablePaths,
  { name }: Account,
): string[] {
  const lines: string[] = [];
  for (const folder of [...folders, ...replaced.map((file) => dirname(resolve(file)))]) {
    if (!isAccessible(folder, constants.W_OK | constants.X_OK)) {
      lines.push(
        `${folder}: ${name} cannot write into this folder; chown it to ${name}, or name another one`,
      );
    }
  }
  for (const file of files) {
    if (existsSync(file) && !isAccessible(file, constants.W_OK)) {
      lines.push(
        `${file}: ${name} cannot write this file; chown it to ${name}, or name another one`,
      );
    }
  }
  return lines;
}

/** One line for each file that can be written now, but not made anew once it was moved away. */
export function unopenable({ files }: WritablePaths, { name }: Account): string[] {
  return files.flatMap((file) => {
    const folder = dirname(resolve(file));
    return isAccessible(folder, constants.W_OK | constants.X_OK)
      ? []
      : [
          `${file}: ${name} cannot write into ${folder}, so the file cannot be rotated; chown the folder to ${name}`,
        ];
  });
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** What was not there, with its parents, is the user's at once. */
function makeFolderOf(folder: string, account: Account): void {
  try {
    const first = makeFolder(folder, FOLDER_MODE);
    if (first === undefined) return;
    for (let made = resolve(folder); made.length >= resolve(first).length; made = dirname(made)) {
      give(made, account, "folder");
    }
  } catch (error) {
    throw new CommandError(ExitCode.FAILED, [
      `${folder}: cannot make this folder: ${(error as Error).message}`,
    ]);
  }
}

/** The sink that opens it tells what is wrong, if something is. */
function makeFile(file: string): void {
  try {
    const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
    closeSync(openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, FILE_MODE));
  } catch {
    // A FIFO without a reader, for example.
  }
}

/** Names of the files in a folder; null when there is a folder among them, so that it is not ours. */
function ownNames(folder: string): string[] | null {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.some((entry) => entry.isDirectory()) ? null : entries.map(({ name }) => name);
  } catch {
    return null;
  }
}

/**
 * Changes the owner of what root owns, looked at and changed through one descriptor: a link that
 * somebody put there, symbolic or hard, does not make another file theirs.
 */
function give(path: string, { uid, gid }: Account, kind: "file" | "folder"): void {
  const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (kind === "folder" ? O_DIRECTORY : 0);
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch {
    return;
  }
  try {
    const status = fstatSync(fd);
    const isIt = kind === "folder" ? status.isDirectory() : status.isFile() && status.nlink === 1;
    // Others may write into a folder as /tmp: it is nobody's.
    const isShared = kind === "folder" && (status.mode & 0o002) !== 0;
    if (isIt && !isShared && status.uid === ROOT) fchownSync(fd, uid, gid);
  } catch {
    // `unwritable` tells.
  } finally {
    closeSync(fd);
  }
}
