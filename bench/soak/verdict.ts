/** One look at the sensor. */
export interface Sample {
  /** Minutes since the start. */
  readonly minute: number;
  readonly rssMib: number;
  /** Lowest resident size since the sample before: what is left after a garbage collection. */
  readonly floorMib: number;
  readonly heapMib: number;
  readonly externalMib: number;
  /** Packets put on the wire, as the kernel counts them, and packets that the pipeline has had. */
  readonly sent: number;
  readonly seen: number;
  readonly dropped: number;
  readonly alerts: number;
  readonly evictions: number;
  /** Records that the webhook has taken. */
  readonly delivered: number;
}

export interface Verdict {
  readonly isGood: boolean;
  /** MiB an hour, of the floors of the second half: the middle of the slopes between all pairs (Theil and Sen). */
  readonly slopeMibPerHour: number;
  /** Middle of the floors of the second half. */
  readonly middleMib: number;
  /** What was not as it has to be, one line each. */
  readonly problems: readonly string[];
}

/** Growth over an hour, as a share of the resident size, that still counts as flat. */
const FLAT_SHARE = 0.05;

export function verdictOf(samples: readonly Sample[], problems: readonly string[]): Verdict {
  const half = samples.slice(Math.floor(samples.length / 2));
  const slopeMibPerHour = slopeOf(half) * 60;
  const middleMib = middle(half.map(({ floorMib }) => floorMib));
  const last = samples.at(-1);
  const found = [...problems];
  if (last === undefined || half.length < 2) found.push("too few samples");
  else {
    if (last.dropped > 0) found.push(`${last.dropped} packets were dropped`);
    if (last.alerts === 0) found.push("no alert was raised");
    if (last.evictions === 0) found.push("no table was full, so flat memory would say nothing");
  }
  if (slopeMibPerHour > FLAT_SHARE * middleMib) {
    found.push(`memory grows by ${slopeMibPerHour.toFixed(1)} MiB an hour`);
  }
  return { isGood: found.length === 0, slopeMibPerHour, middleMib, problems: found };
}

/** MiB a minute. */
function slopeOf(samples: readonly Sample[]): number {
  const slopes: number[] = [];
  for (const [i, a] of samples.entries()) {
    for (const b of samples.slice(i + 1)) {
      if (b.minute > a.minute) slopes.push((b.floorMib - a.floorMib) / (b.minute - a.minute));
    }
  }
  return middle(slopes);
}

function middle(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.floor(sorted.length / 2);
  const upper = sorted[at] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[at - 1] ?? 0) + upper) / 2;
}
