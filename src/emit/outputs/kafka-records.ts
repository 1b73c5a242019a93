/** What kafkajs gives its encoder of records (protocol: Record, version 2 of the message format). */
interface RecordFields {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: string | Buffer | null;
  readonly value?: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Length, attributes, two deltas, and the lengths of key, value and headers: five bytes each at most, ten for a time. */
const HEAD_BYTES = 64;
const HEADER_BYTES = 10;

/**
 * A record in one buffer. kafkajs makes an encoder of 512 bytes for the record and for each of its headers, and a
 * buffer for each number: a third of the delivery thread's time. Made as its encoder is: `buf` and `buffer`.
 */
export function encodeRecord(fields: RecordFields): {
  readonly buf: Buffer;
  readonly buffer: Buffer;
} {
  const { headers = {}, key, offsetDelta = 0, timestampDelta = 0, value } = fields;
  const names = Object.keys(headers);
  const keyBytes = lengthOf(key);
  const valueBytes = lengthOf(value);
  let room = HEAD_BYTES + Math.max(keyBytes, 0) + Math.max(valueBytes, 0);
  for (const name of names) {
    room += HEADER_BYTES + 3 * (name.length + (headers[name] as string).length);
  }
  const out = Buffer.allocUnsafe(room);
  // The length goes before: its place is kept, and the body moved up to it.
  let at = 5;
  out[at++] = 0;
  at = putVarLong(out, at, Number(timestampDelta));
  at = putVarInt(out, at, offsetDelta);
  at = putBytes(out, at, key, keyBytes);
  at = putBytes(out, at, value, valueBytes);
  at = putVarInt(out, at, names.length);
  for (const name of names) {
    at = putBytes(out, at, name, Buffer.byteLength(name));
    const text = headers[name] as string;
    at = putBytes(out, at, text, Buffer.byteLength(text));
  }
  const body = at - 5;
  const start = 5 - sizeOfVarInt(body);
  putVarInt(out, start, body);
  const buffer = out.subarray(start, at);
  return { buf: buffer, buffer };
}

function lengthOf(value: string | Buffer | null | undefined): number {
  return value === null || value === undefined ? -1 : Buffer.byteLength(value);
}

function putBytes(
  out: Buffer,
  at: number,
  value: string | Buffer | null | undefined,
  bytes: number,
): number {
  const end = putVarInt(out, at, bytes);
  if (value === null || value === undefined) return end;
  if (typeof value === "string") out.write(value, end, bytes, "utf8");
  else value.copy(out, end);
  return end + bytes;
}

function sizeOfVarInt(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  while (rest > 0x7f) {
    rest >>>= 7;
    size++;
  }
  return size;
}

/** Zigzag, 32 bits. */
function putVarInt(out: Buffer, at: number, value: number): number {
  return putUnsigned(out, at, ((value << 1) ^ (value >> 31)) >>> 0);
}

/** Zigzag of any whole number that a double holds. */
function putVarLong(out: Buffer, at: number, value: number): number {
  return putUnsigned(out, at, value < 0 ? -2 * value - 1 : 2 * value);
}

function putUnsigned(out: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest > 0x7f) {
    out[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[at++] = rest;
  return at;
}
