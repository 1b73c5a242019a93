import { createHash } from "node:crypto";

const RANDOM_BYTES = 32;
const VERSION_12 = 0x0303;
const Extension = { ENCRYPT_THEN_MAC: 22, SUPPORTED_VERSIONS: 43 } as const;
/** What a ServerHello has in place of a random when it asks for another ClientHello (RFC 8446 4.1.3). */
const RETRY_RANDOM = createHash("sha256").update("HelloRetryRequest").digest();

/** What a server has chosen (RFC 5246 7.4.1.3, RFC 8446 4.1.3). */
export interface ServerChoice {
  readonly random: Buffer;
  /** 0x0303 is TLS 1.2, 0x0304 1.3. */
  readonly version: number;
  readonly suite: number;
  /** It packs records, which TLS 1.2 allows. */
  readonly isCompressed: boolean;
  /** RFC 7366. */
  readonly isMacOutside: boolean;
  /** It asks for another ClientHello, and has chosen nothing yet. */
  readonly isRetry: boolean;
}

/** The random of a ClientHello's body; null when it is too short. */
export function clientRandomOf(body: Buffer): Buffer | null {
  if (body.length < 2 + RANDOM_BYTES) return null;
  return Buffer.from(body.subarray(2, 2 + RANDOM_BYTES));
}

/** Reads a ServerHello's body; null when it is cut short. */
export function serverChoiceOf(body: Buffer): ServerChoice | null {
  const idAt = 2 + RANDOM_BYTES;
  const suiteAt = idAt + 1 + (body[idAt] ?? 0);
  const extensionsAt = suiteAt + 3;
  if (body.length < extensionsAt) return null;
  const random = Buffer.from(body.subarray(2, idAt));
  const extensions = extensionsOf(body, extensionsAt);
  const version = extensions.get(Extension.SUPPORTED_VERSIONS);
  return {
    random,
    version: version?.length === 2 ? version.readUInt16BE() : body.readUInt16BE(),
    suite: body.readUInt16BE(suiteAt),
    isCompressed: body[suiteAt + 2] !== 0,
    isMacOutside: extensions.has(Extension.ENCRYPT_THEN_MAC),
    isRetry: body.readUInt16BE() === VERSION_12 && random.equals(RETRY_RANDOM),
  };
}

function extensionsOf(body: Buffer, start: number): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  if (start + 2 > body.length) return found;
  const end = Math.min(body.length, start + 2 + body.readUInt16BE(start));
  for (let at = start + 2; at + 4 <= end; ) {
    const next = at + 4 + body.readUInt16BE(at + 2);
    if (next > end) break;
    found.set(body.readUInt16BE(at), body.subarray(at + 4, next));
    at = next;
  }
  return found;
}
