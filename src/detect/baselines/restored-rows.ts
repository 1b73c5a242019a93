import type { BaselineRow } from "./baseline-row.ts";

/** What a state file had of keys that have not been seen since, by the text of their key. */
export class RestoredRows {
  size = 0;
  readonly #byText = new Map<string, BaselineRow[]>();

  *rows(): Iterable<BaselineRow> {
    for (const rows of this.#byText.values()) yield* rows;
  }

  add(row: BaselineRow): void {
    const rows = this.#byText.get(row.text);
    if (rows === undefined) this.#byText.set(row.text, [row]);
    else rows.push(row);
    this.size++;
  }

  /** The key has been seen: its row is the caller's. Null when there is none. Long texts were cut, so a text may have several. */
  claim(text: string): BaselineRow | null {
    const rows = this.#byText.get(text);
    const row = rows?.shift();
    if (row === undefined) return null;
    if (rows?.length === 0) this.#byText.delete(text);
    this.size--;
    return row;
  }

  remove(row: BaselineRow): void {
    const rows = this.#byText.get(row.text) ?? [];
    const left = rows.filter((other) => other !== row);
    this.size -= rows.length - left.length;
    if (left.length > 0) this.#byText.set(row.text, left);
    else this.#byText.delete(row.text);
  }
}
