import type { Range } from "../spool/spool-folder.ts";
import type { DelivererOptions, RecordSource } from "./deliverer-options.ts";
import { KeptPlace } from "./kept-place.ts";
import { countOwn, type OwnBatch, OwnRecords } from "./own-records.ts";
import { rangesOf } from "./places.ts";

/** One output's place in the spool: what it has behind it, what is on its way, and what is known to be gone. */
export class SpoolPlace {
  /** Sequences passed in this run that had no record any more. */
  missing = 0;
  readonly #gap: DelivererOptions["gap"];
  readonly #records: OwnRecords;
  readonly #kept: KeptPlace;
  /** What earlier runs have told of `holes`. */
  readonly #holesBefore: number;
  #holes: number;
  /** Last sequence that the spool has. */
  #readable: number;
  /** The batch that is on its way. */
  #underWay: OwnBatch | null = null;

  constructor({ cursor, gap, source }: DelivererOptions, cursorMs: number) {
    this.#gap = gap;
    this.#records = new OwnRecords(source, gap);
    this.#kept = new KeptPlace(cursor, cursorMs);
    this.#holesBefore = cursor.holes;
    this.#holes = cursor.holes;
    this.#readable = cursor.sequence;
  }

  /** Last sequence that needs no sending any more. */
  get sequence(): number {
    return this.#kept.sequence;
  }

  /** Sequences ahead that are known to have no record any more. */
  get holes(): number {
    return this.#holes;
  }

  /** Records that are lost in this run, or will be missed when their place is reached. */
  get lost(): number {
    return this.missing + this.#holes - this.#holesBefore;
  }

  /** Records that wait, with those on their way. */
  get lag(): number {
    return Math.max(countOwn(this.#gap, this.sequence, this.#readable) - this.#holes, 0);
  }

  get isAtEnd(): boolean {
    return this.sequence >= this.#readable;
  }

  /** Why the place cannot be kept on disk; "" while it can. */
  get problem(): string {
    return this.#kept.problem;
  }

  /** Sequences that are waited for. */
  get ranges(): readonly Range[] {
    return rangesOf({ sequence: this.sequence, gap: this.#gap });
  }

  /** The spool has all up to this sequence. False when that is no news. */
  offer(sequence: number): boolean {
    if (sequence <= this.#readable) return false;
    this.#readable = sequence;
    return true;
  }

  /** The next batch, which is then on its way. Throws the system's error when the disk cannot be read. */
  read(limits: Parameters<RecordSource["read"]>[2]): OwnBatch {
    this.#underWay = null;
    this.#underWay = this.#records.read(this.sequence, this.#readable, limits);
    return this.#underWay;
  }

  /** The batch did not arrive. */
  giveBack(): void {
    this.#underWay = null;
  }

  /** All up to this sequence is settled; so many of it were not there any more. */
  moveTo(sequence: number, missing: number): void {
    this.missing += missing;
    this.#holes = Math.max(this.#holes - missing, 0);
    this.#underWay = null;
    this.#kept.moveTo(sequence, this.#holes);
  }

  /**
   * The spool was counted: `countIn` gives the records that it holds in a range, or more while it `isAtMost`. What
   * is on its way is out of the spool's hands already.
   */
  learnHoles(countIn: (range: Range) => number, isAtMost: boolean): void {
    const after = this.#underWay?.through ?? this.sequence;
    const upTo = this.#readable;
    const held = rangesOf({ sequence: after, gap: this.#gap }).reduce(
      (sum, range) => sum + countIn({ ...range, upTo: Math.min(range.upTo, upTo) }),
      0,
    );
    const gone = countOwn(this.#gap, after, upTo) - held + (this.#underWay?.missing ?? 0);
    this.#holes = Math.max(gone, isAtMost ? this.#holes : 0);
    this.#kept.moveTo(this.sequence, this.#holes);
  }

  /** Writes the place to disk; later changes are not written by themselves. Never throws. */
  close(): void {
    this.#kept.close();
  }
}
