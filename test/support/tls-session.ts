import { createCipheriv } from "node:crypto";
import { expandLabel, keyBlockOf } from "../../src/decode/tls/key-schedule.ts";
import type { Session } from "./rewrap.ts";

const RecordType = { CHANGE_CIPHER_SPEC: 20, HANDSHAKE: 22, DATA: 23 } as const;
const CLIENT_RANDOM = Buffer.alloc(32, 0xc1);
const SERVER_RANDOM = Buffer.alloc(32, 0x5e);
const MASTER = Buffer.alloc(48, 0x77);
const CLIENT_SECRET = Buffer.alloc(32, 0x11);
const SERVER_SECRET = Buffer.alloc(32, 0x22);
const EARLY_SECRET = Buffer.alloc(32, 0x33);
const RECORD_BYTES_MAX = 16_384;

export type TlsVersion = "1.2" | "1.3";

/** Lines of a key log that open the connections of `tlsSession`. */
export const SESSION_KEYS = [
  ["CLIENT_RANDOM", MASTER],
  ["CLIENT_TRAFFIC_SECRET_0", CLIENT_SECRET],
  ["SERVER_TRAFFIC_SECRET_0", SERVER_SECRET],
]
  .map(([label, secret]) => `${label} ${hex(CLIENT_RANDOM)} ${hex(secret as Buffer)}\n`)
  .join("");

/** The line of early data, which only some connections have. */
export const EARLY_KEY = `CLIENT_EARLY_TRAFFIC_SECRET ${hex(CLIENT_RANDOM)} ${hex(EARLY_SECRET)}\n`;

function hex(bytes: Buffer): string {
  return bytes.toString("hex");
}

export function tlsRecord(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 0xff]), body]);
}

function handshake(type: number, body: Buffer): Buffer {
  const header = Buffer.from([type, 0, body.length >> 8, body.length & 0xff]);
  return tlsRecord(RecordType.HANDSHAKE, Buffer.concat([header, body]));
}

/** A ClientHello with one suite for each version, and nothing else. */
export function clientHello(random = CLIENT_RANDOM): Buffer {
  const extensions = Buffer.from([0, 43, 0, 5, 4, 3, 4, 3, 3]);
  const rest = [0, 0, 4, 0x13, 0x01, 0xc0, 0x2f, 1, 0, 0, extensions.length];
  return handshake(1, Buffer.concat([Buffer.from([3, 3]), random, Buffer.from(rest), extensions]));
}

export function serverHello(version: TlsVersion): Buffer {
  const is13 = version === "1.3";
  const extensions = is13 ? Buffer.from([0, 43, 0, 2, 3, 4]) : Buffer.alloc(0);
  const rest = [0, ...(is13 ? [0x13, 0x01] : [0xc0, 0x2f]), 0, 0, extensions.length];
  return handshake(
    2,
    Buffer.concat([Buffer.from([3, 3]), SERVER_RANDOM, Buffer.from(rest), extensions]),
  );
}

/** Seals records of one direction (AES-128-GCM). */
export class Sealer {
  #seq = 0;
  readonly #is13: boolean;
  readonly #key: Buffer;
  readonly #iv: Buffer;

  /** `early`: what TLS 1.3 may send before the server's hello. */
  constructor(version: TlsVersion, isClient: boolean, early?: "early") {
    this.#is13 = version === "1.3";
    if (this.#is13) {
      const own = isClient ? CLIENT_SECRET : SERVER_SECRET;
      const secret = early === undefined ? own : EARLY_SECRET;
      this.#key = expandLabel("sha256", secret, "key", 16);
      this.#iv = expandLabel("sha256", secret, "iv", 12);
      return;
    }
    const randoms = { client: CLIENT_RANDOM, server: SERVER_RANDOM };
    const block = keyBlockOf("sha256", MASTER, randoms, 40);
    this.#key = block.subarray(isClient ? 0 : 16, isClient ? 16 : 32);
    this.#iv = block.subarray(isClient ? 32 : 36, isClient ? 36 : 40);
  }

  seal(content: Uint8Array, type: number = RecordType.DATA): Buffer {
    const seq = Buffer.alloc(8);
    seq.writeUInt32BE(this.#seq++, 4);
    const plain = this.#is13 ? Buffer.concat([content, Buffer.from([type])]) : content;
    const nonce = Buffer.from(this.#is13 ? this.#iv : Buffer.concat([this.#iv, seq]));
    if (this.#is13) for (let i = 0; i < 8; i++) nonce[4 + i] = (nonce[4 + i] ?? 0) ^ (seq[i] ?? 0);
    const length = plain.length + (this.#is13 ? 16 : 0);
    const header = Buffer.from([this.#is13 ? 23 : type, 3, 3, length >> 8, length & 0xff]);
    const cipher = createCipheriv("aes-128-gcm", this.#key, nonce);
    cipher.setAAD(this.#is13 ? header : Buffer.concat([seq, header]));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return tlsRecord(header[0] as number, this.#is13 ? sealed : Buffer.concat([seq, sealed]));
  }
}

/** Messages over TLS, in records of so many bytes; in 1.2 as a session that is taken up again. */
export function tlsSession(version: TlsVersion, recordBytes = RECORD_BYTES_MAX): Session {
  const sealers = new Map<string, Sealer>();
  const change = tlsRecord(RecordType.CHANGE_CIPHER_SPEC, Buffer.from([1]));
  return {
    question: clientHello(),
    answer: serverHello(version),
    encode(payload, isClient, ends) {
      let sealer = sealers.get(ends);
      const out: Buffer[] = sealer === undefined ? [change] : [];
      if (sealer === undefined) {
        sealer = new Sealer(version, isClient);
        sealers.set(ends, sealer);
      }
      for (let at = 0; at < payload.length; at += recordBytes) {
        out.push(sealer.seal(payload.subarray(at, at + recordBytes)));
      }
      return Buffer.concat(out);
    },
  };
}
