import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openSource } from "../../src/capture/file-source.ts";
import { Frame, type FrameSource } from "../../src/capture/frame.ts";
import { folderOfTest } from "./temporary-folder.ts";

/** What a frame said, copied: frames are only valid while they are handed over. */
export interface Captured {
  readonly number: number;
  readonly timeUs: number;
  readonly linkType: number;
  readonly wireLength: number;
  readonly bytes: string;
}

export interface CapturedRun {
  readonly frames: readonly Captured[];
  readonly problems: readonly string[];
}

export async function collect(source: FrameSource): Promise<CapturedRun> {
  const frames: Captured[] = [];
  const end = await source.run((frame) => {
    frames.push({
      number: frame.number,
      timeUs: frame.timeUs,
      linkType: frame.linkType,
      wireLength: frame.wireLength,
      bytes: frame.bytes.toString("latin1", frame.start, frame.end),
    });
  });
  return { frames, problems: end.problems };
}

/** Reads `bytes` as standard input, in pieces of `pieceBytes`. */
export function collectStdin(bytes: Uint8Array, pieceBytes = bytes.length): Promise<CapturedRun> {
  return collect(openSource(["-"], { stdin: inPieces(bytes, pieceBytes) }));
}

export function inPieces(bytes: Uint8Array, pieceBytes: number): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(Buffer.from(bytes.subarray(at, at + pieceBytes)));
  }
  return Readable.from(pieces, { objectMode: false });
}

/** A folder with these files, gone after the test. */
export function folderWith(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = folderOfTest();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

/** A frame over `bytes`, set in the middle of a larger buffer full of other bytes. */
export function frameOf(bytes: Uint8Array, linkType = 1): Frame {
  const around = 64;
  const buffer = Buffer.alloc(bytes.length + 2 * around, 0xaa);
  buffer.set(bytes, around);
  const frame = new Frame();
  frame.bytes = buffer;
  frame.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  frame.start = around;
  frame.end = around + bytes.length;
  frame.wireLength = bytes.length;
  frame.linkType = linkType;
  return frame;
}
