export interface SpoolOptions {
  readonly dir: string;
  /** Bytes of all segments; the reading side drops before the writing side has to. */
  readonly maxBytes: number;
  /** A segment is at most an eighth of `maxBytes`, and one batch or record longer. */
  readonly segmentBytes: number;
  /** Bytes of records kept in memory while the disk takes none, about. */
  readonly memoryBytes: number;
  /** Time between two fsync calls; 0 calls it after every write. */
  readonly syncMs: number;
  /** One line when the disk begins to refuse, and one when it takes again: a pair a minute at most. */
  readonly onProblem: (line: string) => void;
}

export interface SpoolWriterCounters {
  /** Records taken in this run: each is written, waiting or dropped. */
  readonly raised: number;
  /** Records on disk, of this run. */
  readonly written: number;
  /** Records in memory: in hand, or held because the disk takes none. */
  readonly waiting: number;
  /** Records lost, by severity: disk and memory were full, or the record was longer than 1 MiB. */
  readonly dropped: ReadonlyMap<number, number>;
  /** Why the disk takes none, one line; "" while it does. */
  readonly problem: string;
}
