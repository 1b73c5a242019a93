import type { RawPacket } from "../support/rewrap.ts";
import { below } from "./carriers.ts";

type Random = () => number;

const EDGES = [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfff8, 0xffff] as const;
/** Most of what decides lies in front. */
const HEADERS_BYTES = 120;
const LINE = /[^\r\n]*\r\n/g;

/** Changes to the bytes of one packet. */
const BYTES: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  // Cut anywhere.
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  // A field of two bytes at an edge: lengths, offsets, types.
  (bytes, random) => {
    if (bytes.length < 2) return bytes;
    const at = below(random, Math.min(bytes.length - 1, HEADERS_BYTES));
    bytes.writeUInt16BE(EDGES[below(random, EDGES.length)] ?? 0, at);
    return bytes;
  },
  // A field that is nearly right.
  (bytes, random) => {
    if (bytes.length < 2) return bytes;
    const at = below(random, Math.min(bytes.length - 1, HEADERS_BYTES));
    bytes.writeUInt16BE((bytes.readUInt16BE(at) + 65_536 + below(random, 17) - 8) & 0xffff, at);
    return bytes;
  },
  // Any bit anywhere.
  (bytes, random) => {
    if (bytes.length === 0) return bytes;
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8));
    return bytes;
  },
  // A part twice.
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    const part = bytes.subarray(at, at + below(random, 64));
    return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at + part.length)]);
  },
  // A part gone.
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(random, 64))]);
  },
  // Header lines in another order, some twice, without their lengths being right.
  (bytes, random) => {
    const text = bytes.toString("latin1");
    const start = text.search(/SIP\/2\.0[^\r\n]*\r\n/);
    if (start < 0) return bytes;
    const lines = text.slice(start).match(LINE) ?? [];
    const line = lines[below(random, Math.max(1, lines.length))] ?? "";
    const other = lines[below(random, Math.max(1, lines.length))] ?? "";
    return Buffer.from(
      text.replace(line, () => other),
      "latin1",
    );
  },
];

/** Packets as an attacker, or a bad network, would have them: changed, lost, twice, out of order, overlapping. */
export function mutated(packets: readonly RawPacket[], random: Random): RawPacket[] {
  const out: RawPacket[] = [];
  const rate = random() * 0.5;
  for (const packet of packets) {
    const dice = random();
    // Never completed.
    if (dice < 0.03) continue;
    let bytes: Buffer = Buffer.from(packet.bytes);
    for (let left = 3; left > 0 && random() < rate; left--) {
      bytes = Buffer.from(
        (BYTES[below(random, BYTES.length)] ?? BYTES[0])?.(bytes, random) ?? bytes,
      );
    }
    const changed = { ...packet, bytes };
    // Overlaps: the same place again with other bytes, before or after.
    if (dice < 0.06) out.push(packet, changed);
    else if (dice < 0.09) out.push(changed, packet);
    else out.push(changed);
    if (dice > 0.95 && out.length > 1) {
      const other = below(random, out.length);
      [out[other], out[out.length - 1]] = [out.at(-1) as RawPacket, out[other] as RawPacket];
    }
  }
  return out;
}
