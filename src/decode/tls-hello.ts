import { createHash } from "node:crypto";

/** A ClientHello or ServerHello (RFC 8446 4.1, RFC 5246 7.4.1, RFC 9147 5), as far as its first packet shows it. */
export interface TlsHello {
  readonly isClient: boolean;
  readonly isDatagram: boolean;
  /** Highest version that is offered, or the one that is chosen: 0x0304 is TLS 1.3, 0xfefd DTLS 1.2. */
  readonly version: number;
  /** Cipher suites: offered ones in their order, or the chosen one. */
  readonly ciphers: readonly number[];
  /** Name of the server; "" where it is left out. With `hasEch` it is the outer one (Encrypted Client Hello). */
  readonly serverName: string;
  readonly hasEch: boolean;
  /** JA4 (FoxIO) of a ClientHello; "" of a ServerHello and where the packet ends before the hello does. */
  readonly ja4: string;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const RANDOM_BYTES = 32;
const Extension = {
  SERVER_NAME: 0,
  SIGNATURE_ALGORITHMS: 13,
  ALPN: 16,
  SUPPORTED_VERSIONS: 43,
  ECH: 0xfe0d,
} as const;
const COUNT_MAX = 99;
const NAME_MAX = 255;

/** What JA4 calls versions; DTLS counts downwards. */
const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0304, "13"],
  [0x0303, "12"],
  [0x0302, "11"],
  [0x0301, "10"],
  [0x0300, "s3"],
  [0xfeff, "d1"],
  [0xfefd, "d2"],
  [0xfefc, "d3"],
]);

/** Null when bytes[start, end) do not begin with a record that holds a hello. Linear; never throws. Allocates. */
export function readTlsHello(bytes: Buffer, start: number, end: number): TlsHello | null {
  if (end - start < 6 || bytes[start] !== HANDSHAKE) return null;
  const isDatagram = bytes[start + 1] === 0xfe;
  if (!isDatagram && bytes[start + 1] !== 3) return null;
  const type = bytes[start + (isDatagram ? 13 : 5)];
  if (type !== CLIENT_HELLO && type !== SERVER_HELLO) return null;
  // RFC 9147 5.2: of a hello in fragments only the first can be read.
  const isLater = isDatagram && (end - start < 25 || bytes.readUIntBE(start + 19, 3) !== 0);
  if (isLater) return null;
  const body = start + (isDatagram ? 25 : 9);
  if (body > end) return null;
  const stop = body + bytes.readUIntBE(start + (isDatagram ? 14 : 6), 3);
  const reader = new HelloReader(bytes, body, Math.min(stop, end), stop <= end);
  return reader.read(type === CLIENT_HELLO, isDatagram);
}

/** RFC 8701: values that are there so that nobody chokes on unknown ones. */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

class HelloReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  /** False once something lies beyond the packet. */
  #isWhole: boolean;
  readonly #extensions: number[] = [];
  #signatures: number[] = [];
  #alpn = "00";
  #serverName = "";
  #hasEch = false;
  #version = 0;

  constructor(bytes: Buffer, start: number, end: number, isWhole: boolean) {
    this.#isWhole = isWhole;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  read(isClient: boolean, isDatagram: boolean): TlsHello | null {
    this.#version = this.#u16();
    this.#skip(RANDOM_BYTES);
    this.#skip(this.#u8());
    if (isClient && isDatagram) this.#skip(this.#u8());
    const ciphers = isClient ? this.#numbers(this.#u16()) : [this.#u16()];
    if (this.#at > this.#end) return null;
    this.#skip(isClient ? this.#u8() : 1);
    // A hello without extensions ends here (RFC 5246 7.4.1.2).
    if (this.#at < this.#end) this.#readExtensions(isClient);
    const ja4 = isClient && this.#isWhole ? this.#ja4(ciphers, isDatagram) : "";
    const { hasEch, serverName, version } = {
      hasEch: this.#hasEch,
      serverName: this.#serverName,
      version: this.#version,
    };
    return { isClient, isDatagram, version, ciphers, serverName, hasEch, ja4 };
  }

  #readExtensions(isClient: boolean): void {
    const stop = this.#u16() + this.#at;
    if (stop > this.#end) this.#isWhole = false;
    const end = Math.min(stop, this.#end);
    while (this.#at + 4 <= end) {
      const type = this.#u16();
      const length = this.#u16();
      const next = this.#at + length;
      if (!isGrease(type)) this.#extensions.push(type);
      if (next <= end) this.#extension(type, length, isClient);
      this.#at = next;
    }
  }

  #extension(type: number, length: number, isClient: boolean): void {
    switch (type) {
      case Extension.SERVER_NAME:
        this.#skip(3);
        this.#serverName = this.#text(this.#u16());
        return;
      case Extension.SIGNATURE_ALGORITHMS:
        this.#signatures = this.#numbers(this.#u16());
        return;
      case Extension.ALPN:
        this.#skip(2);
        this.#alpn = endsOf(this.#text(this.#u8()));
        return;
      case Extension.SUPPORTED_VERSIONS: {
        const versions = isClient ? this.#numbers(this.#u8()) : this.#numbers(length);
        const known = versions.filter((version) => VERSION_NAMES.has(version));
        if (known.length > 0) this.#version = newest(known);
        return;
      }
      case Extension.ECH:
        this.#hasEch = true;
    }
  }

  #ja4(ciphers: readonly number[], isDatagram: boolean): string {
    const version = VERSION_NAMES.get(this.#version) ?? "00";
    const named = this.#extensions.includes(Extension.SERVER_NAME) ? "d" : "i";
    const counts = two(ciphers.length) + two(this.#extensions.length);
    const head = `${isDatagram ? "d" : "t"}${version}${named}${counts}${this.#alpn}`;
    const others = this.#extensions.filter(
      (type) => type !== Extension.SERVER_NAME && type !== Extension.ALPN,
    );
    const signatures = this.#signatures.length > 0 ? `_${hexOf(this.#signatures)}` : "";
    const rest = others.length + this.#signatures.length > 0 ? sorted(others) + signatures : "";
    return `${head}_${digest(sorted(ciphers))}_${digest(rest)}`;
  }

  #u8(): number {
    if (this.#at >= this.#end) {
      this.#isWhole = false;
      return 0;
    }
    return this.#bytes[this.#at++] as number;
  }

  #u16(): number {
    return this.#u8() * 256 + this.#u8();
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#end) this.#isWhole = false;
  }

  /** Numbers of two bytes without GREASE, of so many bytes. */
  #numbers(length: number): number[] {
    const numbers: number[] = [];
    const stop = Math.min(this.#at + length, this.#end);
    if (this.#at + length > this.#end) this.#isWhole = false;
    while (this.#at + 2 <= stop) {
      const number = this.#u16();
      if (!isGrease(number)) numbers.push(number);
    }
    return numbers;
  }

  #text(length: number): string {
    const stop = Math.min(this.#at + length, this.#end);
    return this.#bytes.toString("latin1", this.#at, Math.min(stop, this.#at + NAME_MAX));
  }
}

/** RFC 9147 5.3: DTLS versions count downwards, and all are above those of TLS as numbers. */
function newest(versions: readonly number[]): number {
  const isDatagram = versions.some((version) => version >= 0xfe00);
  return isDatagram ? Math.min(...versions) : Math.max(...versions);
}

/** First and last sign of a protocol's name; of a name with other signs those of its hex. */
function endsOf(name: string): string {
  if (name === "") return "00";
  const hex = Buffer.from(name, "latin1").toString("hex");
  const text = /^[A-Za-z0-9]$/.test(name[0] ?? "") && /[A-Za-z0-9]$/.test(name) ? name : hex;
  return `${text[0]}${text.at(-1)}`;
}

function two(count: number): string {
  return String(Math.min(COUNT_MAX, count)).padStart(2, "0");
}

function hexOf(numbers: readonly number[]): string {
  return numbers.map((number) => number.toString(16).padStart(4, "0")).join(",");
}

function sorted(numbers: readonly number[]): string {
  return hexOf([...numbers].sort((a, b) => a - b));
}

function digest(text: string): string {
  if (text === "") return "0".repeat(12);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
