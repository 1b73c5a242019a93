/** What makes a destination a high-cost one; `none` takes out what a shorter prefix says. */
const PREFIX_CLASSES = [
  "none",
  "satellite",
  "international_premium",
  "premium",
  "revenue_share",
  "high_cost",
] as const;
type PrefixClass = (typeof PREFIX_CLASSES)[number];

export interface PrefixEntry {
  /** First digits of the E.164 number, without "+". */
  readonly prefix: string;
  readonly class: PrefixClass;
  /** Digits of the shortest whole number, country code included. */
  readonly digits: number;
  readonly name: string;
}

/** E.164 6.1: fifteen digits. */
export const E164_DIGITS_MAX = 15;
const ENTRIES_MAX = 200_000;

/** A fault in a list, with its place. */
export class PrefixListError extends Error {}

/**
 * Prefixes from CSV: `prefix,class,digits,name`, a header line, `#` comments. The longest prefix of a number counts, and of two
 * lists the later one.
 */
export class PrefixList {
  readonly #entries = new Map<string, PrefixEntry>();
  #longest = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Adds the lines of a file; throws `PrefixListError` that names file and line. */
  add(text: string, file: string): this {
    let number = 0;
    for (const line of text.split(/\r?\n/)) {
      number++;
      const written = line.trim();
      if (written === "" || written.startsWith("#") || /^prefix\b/i.test(written)) continue;
      const entry = entryOf(written);
      if (typeof entry === "string") throw new PrefixListError(`${file}:${number}: ${entry}`);
      if (this.#entries.size >= ENTRIES_MAX) {
        throw new PrefixListError(`${file}:${number}: more than ${ENTRIES_MAX} prefixes.`);
      }
      this.#entries.set(entry.prefix, entry);
      this.#longest = Math.max(this.#longest, entry.prefix.length);
    }
    return this;
  }

  /** The entry of an E.164 number (digits only); null when there is none, or one of class `none`. */
  find(e164: string): PrefixEntry | null {
    for (let length = Math.min(this.#longest, e164.length); length > 0; length--) {
      const entry = this.#entries.get(e164.slice(0, length));
      if (entry !== undefined) return entry.class === "none" ? null : entry;
    }
    return null;
  }
}

/** An entry, or what is wrong with the line. */
function entryOf(line: string): PrefixEntry | string {
  const [prefix = "", kind = "", digits = "", ...name] = line.split(",").map((part) => part.trim());
  const bare = prefix.replace(/^\+/, "");
  if (!/^\d{1,15}$/.test(bare)) return `"${prefix.slice(0, 40)}" is no prefix: 1 to 15 digits.`;
  const prefixClass = PREFIX_CLASSES.find((one) => one === kind);
  if (prefixClass === undefined) {
    return `"${kind.slice(0, 40)}" is no class: one of ${PREFIX_CLASSES.join(", ")}.`;
  }
  const least = digits === "" ? bare.length : Number(digits);
  if (!Number.isInteger(least) || least < 1 || least > E164_DIGITS_MAX) {
    return `"${digits.slice(0, 40)}" is no count of digits: 1 to ${E164_DIGITS_MAX}, or nothing.`;
  }
  return { prefix: bare, class: prefixClass, digits: least, name: name.join(", ") };
}
