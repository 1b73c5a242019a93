import type { CipherCCMTypes, CipherChaCha20Poly1305Types, CipherGCMTypes } from "node:crypto";

type AeadName = CipherGCMTypes | CipherCCMTypes | CipherChaCha20Poly1305Types;
/** Of the pseudorandom function, or of HKDF. */
export type HashName = "sha256" | "sha384";

/** Block ciphers whose blocks are chained, as OpenSSL names them. */
type CbcName =
  | "aes-128-cbc"
  | "aes-256-cbc"
  | "camellia-128-cbc"
  | "camellia-256-cbc"
  | "des-ede3-cbc";

/** A cipher suite whose records can be opened, as OpenSSL names its parts. */
export interface CipherSuite {
  readonly hash: HashName;
  readonly keyBytes: number;
  readonly aead: AeadName | null;
  readonly tagBytes: number;
  /** Bytes of the nonce that each record carries (RFC 5288 3); 0 where the number of the record is in it (RFC 7905 2). */
  readonly explicitBytes: number;
  readonly cbc: CbcName | null;
  /** Bytes of a block of `cbc`. */
  readonly blockBytes: number;
  readonly mac: "sha1" | HashName | null;
}

function aead(name: AeadName, keyBytes: number, hash: HashName, tagBytes = 16): CipherSuite {
  const explicitBytes = name === "chacha20-poly1305" ? 0 : 8;
  return {
    hash,
    keyBytes,
    aead: name,
    tagBytes,
    explicitBytes,
    cbc: null,
    blockBytes: 0,
    mac: null,
  };
}

function cbc(name: CbcName, keyBytes: 16 | 24 | 32, mac: "sha1" | HashName): CipherSuite {
  const hash = mac === "sha384" ? "sha384" : "sha256";
  const blockBytes = name === "des-ede3-cbc" ? 8 : 16;
  return { hash, keyBytes, aead: null, tagBytes: 0, explicitBytes: 0, cbc: name, blockBytes, mac };
}

const AES_128_GCM = aead("aes-128-gcm", 16, "sha256");
const AES_256_GCM = aead("aes-256-gcm", 32, "sha384");
const CHACHA20 = aead("chacha20-poly1305", 32, "sha256");
const AES_128_CCM = aead("aes-128-ccm", 16, "sha256");
const AES_128_CCM_8 = aead("aes-128-ccm", 16, "sha256", 8);
const AES_256_CCM = aead("aes-256-ccm", 32, "sha256");
const AES_256_CCM_8 = aead("aes-256-ccm", 32, "sha256", 8);
const AES_128_CBC_SHA = cbc("aes-128-cbc", 16, "sha1");
const AES_256_CBC_SHA = cbc("aes-256-cbc", 32, "sha1");
const AES_128_CBC_SHA256 = cbc("aes-128-cbc", 16, "sha256");
const AES_256_CBC_SHA256 = cbc("aes-256-cbc", 32, "sha256");
const AES_256_CBC_SHA384 = cbc("aes-256-cbc", 32, "sha384");
const CAMELLIA_128_SHA = cbc("camellia-128-cbc", 16, "sha1");
const CAMELLIA_256_SHA = cbc("camellia-256-cbc", 32, "sha1");
const CAMELLIA_128_SHA256 = cbc("camellia-128-cbc", 16, "sha256");
const CAMELLIA_256_SHA256 = cbc("camellia-256-cbc", 32, "sha256");
const CAMELLIA_256_SHA384 = cbc("camellia-256-cbc", 32, "sha384");
const TRIPLE_DES_SHA = cbc("des-ede3-cbc", 24, "sha1");

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
  // RFC 5932, RFC 6367: RSA, DHE-RSA, and ECDHE-ECDSA, ECDHE-RSA
  ...[0x0041, 0x0045].map((id) => [id, CAMELLIA_128_SHA] as const),
  ...[0x0084, 0x0088].map((id) => [id, CAMELLIA_256_SHA] as const),
  ...[0x00ba, 0x00be, 0xc072, 0xc076].map((id) => [id, CAMELLIA_128_SHA256] as const),
  ...[0x00c0, 0x00c4].map((id) => [id, CAMELLIA_256_SHA256] as const),
  ...[0xc073, 0xc077].map((id) => [id, CAMELLIA_256_SHA384] as const),
  // RFC 4346 A.5, RFC 8422 6: what every TLS 1.1 has
  ...[0x000a, 0x0016, 0xc008, 0xc012].map((id) => [id, TRIPLE_DES_SHA] as const),
]);
