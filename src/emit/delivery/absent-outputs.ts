import { rmSync } from "node:fs";
import { join } from "node:path";
import { CURSOR_SUFFIX } from "../spool/cursor-file.ts";
import type { Range } from "../spool/spool-folder.ts";
import type { SpoolKeeper } from "../spool/spool-keeper.ts";
import { type AbsentOutput, rangesOf } from "./places.ts";

/** What waits in the spool for outputs that this run does not have, and what people are told of it. */
export class AbsentOutputs {
  readonly #dir: string;
  #absent: readonly AbsentOutput[];
  #told: readonly string[] = [];
  #isTold = false;
  /** By the order of the outputs. */
  #counts: readonly number[] = [];

  constructor(dir: string, absent: readonly AbsentOutput[]) {
    this.#dir = dir;
    this.#absent = absent;
  }

  get ranges(): readonly Range[] {
    return this.#absent.flatMap(({ place }) => rangesOf(place));
  }

  /** What is new since the last call: once how many wait for whom. */
  lines(keeper: SpoolKeeper): readonly string[] {
    const news = this.#told;
    this.#told = [];
    this.#counts = this.#absent.map(({ place }) =>
      rangesOf(place).reduce((sum, range) => sum + keeper.countIn(range), 0),
    );
    if (this.#isTold || !keeper.isCounted) return news;
    this.#isTold = true;
    const lines = this.#absent.map(({ id, place }, index) => {
      const count = this.#counts[index] ?? 0;
      const cure = `give it again, or its new name with --from-start; delete ${join(this.#dir, id + CURSOR_SUFFIX)} to give them up`;
      return `${count} records wait in ${this.#dir} for ${place.name || id}, which this run does not have: ${cure}`;
    });
    return [...news, ...lines];
  }

  /** At the size limit they had to go. */
  giveUp(): void {
    this.#told = this.#absent.map(({ id, place }, index) => {
      const count = this.#counts[index] ?? 0;
      return `spool ${this.#dir} is full: ${count} records that waited for ${place.name || id}, which this run does not have, are lost`;
    });
    for (const { id } of this.#absent) {
      rmSync(join(this.#dir, id + CURSOR_SUFFIX), { force: true });
    }
    this.#absent = [];
  }
}
