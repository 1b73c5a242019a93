import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";
import { parseNetwork } from "../rules/address-set.ts";
import { type AddressEntry, AddressValues } from "../rules/address-values.ts";
import { RuleError } from "../rules/load-message.ts";

export const DATASET_TYPES = ["string", "md5", "sha256", "ip", "ipv4", "text", "prefix"] as const;
export type DatasetType = (typeof DATASET_TYPES)[number];

/** Lines of a list file at most; each is kept in memory. */
const ENTRIES_MAX = 2_000_000;

/** A list that rules look values up in: a file of the site, read when rules are loaded. */
export interface Dataset {
  readonly size: number;
  /** `isDigest`: of a list of digests, the value is one already (`to_md5`). */
  has(bytes: Buffer, start: number, end: number, isDigest?: boolean): boolean;
}

export function isAddressType(type: DatasetType): boolean {
  return type === "ip" || type === "ipv4";
}

export const NO_DATASET: Dataset = { size: 0, has: () => false };

/** A line that is no entry; it is left out. */
export interface DatasetProblem {
  readonly line: number;
  readonly text: string;
}

/**
 * Reads a list, an entry a line; `#` begins a comment line. `string` is base64, `md5` and `sha256` are hexadecimal
 * digests of the value, `ip` addresses and networks (all as Suricata); `text` is the value itself, `prefix` what it
 * begins with.
 */
export function parseDataset(
  type: DatasetType,
  content: Buffer,
): { readonly dataset: Dataset; readonly problems: readonly DatasetProblem[] } {
  const entries: string[] = [];
  const addresses: AddressEntry[] = [];
  const problems = eachEntry(content, (text) =>
    isAddressType(type) ? addAddress(text, addresses) : addText(type, text, entries),
  );
  const dataset = isAddressType(type) ? new AddressDataset(addresses) : textDataset(type, entries);
  return { dataset, problems };
}

/** Reads the values of a list that rules write into, as `SiteList` keeps them: of addresses no networks. */
export function parseValues(
  type: DatasetType,
  content: Buffer,
): { readonly values: readonly string[]; readonly problems: readonly DatasetProblem[] } {
  const values: string[] = [];
  const problems = eachEntry(content, (text) =>
    isAddressType(type) ? addHost(text, values) : addText(type, text, values),
  );
  return { values, problems };
}

/** `add` gives what is wrong with the entry, or "". */
function eachEntry(content: Buffer, add: (text: string) => string): DatasetProblem[] {
  const problems: DatasetProblem[] = [];
  let entries = 0;
  for (const [index, raw] of content.toString("latin1").split("\n").entries()) {
    const text = raw.replace(/\r$/, "").trim();
    if (text === "" || text.startsWith("#")) continue;
    if (entries >= ENTRIES_MAX) {
      const problem = `more than ${ENTRIES_MAX} entries; the rest is left out`;
      problems.push({ line: index + 1, text: problem });
      break;
    }
    const problem = add(text);
    if (problem === "") entries++;
    else problems.push({ line: index + 1, text: problem });
  }
  return problems;
}

function addHost(text: string, into: string[]): string {
  const [address = ""] = text.split(",");
  if (!ipaddr.isValid(address))
    return `"${text}" is no address; a list that rules write has no networks`;
  into.push(Buffer.from(ipaddr.process(address).toByteArray()).toString("latin1"));
  return "";
}

function addAddress(text: string, into: AddressEntry[]): string {
  try {
    into.push({ ...parseNetwork({ text, at: 0 }), value: 1 });
    return "";
  } catch (error) {
    if (error instanceof RuleError) return error.message;
    throw error;
  }
}

const DIGEST_DIGITS: Readonly<Record<string, number>> = { md5: 32, sha256: 64 };

/** Suricata's files may have a reputation behind a comma; it is not asked for here. */
function addText(type: DatasetType, text: string, into: string[]): string {
  if (type === "text" || type === "prefix") {
    into.push(text);
    return "";
  }
  const [value = ""] = text.split(",");
  if (type === "string") {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value))
      return `"${text}" is not base64; of plain lines the type is text`;
    into.push(Buffer.from(value, "base64").toString("latin1"));
    return "";
  }
  const digits = DIGEST_DIGITS[type] ?? 0;
  if (!/^[0-9a-fA-F]+$/.test(value) || value.length !== digits)
    return `"${text}" is no ${type} digest of ${digits} hexadecimal digits`;
  into.push(value.toLowerCase());
  return "";
}

class AddressDataset implements Dataset {
  readonly size: number;
  readonly #values: AddressValues;

  constructor(entries: readonly AddressEntry[]) {
    this.size = entries.length;
    this.#values = new AddressValues(entries);
  }

  has(bytes: Buffer, start: number, end: number): boolean {
    if (end - start === 4) return this.#values.ofV4(bytes.readUInt32BE(start)) >= 0;
    return end - start === 16 && this.#values.ofV6(bytes, start) >= 0;
  }
}

function textDataset(type: DatasetType, entries: readonly string[]): Dataset {
  const values = new Set(entries);
  if (type === "prefix") return new PrefixDataset(values);
  const isDigest = type === "md5" || type === "sha256";
  return {
    size: values.size,
    has: (bytes, start, end, isValueDigest = false) => {
      if (!isDigest) return values.has(bytes.toString("latin1", start, end));
      const value = bytes.subarray(start, end);
      const digest = isValueDigest ? value : createHash(type).update(value).digest();
      return values.has(digest.toString("hex"));
    },
  };
}

/** As many lookups as there are lengths among the entries. */
class PrefixDataset implements Dataset {
  readonly size: number;
  readonly #values: ReadonlySet<string>;
  readonly #lengths: readonly number[];

  constructor(values: ReadonlySet<string>) {
    this.size = values.size;
    this.#values = values;
    this.#lengths = [...new Set([...values].map(({ length }) => length))].sort((a, b) => a - b);
  }

  has(bytes: Buffer, start: number, end: number): boolean {
    for (const length of this.#lengths) {
      if (start + length > end) return false;
      if (this.#values.has(bytes.toString("latin1", start, start + length))) return true;
    }
    return false;
  }
}
