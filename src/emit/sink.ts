import type { LineBytes } from "./eve/line-bytes.ts";

/** What became of the records that a sink was given. */
export interface SinkHealth {
  /** Records handed over whole. */
  readonly written: number;
  /** Records lost: refused while full or broken, or still waiting when the sink gave up. */
  readonly dropped: number;
  /** One line that says what broke and what cures it; "" while the sink works. */
  readonly problem: string;
}

/** Takes finished lines to where they are kept. */
export interface RecordSink {
  /** For messages, such as a file name. */
  readonly name: string;
  readonly health: SinkHealth;
  /** Takes one line, given without its line feed. False: not taken, and counted as dropped. Never throws. */
  offer(line: string | LineBytes): boolean;
  /** Resolves when all that was taken is handed over, or lost and counted; what waits for room on a full disk goes on waiting. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
