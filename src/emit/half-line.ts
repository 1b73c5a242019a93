import { fstatSync, ftruncateSync } from "node:fs";

/**
 * Takes half a line off a file's end: it would spoil the file for its readers. The first `writtenBytes` of `batch` are
 * what was written last. Gives bytes and number of the whole lines among them, which stay.
 */
export function cutHalfLine(
  fd: number,
  batch: Buffer,
  writtenBytes: number,
): { bytes: number; lines: number } {
  const bytes = batch.lastIndexOf(0x0a, writtenBytes - 1) + 1;
  let lines = 0;
  for (let at = 0; at < bytes; at++) if (batch[at] === 0x0a) lines++;
  try {
    const status = fstatSync(fd);
    if (status.isFile()) ftruncateSync(fd, status.size - (writtenBytes - bytes));
  } catch {
    // Then it stays.
  }
  return { bytes, lines };
}
