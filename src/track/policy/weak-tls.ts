import type { TlsHello } from "../../decode/tls-hello.ts";

const TLS_1_2 = 0x0303;
const DTLS_1_2 = 0xfefd;

/** Cipher suites without encryption, for export, of RC4, DES, 3DES, or without any certificate (IANA TLS Cipher Suites; RFC 7465, RFC 9325 4). */
const WEAK = new Map<number, string>();
for (const [name, numbers] of [
  [
    "no encryption",
    "0000 0001 0002 002c 002d 002e 003b 00b0 00b1 00b4 00b5 00b8 00b9 c001 c006 c00b c010 c039 c03a c03b",
  ],
  [
    "export keys",
    "0003 0006 0008 000b 000e 0011 0014 0017 0019 0026 0027 0028 0029 002a 002b 0062 0063 0064 0065",
  ],
  ["RC4", "0004 0005 0020 0024 0066 008a 008e 0092 c002 c007 c00c c011 c016 c033"],
  ["DES", "0009 000c 000f 0012 0015 001e 0022"],
  [
    "3DES",
    "000a 000d 0010 0013 0016 001f 0023 008b 008f 0093 c003 c008 c00d c012 c01a c01b c01c c034",
  ],
  [
    "no certificate",
    "0018 001a 001b 0034 003a 0046 006c 006d 0089 009b 00a6 00a7 c015 c017 c018 c019",
  ],
] as const) {
  for (const number of numbers.split(" ")) WEAK.set(Number.parseInt(number, 16), name);
}

/** What is weak in what a server has chosen; "" when nothing is. */
export function weaknessOf({ ciphers, isClient, isDatagram, version }: TlsHello): string {
  if (isClient) return "";
  // DTLS counts downwards.
  const isOld = isDatagram ? version > DTLS_1_2 : version < TLS_1_2;
  const cipher = WEAK.get(ciphers[0] ?? -1);
  const parts = [isOld ? `version 0x${version.toString(16)}` : "", cipher ?? ""];
  return parts.filter((part) => part !== "").join(", ");
}
