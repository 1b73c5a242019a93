import { FAMILY_BYTES } from "./hep-families.ts";

/** Where agents send to by default; HEP has no port of its own with IANA. */
export const HEP_PORT = 9060;

/** "HEP3", or a header of version 1 or 2: its length and address family have few values. */
export function isHep(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 16) return false;
  const first = bytes[start] as number;
  if (first === 0x48) return bytes.readUInt32BE(start) === 0x48455033;
  if (first !== 1 && first !== 2) return false;
  const headerBytes = FAMILY_BYTES.get(bytes[start + 2] as number) ?? 0;
  const length = bytes[start + 1] as number;
  return headerBytes > 0 && (length === headerBytes || length === headerBytes + 12);
}
