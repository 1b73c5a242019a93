export interface ClientFields {
  readonly ciphers: readonly number[];
  /** Types and contents; in this order. */
  readonly extensions: readonly (readonly [number, Uint8Array])[];
  readonly version?: number;
  readonly isDatagram?: boolean;
}

const u16 = (value: number) => Buffer.from([value >>> 8, value & 255]);
const u24 = (value: number) => Buffer.from([value >>> 16, (value >>> 8) & 255, value & 255]);
const list16 = (numbers: readonly number[]) => Buffer.concat(numbers.map(u16));
const withLength = (bytes: Uint8Array) => Buffer.concat([u16(bytes.length), bytes]);

/** An extension whose content is a list of numbers behind a length of one or two bytes. */
export function numberList(type: number, numbers: readonly number[], lengthBytes: 1 | 2 = 2) {
  const body = list16(numbers);
  const length = lengthBytes === 1 ? Buffer.from([body.length]) : u16(body.length);
  return [type, Buffer.concat([length, body])] as const;
}

export function serverName(name: string) {
  const entry = Buffer.concat([Buffer.from([0]), withLength(Buffer.from(name))]);
  return [0, withLength(entry)] as const;
}

export function alpn(...names: string[]) {
  const entries = names.map((name) => Buffer.from([name.length, ...Buffer.from(name)]));
  return [16, withLength(Buffer.concat(entries))] as const;
}

/** A ClientHello (RFC 8446 4.1.2) in its record. */
export function clientHello({
  ciphers,
  extensions,
  isDatagram = false,
  version = 0x0303,
}: ClientFields): Buffer {
  const cookie = isDatagram ? Buffer.from([0]) : Buffer.alloc(0);
  const body = Buffer.concat([
    ...[u16(version), Buffer.alloc(32, 7), Buffer.from([0]), cookie],
    ...[withLength(list16(ciphers)), Buffer.from([1, 0])],
    withLength(
      Buffer.concat(
        extensions.map(([type, bytes]) => Buffer.concat([u16(type), withLength(bytes)])),
      ),
    ),
  ]);
  return record(1, body, isDatagram);
}

/** A ServerHello that chooses these, without extensions. */
export function serverHello(version: number, cipher: number, isDatagram = false): Buffer {
  const body = Buffer.concat([
    u16(version),
    Buffer.alloc(32, 9),
    Buffer.from([0]),
    u16(cipher),
    Buffer.from([0]),
  ]);
  return record(2, body, isDatagram);
}

function record(type: number, body: Uint8Array, isDatagram: boolean): Buffer {
  const length = u24(body.length);
  const rest = isDatagram ? Buffer.concat([u16(0), u24(0), length]) : Buffer.alloc(0);
  const handshake = Buffer.concat([Buffer.from([type]), length, rest, body]);
  const head = isDatagram
    ? Buffer.from([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])
    : Buffer.from([22, 3, 1]);
  return Buffer.concat([head, withLength(handshake)]);
}
