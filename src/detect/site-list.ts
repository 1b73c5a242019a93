import { createHash } from "node:crypto";
import { type Dataset, type DatasetType, isAddressType } from "./site/dataset.ts";

/** What a value takes in memory beside its bytes: its place in a set, and the string's head. */
const VALUE_BYTES = 64;

export interface SiteListOptions {
  readonly name: string;
  readonly type: DatasetType;
  /** What a file gave, looked up as it is. */
  readonly fixed: Dataset;
  /** What a file gave of a list that is kept: its values, as `keyOf` makes them. */
  readonly values: readonly string[];
  /** Bytes that values may take which are not `fixed`; beyond it none is added. */
  readonly memcap: number;
  /** File that the values are written to; "" for none. */
  readonly saveTo: string;
  /** What rules have written into it goes on over a reload (Suricata's dynamic sets). */
  readonly isKept: boolean;
}

/** A list that rules look values up in and that rules may change (Suricata's datasets). */
export class SiteList implements Dataset {
  readonly options: SiteListOptions;
  /** Values that were not added because the list was full. */
  refused = 0;
  /** Grows with each change. */
  version = 0;
  #values = new Set<string>();
  /** Of `fixed`. */
  #removed = new Set<string>();
  #bytes = 0;

  constructor(options: SiteListOptions) {
    this.options = options;
    this.begin();
  }

  get size(): number {
    return this.options.fixed.size + this.#values.size - this.#removed.size;
  }

  /** In the order in which they came. */
  get values(): Iterable<string> {
    return this.#values;
  }

  /** Another run: the list is as its file had it. */
  begin(): void {
    this.#values = new Set(this.options.values);
    this.#removed = new Set();
    this.#bytes = 0;
    for (const key of this.#values) this.#bytes += bytesOf(key);
    this.refused = 0;
    this.version = 0;
  }

  /** Goes on where the list of that name was before a reload. */
  adopt(old: SiteList): void {
    this.#values = old.#values;
    this.#removed = old.#removed;
    this.#bytes = old.#bytes;
    this.refused = old.refused;
    this.version = old.version;
  }

  has(bytes: Buffer, start: number, end: number, isDigest = false): boolean {
    if (this.#isUnchanged) return this.options.fixed.has(bytes, start, end, isDigest);
    const key = this.keyOf(bytes, start, end, isDigest);
    if (this.#values.has(key)) return true;
    return !this.#removed.has(key) && this.options.fixed.has(bytes, start, end, isDigest);
  }

  /** False when it is full, which is counted. */
  hasRoomFor(key: string): boolean {
    if (this.#bytes + bytesOf(key) <= this.options.memcap) return true;
    this.refused++;
    return false;
  }

  add(key: string): void {
    if (this.#removed.delete(key)) this.#bytes -= bytesOf(key);
    else if (!this.#values.has(key)) {
      this.#values.add(key);
      this.#bytes += bytesOf(key);
    } else return;
    this.version++;
  }

  remove(key: string): void {
    if (this.#values.delete(key)) this.#bytes -= bytesOf(key);
    else if (!this.#removed.has(key) && this.options.fixed.size > 0) {
      this.#removed.add(key);
      this.#bytes += bytesOf(key);
    } else return;
    this.version++;
  }

  /** What stands for a value: a digest in hexadecimal, else its bytes. `isDigest`: the value is one already. */
  keyOf(bytes: Buffer, start: number, end: number, isDigest: boolean): string {
    const { type } = this.options;
    if (type !== "md5" && type !== "sha256") return bytes.toString("latin1", start, end);
    const value = bytes.subarray(start, end);
    return isDigest ? value.toString("hex") : createHash(type).update(value).digest("hex");
  }

  /** The values as lines of a file, each as Suricata writes it. */
  text(): string {
    const { type } = this.options;
    let text = "";
    for (const key of this.#values) text += `${lineOf(type, key)}\n`;
    return text;
  }

  get #isUnchanged(): boolean {
    return this.#values.size === 0 && this.#removed.size === 0;
  }
}

/** The new lists, each of which goes on where the old one of its name, type and file was, if it is kept. */
export function adoptLists(
  old: readonly SiteList[],
  lists: readonly SiteList[],
): readonly SiteList[] {
  for (const list of lists) {
    const { isKept, name, saveTo, type } = list.options;
    const before = old.find(({ options }) => options.name === name);
    const isSame = before?.options.type === type && before.options.saveTo === saveTo;
    if (isKept && before !== undefined && isSame) list.adopt(before);
  }
  return lists;
}

function bytesOf(key: string): number {
  return VALUE_BYTES + key.length;
}

function lineOf(type: DatasetType, key: string): string {
  if (type === "string") return Buffer.from(key, "latin1").toString("base64");
  return isAddressType(type) ? addressText(Buffer.from(key, "latin1")) : key;
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return groups.join(":");
}
