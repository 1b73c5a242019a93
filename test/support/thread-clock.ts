import { openSync, readlinkSync, readSync } from "node:fs";
import { basename } from "node:path";

const BLANK = 0x20;
const ZERO = 0x30;

/**
 * CPU time of the calling thread: what others take of the machine, and what V8's own threads do, is not in it. From
 * Linux's `schedstat` (Documentation/scheduler/sched-stats.rst of the kernel), which is behind until somebody asks the
 * kernel for the time of the process. Elsewhere it is the time of the whole process.
 */
export class ThreadClock {
  readonly #file: number;
  readonly #text = Buffer.alloc(64);

  constructor() {
    this.#file = openSchedstat();
  }

  /** Milliseconds since some moment. */
  nowMs(): number {
    const { user, system } = process.cpuUsage();
    if (this.#file < 0) return (user + system) / 1000;
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    let ns = 0;
    for (let i = 0; i < length && this.#text[i] !== BLANK; i++) {
      ns = 10 * ns + (this.#text[i] as number) - ZERO;
    }
    return ns / 1e6;
  }
}

function openSchedstat(): number {
  try {
    const thread = basename(readlinkSync("/proc/thread-self"));
    return openSync(`/proc/self/task/${thread}/schedstat`, "r");
  } catch {
    return -1;
  }
}
