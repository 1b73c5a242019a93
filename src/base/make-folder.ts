import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing, each with `mode`; gives the first one that it made, or
 * undefined when all were there. Throws what `mkdirSync` throws. Node's own way with `recursive` never returns where
 * the file system says "no such file" of a new folder, as /proc does.
 */
export function makeFolder(path: string, mode: number): string | undefined {
  if (isFolder(path)) return undefined;
  const parent = dirname(path);
  const first = existsSync(parent) ? undefined : makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else was quicker.
    if (!isFolder(path)) throw error;
    return first;
  }
  return first ?? path;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
