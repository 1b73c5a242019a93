import type { Block } from "./block.ts";
import type { PacketReader } from "./packet-reader.ts";
import { isPcapMagic, PcapReader } from "./pcap-reader.ts";
import { PCAPNG_MAGIC, PcapngReader } from "./pcapng-reader.ts";

export const MAGIC_BYTES = 4;
/** Enough of a file to show what it is instead. */
export const SHOWN_BYTES = 16;

/** Reader of the capture whose first bytes are in the block; null when it is none. */
export function readerFor(
  block: Block,
  options: { readonly isForeign?: boolean; readonly unitUs?: number } = {},
): PacketReader | null {
  if (block.unread < MAGIC_BYTES) return null;
  const magic = block.view.getUint32(block.start);
  if (magic === PCAPNG_MAGIC) return new PcapngReader(block, options);
  return isPcapMagic(magic) ? new PcapReader(block, options) : null;
}

/** Formats that people have and that another tool turns into one of ours. */
const FOREIGN: readonly (readonly [magic: string, what: string])[] = [
  ["fd377a585a", "an xz file: decompress it first (xz -d)"],
  ["425a68", "a bzip2 file: decompress it first (bunzip2)"],
  ["04224d18", "an lz4 file: decompress it first (lz4 -d)"],
  ["504b0304", "a zip file: unpack it first (unzip)"],
  ["1f8b", "a gzip file inside another: decompress it first (gunzip)"],
  ["28b52ffd", "a zstd file inside another: decompress it first (zstd -d)"],
  ["736e6f6f70", "a snoop capture: convert it first (editcap -F pcap)"],
  ["474d4255", "a Microsoft Network Monitor capture: convert it first (editcap -F pcap)"],
];

/** Why the start of a file, `[block.start, block.end)`, is not a capture. */
export function notACapture(block: Block): string {
  if (block.unread === 0) return "empty; expected pcap or pcapng";
  const head = block.bytes.subarray(block.start, Math.min(block.end, block.start + SHOWN_BYTES));
  const hex = head.toString("hex");
  for (const [magic, what] of FOREIGN) {
    if (hex.startsWith(magic)) return `not a capture: ${what}`;
  }
  return `not a capture: starts with ${shown(head)}; expected pcap or pcapng (optionally gzip or zstd)`;
}

/** As text up to the first byte that is not printable ASCII, else as hexadecimal. */
function shown(head: Buffer): string {
  const text = /^[\x20-\x7e]{2,}/.exec(head.toString("latin1"))?.[0];
  return text === undefined ? `bytes ${head.toString("hex", 0, 4)}` : JSON.stringify(text);
}
