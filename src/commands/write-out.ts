import { once } from "node:events";

/** Pieces are put together up to this length before they are written. */
const PIECE_CHARS = 65_536;

/** Writes texts to standard output, no faster than they are read there. */
export async function writeOut(texts: Iterable<string>): Promise<void> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARS) continue;
    await write(piece);
    piece = "";
  }
  if (piece !== "") await write(piece);
}

async function write(text: string): Promise<void> {
  const { stdout } = process;
  // A reader that went away takes nothing any more, and never says that it can.
  if (stdout.writable && !stdout.write(text) && stdout.writable) {
    await Promise.race([once(stdout, "drain"), once(stdout, "close"), once(stdout, "error")]);
  }
}
