import { createHmac } from "node:crypto";
import type { HashName } from "./cipher-suites.ts";

const KEY_LABEL = "key expansion";

/** The key block of TLS 1.2 from its master secret (RFC 5246 5, 6.3). */
export function keyBlockOf(
  hash: HashName,
  secret: Buffer,
  randoms: { readonly client: Buffer; readonly server: Buffer },
  bytes: number,
): Buffer {
  const seed = Buffer.concat([Buffer.from(KEY_LABEL), randoms.server, randoms.client]);
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
