import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { SiteList } from "../detect/site-list.ts";
import { replaceFile } from "../emit/outputs/ban-file.ts";

/** Writes the lists that rules keep (`dataset` with `state` or `save`) to their files. */
export class ListFiles {
  readonly #lists: () => readonly SiteList[];
  /** Version of the list that each file has. */
  readonly #saved = new Map<string, number>();
  /** Told once, until it is over. */
  readonly #told = new Set<string>();
  #saving: Promise<string[]> | null = null;

  /** `lists` gives those of the rules in force. */
  constructor(lists: () => readonly SiteList[]) {
    this.#lists = lists;
  }

  /** Writes what has changed, one at a time. Gives what went wrong, a line each. Never rejects. */
  save(): Promise<string[]> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /** At the end of a run. */
  async close(): Promise<string[]> {
    await this.#saving;
    return this.save();
  }

  async #save(): Promise<string[]> {
    const problems: string[] = [];
    for (const list of this.#lists()) {
      const { memcap, name, saveTo } = list.options;
      const { refused, version } = list;
      if (refused > 0 && !this.#told.has(name)) {
        this.#told.add(name);
        problems.push(
          `dataset ${name} is full: ${refused} values so far were not added, as ${memcap} bytes are its memcap`,
        );
      }
      if (saveTo === "" || version === (this.#saved.get(saveTo) ?? 0)) continue;
      try {
        mkdirSync(dirname(saveTo), { recursive: true, mode: 0o750 });
        await replaceFile(saveTo, list.text());
        this.#saved.set(saveTo, version);
        this.#told.delete(saveTo);
      } catch (error) {
        if (this.#told.has(saveTo)) continue;
        this.#told.add(saveTo);
        problems.push(`dataset ${name}: cannot write ${saveTo}: ${(error as Error).message}`);
      }
    }
    return problems;
  }
}
