import type { Block } from "./block.ts";
import { PACKET_BYTES_MAX } from "./packet-reader.ts";

/** Not to be told yet: more of the file is needed. */
export const UNDECIDED = 0;

/**
 * Bytes of a record header. Old programs wrote longer ones than libpcap does, and said so nowhere (Wireshark's
 * wiretap/libpcap.c knows them, too): Red Hat 6.1 eight bytes more under the ordinary magic, Nokia four, and
 * SuSE 6.3 four more than the eight of Alexey Kuznetsov's own magic. So the first records are read in each way.
 */
const ORDINARY = [16, 24, 20] as const;
const MODIFIED = [24, 28] as const;

/** Seconds, fraction, captured length, length on the wire. */
const LENGTHS_BYTES = 16;
/** Records that are looked at: always as many, or what is found would depend on the pieces that a capture comes in. */
const RECORDS_MAX = 2;
/** How far apart in time two neighbours may be. */
const APART_S = 10 * 365 * 86_400;
/** Some writers put nanoseconds there, whatever the magic says. */
const FRACTION_MAX = 1_000_000_000;
const WIRE_BYTES_MAX = 2 ** 24;

/** What reading the first records with headers of one length gives. */
interface Reading {
  readonly records: number;
  /** A header says what none would. */
  readonly isOdd: boolean;
}

/** Bytes of the record headers of the file in the block; `isAll`: no more of it will come. */
export function recordHeaderBytes(
  block: Block,
  { isModified, littleEndian }: { isModified: boolean; littleEndian: boolean },
  isAll: boolean,
): number {
  const [usual, ...others] = isModified ? MODIFIED : ORDINARY;
  const reading = readWith(block, usual, littleEndian);
  // Two whole records do not make sense by chance. One does, when a capture was cut short: no dialect is told from that.
  const isRight = (one: Reading) => !one.isOdd && one.records >= RECORDS_MAX;
  if (isRight(reading)) return usual;
  if (!reading.isOdd && !isAll) return UNDECIDED;
  for (const bytes of others) {
    const other = readWith(block, bytes, littleEndian);
    if (isRight(other)) return bytes;
    if (!other.isOdd && !isAll) return UNDECIDED;
  }
  return usual;
}

function readWith({ view, start, end }: Block, bytes: number, littleEndian: boolean): Reading {
  let at = start;
  let before = -1;
  let records = 0;
  while (records < RECORDS_MAX && end - at >= LENGTHS_BYTES) {
    const seconds = view.getUint32(at, littleEndian);
    const captured = view.getUint32(at + 8, littleEndian);
    const isApart = before >= 0 && Math.abs(seconds - before) > APART_S;
    if (isApart || isOdd(view, at, littleEndian)) return { records, isOdd: true };
    before = seconds;
    if (at + bytes + captured > end) break;
    at += bytes + captured;
    records++;
  }
  return { records, isOdd: false };
}

function isOdd(view: DataView, at: number, littleEndian: boolean): boolean {
  const fraction = view.getUint32(at + 4, littleEndian);
  const captured = view.getUint32(at + 8, littleEndian);
  const wire = view.getUint32(at + 12, littleEndian);
  if (captured > PACKET_BYTES_MAX || fraction >= FRACTION_MAX) return true;
  // A writer that does not know the length on the wire leaves it 0.
  return wire > WIRE_BYTES_MAX || (captured > wire && wire !== 0);
}
