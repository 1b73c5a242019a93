import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./spool-folder.ts";
import { SEQUENCE_MAX, TEMPORARY_SUFFIX } from "./spool-format.ts";

export const CURSOR_SUFFIX = ".cursor";
const NAME_MAX = 300;
const FORM = /^(\d{1,15})(?: (\d{1,15})(?: (\d{1,15}) (\d{1,15}))?)?\n(?:# (.{0,300})\n)?$/u;

/** Sequences that are not for an output, because they were raised while a run did not have it: (from, to]. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What is known of one output's place in the spool. */
export interface CursorPlace {
  /** All up to this sequence need no sending any more. */
  readonly sequence: number;
  /** Records behind it that are known, and were told, to be lost: nobody tells of them again. */
  readonly holes: number;
  /**
   * Null while the output was there all the time. An open end (`to` infinite): the output is not
   * configured, and only waits for what was raised before.
   */
  readonly gap: Gap | null;
  /** Name of the output; it holds no secret. */
  readonly name: string;
}

/** Damaged is not missing: then everything is sent again. */
export type CursorRead = CursorPlace | "missing" | "damaged";

/** The place of the output with this id. */
export function readCursor(dir: string, id: string): CursorRead {
  let text: string;
  try {
    text = readFileSync(join(dir, id + CURSOR_SUFFIX), "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "damaged";
  }
  const [, sequence, holes = "0", from, to, name = ""] = FORM.exec(text) ?? [];
  if (sequence === undefined) return "damaged";
  const gap =
    from === undefined
      ? null
      : { from: Number(from), to: Number(to) === 0 ? Number.POSITIVE_INFINITY : Number(to) };
  const place = { sequence: Number(sequence), holes: Number(holes), gap, name };
  return highestOf(place) > SEQUENCE_MAX ? "damaged" : place;
}

/** The highest sequence that a place speaks of: no record that comes later may get it. */
export function highestOf({ sequence, gap }: CursorPlace): number {
  if (gap === null) return sequence;
  return Math.max(sequence, gap.from, Number.isFinite(gap.to) ? gap.to : 0);
}

/** Ids of all outputs that have a place in this folder. */
export function cursorIds(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(CURSOR_SUFFIX))
    .map((name) => name.slice(0, -CURSOR_SUFFIX.length));
}

/**
 * Writes the place of an output, whole or not at all. Durable: the first place of an output has to outlive a
 * power failure, as an output without one counts as new; of later ones an older one only means that some
 * records are sent again. Throws the system's error; the old place then stands.
 */
export function writeCursor(dir: string, id: string, place: CursorPlace, isDurable = false): void {
  const path = join(dir, id + CURSOR_SUFFIX);
  writeWhole(`${path}${TEMPORARY_SUFFIX}`, Buffer.from(textOf(place)), isDurable);
  renameSync(`${path}${TEMPORARY_SUFFIX}`, path);
  if (isDurable) syncFolder(dir);
}

/** One output's place in the spool folder, and its last written value. `id` is made of letters, digits, `.`, `_` and `-`. */
export class CursorFile {
  readonly #dir: string;
  readonly #id: string;
  #place: CursorPlace;

  constructor(dir: string, id: string, place: CursorPlace) {
    this.#dir = dir;
    this.#id = id;
    this.#place = place;
  }

  get sequence(): number {
    return this.#place.sequence;
  }

  get holes(): number {
    return this.#place.holes;
  }

  /** Throws the system's error when it cannot be written; the old value then stands. */
  write(sequence: number, holes: number): void {
    const gap = this.#place.gap;
    const place = {
      ...this.#place,
      sequence,
      holes,
      gap: gap !== null && sequence >= gap.to ? null : gap,
    };
    writeCursor(this.#dir, this.#id, place);
    this.#place = place;
  }
}

function textOf({ sequence, holes, gap, name }: CursorPlace): string {
  const numbers = [sequence, holes];
  if (gap !== null) numbers.push(gap.from, Number.isFinite(gap.to) ? gap.to : 0);
  // The name is for people who look into the folder, and for what is said of an output that went away.
  const shown = name.replace(/[\p{C}\u2028\u2029]/gu, "?").slice(0, NAME_MAX);
  return `${numbers.join(" ")}\n# ${shown}\n`;
}

/** A rename is on disk when its folder is; some file systems sync no folders. */
function syncFolder(dir: string): void {
  const fd = openSync(dir, "r");
  try {
    fsyncSync(fd);
  } catch {
    // A power failure may then make the output a new one.
  } finally {
    closeSync(fd);
  }
}
