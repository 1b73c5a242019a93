const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/** Bytes of a size as Suricata writes it: 4096, 16mb, 100 MiB; NaN for anything else, and for none. */
export function parseSize(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,12})\s*(?:([kmg])i?b|b)?$/i.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
  return bytes >= 1 ? bytes : Number.NaN;
}

/** Suricata's number of buckets, 2^32 at most. Lists here grow with what is in them, so it is only held against its form. */
export function isHashSize(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= 2 ** 32;
}
