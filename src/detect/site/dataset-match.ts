import type { SiteList } from "../site-list.ts";
import type { DatasetType } from "./dataset.ts";

/** `dataset:isset,NAME,...` on a sticky buffer. */
export class DatasetMatch {
  readonly kind = "dataset";
  readonly isNegated: boolean;
  readonly isRelative = false;
  /** The section's transforms make digests of its values. */
  isDigest = false;
  protected readonly list: SiteList;

  constructor(list: SiteList, isNegated: boolean) {
    this.list = list;
    this.isNegated = isNegated;
  }

  get name(): string {
    return this.list.options.name;
  }

  get type(): DatasetType {
    return this.list.options.type;
  }

  get size(): number {
    return this.list.size;
  }

  matches(bytes: Buffer, start: number, end: number): boolean {
    return this.list.has(bytes, start, end, this.isDigest) !== this.isNegated;
  }
}

/**
 * `dataset:set,NAME,...` and `unset`: holds when the value would be new, or was there. The list is changed when the whole rule
 * has matched, where Suricata changes it as soon as this buffer has.
 */
export class DatasetChange extends DatasetMatch {
  readonly change: "set" | "unset";
  #key = "";

  constructor(list: SiteList, change: "set" | "unset") {
    super(list, false);
    this.change = change;
  }

  override matches(bytes: Buffer, start: number, end: number): boolean {
    const { list, isDigest } = this;
    if (list.has(bytes, start, end, isDigest) !== (this.change === "unset")) return false;
    this.#key = list.keyOf(bytes, start, end, isDigest);
    // What is taken out of a file's list is remembered, too.
    return list.hasRoomFor(this.#key);
  }

  /** Changes the list by the value that matched last. */
  apply(): void {
    if (this.change === "set") this.list.add(this.#key);
    else this.list.remove(this.#key);
  }
}
