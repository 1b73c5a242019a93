import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export const STANDARD_INPUT = "-";

export interface CaptureFile {
  readonly path: string;
  /** The argument that is a folder and holds it: then it need not be a capture. */
  readonly folder: string | null;
  /** A pipe or a device can be read only once, from the start. */
  readonly isSeekable: boolean;
  readonly bytes: number;
}

/** Files to read, in the order of the arguments and, inside a folder, of their names. */
export interface FoundCaptures {
  readonly files: readonly CaptureFile[];
  readonly folders: readonly string[];
  readonly problems: readonly string[];
}

/** Folders are searched to any depth; links to folders inside them are not followed. */
export async function findCaptures(paths: readonly string[]): Promise<FoundCaptures> {
  const files: CaptureFile[] = [];
  const folders: string[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    if (path === STANDARD_INPUT) {
      if (files.some((file) => file.path === STANDARD_INPUT)) {
        problems.push("standard input (-) can be read only once");
      } else files.push({ path, folder: null, isSeekable: false, bytes: 0 });
      continue;
    }
    try {
      const status = await stat(path);
      if (status.isDirectory()) {
        folders.push(path);
        await addFolder(path, files, problems);
      } else {
        const isSeekable = status.isFile();
        files.push({ path, folder: null, isSeekable, bytes: isSeekable ? status.size : 0 });
      }
    } catch (error) {
      problems.push(`${path}: ${fileProblem(error)}`);
    }
  }
  return { files, folders, problems };
}

async function addFolder(folder: string, files: CaptureFile[], problems: string[]): Promise<void> {
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      const entries = await readdir(next, { withFileTypes: true });
      entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      const folders: string[] = [];
      for (const entry of entries) {
        const path = join(next, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else await addEntry(path, folder, files);
      }
      // The last one pushed is searched first.
      waiting.push(...folders.reverse());
    } catch (error) {
      problems.push(`${next}: ${fileProblem(error)}`);
    }
  }
}

/** Only ordinary files: opening a pipe in a folder would wait for its writer. */
async function addEntry(path: string, folder: string, files: CaptureFile[]): Promise<void> {
  const status = await stat(path).catch(() => null);
  if (status?.isFile()) {
    files.push({ path, folder, isSeekable: true, bytes: status.size });
  }
}

/** One line for what the operating system said. */
export function fileProblem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file or folder; check the path";
  if (code === "EACCES" || code === "EPERM") return "no permission to read it";
  return error instanceof Error ? error.message : String(error);
}
