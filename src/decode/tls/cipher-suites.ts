import type { CipherCCMTypes, CipherChaCha20Poly1305Types, CipherGCMTypes } from "node:crypto";

export type AeadName = CipherGCMTypes | CipherCCMTypes | CipherChaCha20Poly1305Types;
/** Of the pseudorandom function, or of HKDF. */
export type HashName = "sha256" | "sha384";

/** A cipher suite whose records can be opened, as OpenSSL names its parts. */
export interface CipherSuite {
  readonly hash: HashName;
  readonly keyBytes: number;
  readonly aead: AeadName | null;
  readonly tagBytes: number;
  /** Bytes of the nonce that each record carries (RFC 5288 3); 0 where the number of the record is in it (RFC 7905 2). */
  readonly explicitBytes: number;
  readonly cbc: "aes-128-cbc" | "aes-256-cbc" | null;
  readonly mac: "sha1" | HashName | null;
}

function aead(name: AeadName, keyBytes: number, hash: HashName, tagBytes = 16): CipherSuite {
  const explicitBytes = name === "chacha20-poly1305" ? 0 : 8;
  return { hash, keyBytes, aead: name, tagBytes, explicitBytes, cbc: null, mac: null };
}

function cbc(keyBytes: 16 | 32, mac: "sha1" | HashName): CipherSuite {
  const hash = mac === "sha384" ? "sha384" : "sha256";
  const name = keyBytes === 16 ? "aes-128-cbc" : "aes-256-cbc";
  return { hash, keyBytes, aead: null, tagBytes: 0, explicitBytes: 16, cbc: name, mac };
}

const AES_128_GCM = aead("aes-128-gcm", 16, "sha256");
const AES_256_GCM = aead("aes-256-gcm", 32, "sha384");
const CHACHA20 = aead("chacha20-poly1305", 32, "sha256");
const AES_128_CCM = aead("aes-128-ccm", 16, "sha256");
const AES_128_CCM_8 = aead("aes-128-ccm", 16, "sha256", 8);
const AES_256_CCM = aead("aes-256-ccm", 32, "sha256");
const AES_256_CCM_8 = aead("aes-256-ccm", 32, "sha256", 8);
const AES_128_CBC_SHA = cbc(16, "sha1");
const AES_256_CBC_SHA = cbc(32, "sha1");
const AES_128_CBC_SHA256 = cbc(16, "sha256");
const AES_256_CBC_SHA256 = cbc(32, "sha256");
const AES_256_CBC_SHA384 = cbc(32, "sha384");

/** By IANA's numbers; how the key was agreed on does not matter to who has it. */
export const CIPHER_SUITES: ReadonlyMap<number, CipherSuite> = new Map([
  // RFC 8446 B.4
  [0x1301, AES_128_GCM],
  [0x1302, AES_256_GCM],
  [0x1303, CHACHA20],
  [0x1304, AES_128_CCM],
  [0x1305, AES_128_CCM_8],
  // RFC 5288, RFC 5289: RSA, DHE-RSA, ECDHE-ECDSA, ECDHE-RSA
  ...[0x009c, 0x009e, 0xc02b, 0xc02f].map((id) => [id, AES_128_GCM] as const),
  ...[0x009d, 0x009f, 0xc02c, 0xc030].map((id) => [id, AES_256_GCM] as const),
  // RFC 7905: ECDHE-RSA, ECDHE-ECDSA, DHE-RSA
  ...[0xcca8, 0xcca9, 0xccaa].map((id) => [id, CHACHA20] as const),
  // RFC 6655, RFC 7251: RSA, DHE-RSA, ECDHE-ECDSA
  ...[0xc09c, 0xc09e, 0xc0ac].map((id) => [id, AES_128_CCM] as const),
  ...[0xc0a0, 0xc0a2, 0xc0ae].map((id) => [id, AES_128_CCM_8] as const),
  ...[0xc09d, 0xc09f, 0xc0ad].map((id) => [id, AES_256_CCM] as const),
  ...[0xc0a1, 0xc0a3, 0xc0af].map((id) => [id, AES_256_CCM_8] as const),
  // RFC 5246 A.5, RFC 8422 6, RFC 5289 3.1
  ...[0x002f, 0x0033, 0xc009, 0xc013].map((id) => [id, AES_128_CBC_SHA] as const),
  ...[0x0035, 0x0039, 0xc00a, 0xc014].map((id) => [id, AES_256_CBC_SHA] as const),
  ...[0x003c, 0x0067, 0xc023, 0xc027].map((id) => [id, AES_128_CBC_SHA256] as const),
  ...[0x003d, 0x006b].map((id) => [id, AES_256_CBC_SHA256] as const),
  ...[0xc024, 0xc028].map((id) => [id, AES_256_CBC_SHA384] as const),
]);
