import { crc32 } from "node:zlib";
import type { DeliveryRecord, NewDeliveryRecord } from "../delivery/delivery-record.ts";

/**
 * The spool is a folder of segments, each named after the first sequence that may be in it. A segment is its
 * magic and then records:
 *
 *     marker     4 bytes   0xF5 0xFA 0xFE 0xF9, which UTF-8 text never holds: where reading begins again
 *     length     4 bytes   little endian, of the body
 *     crc32      4 bytes   little endian, of the body (IEEE 802.3, as gzip)
 *     body       sequence (6 bytes, little endian), severity (1), length of the id (1) and of the key (2),
 *                then id, key and line in UTF-8
 *
 * Sequences rise within a segment and from one to the next; one that is missing was dropped or damaged.
 */
export const SEGMENT_MAGIC = Buffer.from("SIPSPL01", "latin1");
const SEGMENT_SUFFIX = ".seg";
/** Of a file that is not whole yet; one that a killed process left is deleted at the next start. */
export const TEMPORARY_SUFFIX = ".tmp";
const MARKER = Buffer.from([0xf5, 0xfa, 0xfe, 0xf9]);
const HEAD_BYTES = 12;
const BODY_HEAD_BYTES = 10;
/** A longer body is no record: no broker takes a megabyte. */
export const BODY_BYTES_MAX = 1 << 20;
const KEY_BYTES_MAX = 512;
const ID_BYTES_MAX = 64;
const SEVERITY_MAX = 255;

/** A record with its head is at least so long. */
export const RECORD_BYTES_MIN = HEAD_BYTES + BODY_HEAD_BYTES;
/** And at most. */
export const RECORD_BYTES_MAX = HEAD_BYTES + BODY_BYTES_MAX;

/** A higher number in any file is damage; six bytes hold as many again. 20,000 a second reach it in 200 years. */
export const SEQUENCE_MAX = 2 ** 47;

/** The severity that a record gets on disk: 1 to 255. */
export function severityOf({ severity }: NewDeliveryRecord): number {
  return severity >= 1 ? Math.min(Math.trunc(severity), SEVERITY_MAX) : 1;
}

/** Room that a record may need; UTF-8 takes at most 3 bytes a UTF-16 unit. -1 for a line that is too long. */
export function roomFor({ line }: NewDeliveryRecord): number {
  if (line.length > BODY_BYTES_MAX) return -1;
  return HEAD_BYTES + BODY_HEAD_BYTES + ID_BYTES_MAX + KEY_BYTES_MAX + 3 * line.length;
}

/**
 * Writes a record at `at`, where `roomFor` it is, and returns its end; -1 when its body is longer than
 * `BODY_BYTES_MAX`. An id beyond 64 bytes or a key beyond 512 is cut.
 */
export function encodeRecord(
  record: NewDeliveryRecord,
  sequence: number,
  out: Buffer,
  at: number,
): number {
  const body = at + HEAD_BYTES;
  const id = body + BODY_HEAD_BYTES;
  const idBytes = out.write(record.alertId, id, ID_BYTES_MAX, "utf8");
  const keyBytes = out.write(record.key, id + idBytes, KEY_BYTES_MAX, "utf8");
  const line = id + idBytes + keyBytes;
  const end = line + out.write(record.line, line, "utf8");
  if (end - body > BODY_BYTES_MAX) return -1;
  out.writeUIntLE(sequence, body, 6);
  out[body + 6] = severityOf(record);
  out[body + 7] = idBytes;
  out.writeUInt16LE(keyBytes, body + 8);
  MARKER.copy(out, at);
  out.writeUInt32LE(end - body, at + 4);
  out.writeUInt32LE(crc32(out.subarray(body, end)), at + 8);
  return end;
}

/** What stands at a place of a segment. */
export type Scanned =
  | {
      readonly kind: "record";
      readonly end: number;
      readonly sequence: number;
      readonly severity: number;
    }
  /** The bytes end within a record: it is still being written, or was cut. */
  | { readonly kind: "cut" }
  /** No record; the next one may begin at `next` (the end of the bytes when there is none). */
  | { readonly kind: "corrupt"; readonly next: number };

/** What stands at `at`. Every byte may be damaged. */
export function scanRecord(bytes: Buffer, at: number): Scanned {
  if (at + HEAD_BYTES > bytes.length) {
    return startsLikeMarker(bytes, at) ? { kind: "cut" } : corruptAt(bytes, at);
  }
  if (bytes.compare(MARKER, 0, 4, at, at + 4) !== 0) return corruptAt(bytes, at);
  const length = bytes.readUInt32LE(at + 4);
  if (length < BODY_HEAD_BYTES || length > BODY_BYTES_MAX) return corruptAt(bytes, at);
  const body = at + HEAD_BYTES;
  const end = body + length;
  // A damaged length may point past the end; a whole record further on proves that it is not a cut.
  if (end > bytes.length) return isFollowed(bytes, at) ? corruptAt(bytes, at) : { kind: "cut" };
  if (crc32(bytes.subarray(body, end)) !== bytes.readUInt32LE(at + 8)) return corruptAt(bytes, at);
  const sequence = bytes.readUIntLE(body, 6);
  const texts = (bytes[body + 7] as number) + bytes.readUInt16LE(body + 8);
  if (body + BODY_HEAD_BYTES + texts > end || sequence > SEQUENCE_MAX) return corruptAt(bytes, at);
  return { kind: "record", end, sequence, severity: bytes[body + 6] as number };
}

/** The record from `at` to `end`, where `scanRecord` found one. */
export function decodeRecord(bytes: Buffer, at: number, end: number): DeliveryRecord {
  const body = at + HEAD_BYTES;
  const id = body + BODY_HEAD_BYTES;
  const key = id + (bytes[body + 7] as number);
  const line = key + bytes.readUInt16LE(body + 8);
  return {
    sequence: bytes.readUIntLE(body, 6),
    severity: bytes[body + 6] as number,
    alertId: bytes.toString("utf8", id, key),
    key: bytes.toString("utf8", key, line),
    line: bytes.toString("utf8", line, end),
  };
}

function startsLikeMarker(bytes: Buffer, at: number): boolean {
  const length = Math.min(MARKER.length, bytes.length - at);
  return bytes.compare(MARKER, 0, length, at, at + length) === 0;
}

function isFollowed(bytes: Buffer, at: number): boolean {
  for (
    let next = bytes.indexOf(MARKER, at + 1);
    next >= 0;
    next = bytes.indexOf(MARKER, next + 1)
  ) {
    if (next + HEAD_BYTES > bytes.length) return false;
    const end = next + HEAD_BYTES + bytes.readUInt32LE(next + 4);
    if (end > bytes.length) continue;
    if (crc32(bytes.subarray(next + HEAD_BYTES, end)) === bytes.readUInt32LE(next + 8)) return true;
  }
  return false;
}

function corruptAt(bytes: Buffer, at: number): Scanned {
  const next = bytes.indexOf(MARKER, at + 1);
  return { kind: "corrupt", next: next < 0 ? bytes.length : next };
}

/** Name of the segment that begins with this sequence. */
export function segmentName(firstSequence: number): string {
  return `${String(firstSequence).padStart(16, "0")}${SEGMENT_SUFFIX}`;
}

/** First sequence of a segment by its name; -1 for any other file. */
export function segmentFirst(name: string): number {
  const match = /^(\d{16})\.seg$/.exec(name);
  const first = match === null ? -1 : Number(match[1]);
  return first > SEQUENCE_MAX ? -1 : first;
}
