import type { LatencySnapshot } from "./metrics/latency-histogram.ts";
import { count } from "./number-text.ts";

/** Times of one stage over a run, microseconds; null when nothing was timed. */
export interface LatencyFigures {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const US_PER_MS = 1e3;

/** For the summary: the whole run, with three significant digits. */
export function latencyFigures({ count: n, sumMs, all }: LatencySnapshot): LatencyFigures | null {
  if (n === 0) return null;
  return {
    count: n,
    mean: rounded(sumMs / n),
    p50: rounded(all.p50),
    p90: rounded(all.p90),
    p99: rounded(all.p99),
    p999: rounded(all.p999),
    max: rounded(all.max),
  };
}

/** `decode: median 0.12 us, 99 % 1.1 us, longest 83 us (1,234 timed)`. */
export function latencyLine(name: string, figures: LatencyFigures): string {
  const { count: n, p50, p99, max } = figures;
  return `${name}: median ${time(p50)}, 99 % ${time(p99)}, longest ${time(max)} (${count(n)} timed)`;
}

/** A line for each stage and network output that was timed. */
export function latencyLines(
  latencies: Readonly<Record<"lag" | "decode" | "packet" | "alert", LatencyFigures | null>> & {
    readonly acknowledgement: Readonly<Record<string, LatencyFigures | null>>;
  },
): string[] {
  const { lag, decode, packet, alert, acknowledgement } = latencies;
  const stages = {
    "capture to turn": lag,
    decode,
    packet,
    "packet to alert": alert,
    ...Object.fromEntries(
      Object.entries(acknowledgement).map(([name, figures]) => [
        `acknowledged by ${name}`,
        figures,
      ]),
    ),
  };
  return Object.entries(stages).flatMap(([name, figures]) =>
    figures === null ? [] : [latencyLine(name, figures)],
  );
}

function rounded(ms: number): number {
  return Number((ms * US_PER_MS).toPrecision(3));
}

function time(us: number): string {
  if (us < 1_000) return `${short(us)} us`;
  return us < 1e6 ? `${short(us / 1e3)} ms` : `${short(us / 1e6)} s`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
