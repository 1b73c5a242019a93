/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The goal; absent where there is none. */
  readonly target?: number;
  /** The target is a ceiling, not a floor. */
  readonly isAtMost?: boolean;
  /** The figure by CPU time instead of the clock on the wall. */
  readonly byCpu?: number;
  /** Heap bytes for each packet or message, where that was measured. */
  readonly heapBytes?: number;
  readonly note?: string;
}

export interface Rate {
  readonly nsEach: number;
  readonly perSecond: number;
  /** The same by CPU time of the process, all its threads: what is left when others use the machine. */
  readonly perCpuSecond: number;
  /** Growth of the V8 heap per call between two garbage collections; what was freed meanwhile is not seen. */
  readonly heapBytes: number;
}

export interface MeasureOptions {
  /** Calls of each round. */
  readonly count: number;
  readonly rounds?: number;
  readonly warmUp?: number;
}

const ROUNDS = 7;
/** Short enough that no scavenge falls into it when little is allocated. */
const HEAP_SAMPLE_CALLS = 20_000;

/** `run(count)` does the work `count` times. Median of some rounds after a warm-up. */
export function measure(run: (count: number) => void, options: MeasureOptions): Rate {
  const { count, rounds = ROUNDS, warmUp = count } = options;
  run(warmUp);
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const cpuStart = process.cpuUsage();
    const start = process.hrtime.bigint();
    run(count);
    times.push(Number(process.hrtime.bigint() - start) / count);
    const { user, system } = process.cpuUsage(cpuStart);
    cpuTimes.push(((user + system) * 1000) / count);
  }
  const nsEach = median(times);
  return {
    nsEach,
    perSecond: 1e9 / nsEach,
    perCpuSecond: 1e9 / median(cpuTimes),
    heapBytes: heapBytesPerCall(run, count),
  };
}

/** Median over small samples, so that a scavenge in the middle of one does not hide what it freed. */
function heapBytesPerCall(run: (count: number) => void, count: number): number {
  const calls = Math.min(HEAP_SAMPLE_CALLS, count);
  const samples: number[] = [];
  for (let i = 0; i < 2 * ROUNDS; i++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    run(calls);
    samples.push((process.memoryUsage().heapUsed - before) / calls);
  }
  return Math.max(0, median(samples));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** The same numbers in every run: xorshift32. */
export function randomOf(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
