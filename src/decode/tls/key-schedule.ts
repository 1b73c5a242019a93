import { createHmac } from "node:crypto";
import type { HashName } from "./cipher-suites.ts";

const KEY_LABEL = "key expansion";

interface Randoms {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** The key block of TLS 1.2 from its master secret (RFC 5246 5, 6.3). */
export function keyBlockOf(
  hash: HashName,
  secret: Buffer,
  randoms: Randoms,
  bytes: number,
): Buffer {
  return expanded(hash, secret, seedOf(randoms), bytes);
}

/** The key block of TLS 1.0 and 1.1: MD5 with one half of the secret, SHA-1 with the other (RFC 2246 5, RFC 4346 5). */
export function oldKeyBlockOf(secret: Buffer, randoms: Randoms, bytes: number): Buffer {
  const seed = seedOf(randoms);
  const half = Math.ceil(secret.length / 2);
  const block = expanded("md5", secret.subarray(0, half), seed, bytes);
  const other = expanded("sha1", secret.subarray(secret.length - half), seed, bytes);
  for (let i = 0; i < bytes; i++) block[i] = (block[i] as number) ^ (other[i] as number);
  return block;
}

function seedOf({ client, server }: Randoms): Buffer {
  return Buffer.concat([Buffer.from(KEY_LABEL), server, client]);
}

/** P_hash (RFC 5246 5). */
function expanded(
  hash: HashName | "md5" | "sha1",
  secret: Buffer,
  seed: Buffer,
  bytes: number,
): Buffer {
  const parts: Buffer[] = [];
  let chain: Buffer = seed;
  for (let length = 0; length < bytes; ) {
    chain = createHmac(hash, secret).update(chain).digest();
    const part = createHmac(hash, secret).update(chain).update(seed).digest();
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts, bytes);
}

/** HKDF-Expand-Label without context (RFC 8446 7.1), of at most as many bytes as the hash has. */
export function expandLabel(hash: HashName, secret: Buffer, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([
    Buffer.from([bytes >> 8, bytes & 0xff, name.length]),
    name,
    // An empty context, and the number of the only block (RFC 5869 2.3).
    Buffer.from([0, 1]),
  ]);
  return createHmac(hash, secret).update(info).digest().subarray(0, bytes);
}
