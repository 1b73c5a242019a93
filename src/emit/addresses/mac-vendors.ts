import { PHONE_MAKERS } from "./phone-makers.ts";

const VENDORS_MAX = 200_000;
const NAME_MAX = 64;
/** `80-5E-C0   (hex)		YEALINK(XIAMEN)...` of oui.txt, `MA-L,805EC0,Yealink,...` of oui.csv, `80:5E:C0	Yealink` of Wireshark's manuf. */
const TXT = /^([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})\s+\(hex\)\s+(.+)$/i;
const CSV = /^MA-L,([0-9A-F]{6}),(?:"((?:[^"]|"")*)"|([^,]*))/i;
const MANUF = /^([0-9A-F]{2})[:-]([0-9A-F]{2})[:-]([0-9A-F]{2})\s+(\S[^\t]*)(?:\t(.+))?$/i;

/** Who made a network card, by the first three bytes of its address. */
export class MacVendors {
  readonly #names = new Map<string, string>();

  /** Makers of telephones, from the list that is shipped. */
  constructor() {
    for (const [name, prefixes] of Object.entries(PHONE_MAKERS))
      for (const prefix of prefixes.split(" ")) this.#names.set(prefix, name);
  }

  /** Adds the lines of IEEE's oui.csv or oui.txt, or of Wireshark's manuf; gives how many were entries. */
  add(text: string): number {
    let entries = 0;
    for (const line of text.split(/\r?\n/)) {
      if (this.#names.size >= VENDORS_MAX) break;
      const [prefix, name] = entryOf(line);
      if (prefix === "" || name === "") continue;
      this.#names.set(prefix, name.slice(0, NAME_MAX));
      entries++;
    }
    return entries;
  }

  /** `mac` as `80:5e:c0:12:34:56`; "" when unknown, or when the address was made up by the device itself (locally administered). */
  of(mac: string): string {
    return this.#names.get(mac.slice(0, 8).replaceAll(":", "")) ?? "";
  }
}

function entryOf(line: string): readonly [prefix: string, name: string] {
  const csv = CSV.exec(line);
  if (csv !== null)
    return [(csv[1] ?? "").toLowerCase(), (csv[2] ?? csv[3] ?? "").replaceAll('""', '"').trim()];
  const found = TXT.exec(line) ?? MANUF.exec(line);
  if (found === null) return ["", ""];
  const [, a = "", b = "", c = "", short = "", long = short] = found;
  return [`${a}${b}${c}`.toLowerCase(), long.trim()];
}
