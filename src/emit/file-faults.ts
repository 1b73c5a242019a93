import { closeSync, openSync, readSync, statSync } from "node:fs";

const OPEN_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "no such folder; make it first or give another path",
  ENOTDIR: "a part of the path is not a folder; give another path",
  EACCES: "permission denied; give a path that this user may write",
  EPERM: "permission denied; give a path that this user may write",
  EROFS: "the file system is read-only; give another path",
  EISDIR: "it is a folder; give a file name",
  ENOSPC: "no space left on the device; make room or give another path",
  EDQUOT: "the disk quota is used up; make room or give another path",
  ENXIO: "it is a pipe that nobody reads; start its reader",
};

/** Why a file cannot be made or opened, with the cure; what has no words here is told as the system says it. */
export function openFault(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return OPEN_FAULTS[code] ?? message;
}

/** Why it cannot be written. */
export const WRITE_FAULTS: Readonly<Record<string, string>> = {
  EPIPE: "its reader has gone",
  ENOSPC: "no space left on the device; make room and run again",
  EDQUOT: "the disk quota is used up; make room and run again",
  EFBIG: "the file has reached the size limit; give another path",
  EIO: "the device reports an input/output error",
};

/** First bytes of pcap (both orders, µs and ns), pcapng, gzip and zstd. */
const CAPTURE_MAGICS = new Set([
  "d4c3b2a1",
  "a1b2c3d4",
  "4d3cb2a1",
  "a1b23c4d",
  "0a0d0d0a",
  "28b52ffd",
]);

/** Whether there is a capture or a compressed file: `--eve call.pcap` by mistake must not destroy it. */
export function isCapture(path: string): boolean {
  const head = Buffer.alloc(4);
  try {
    if (!statSync(path).isFile()) return false;
    const fd = openSync(path, "r");
    try {
      readSync(fd, head, 0, 4, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
  const magic = head.toString("hex");
  return CAPTURE_MAGICS.has(magic) || magic.startsWith("1f8b");
}
