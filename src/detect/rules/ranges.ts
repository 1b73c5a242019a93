/** Inclusive range of addresses or ports. */
export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** Sorted and disjoint: overlapping and touching ranges become one. */
export function union(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  const out: Range[] = [];
  for (const range of sorted) {
    const last = out[out.length - 1];
    if (last !== undefined && range.low <= last.high + 1n) {
      if (range.high > last.high) out[out.length - 1] = { low: last.low, high: range.high };
    } else {
      out.push(range);
    }
  }
  return out;
}

/** What is in `ranges` and not in `holes`; both sorted and disjoint. */
export function subtract(ranges: readonly Range[], holes: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const range of ranges) {
    let low = range.low;
    for (const hole of holes) {
      if (hole.high < low) continue;
      if (hole.low > range.high) break;
      if (hole.low > low) out.push({ low, high: hole.low - 1n });
      low = hole.high + 1n;
      if (low > range.high) break;
    }
    if (low <= range.high) out.push({ low, high: range.high });
  }
  return out;
}

export function overlaps(ranges: readonly Range[], range: Range): boolean {
  return ranges.some((other) => other.low <= range.high && range.low <= other.high);
}
