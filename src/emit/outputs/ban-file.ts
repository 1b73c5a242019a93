import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

const MODE = 0o644;
const BEGINNING_BYTES = 256;
/** Far above what the most offenders take. */
const READ_MAX = 512 * 1024 * 1024;

/**
 * Writes a file so that a reader, and a power failure, finds the old text or the new one, never a part:
 * beside it, synced, renamed over it. Readable for all: a feed is for other programs, and holds no secret.
 * Throws the system's error.
 */
export async function replaceFile(path: string, text: string | Uint8Array): Promise<void> {
  const beside = `${path}.tmp`;
  try {
    // Not through a link that somebody else put there.
    await rm(beside, { force: true });
    const file = await open(beside, "wx", MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Adds to a file; one that has grown beyond `bytesMax` becomes `PATH.1` first. Throws the system's error. */
export async function appendFile(path: string, text: string, bytesMax: number): Promise<void> {
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes > 0 && bytes + Buffer.byteLength(text) > bytesMax) await rename(path, `${path}.1`);
  const file = await open(path, "a", MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** "" when the file is missing. Throws the system's error. */
export async function readWhole(path: string): Promise<string> {
  const found = await ifThere(stat(path));
  if (found === null) return "";
  if (found.size > READ_MAX) throw new Error(`${path} is larger than 512 MiB`);
  return (await ifThere(readFile(path, "utf8"))) ?? "";
}

/** The first characters; "" when the file is missing. Throws the system's error. */
export async function readBeginning(path: string): Promise<string> {
  const file = await ifThere(open(path, "r"));
  if (file === null) return "";
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function ifThere<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** A rename is on disk when its folder is. Some file systems sync no folders. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes(code)) throw error;
  } finally {
    await folder.close();
  }
}
