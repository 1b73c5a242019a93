/** What loading rules has to say, in the words that Suricata uses where it has some. */
export interface LoadMessage {
  readonly level: "error" | "warning" | "info";
  readonly file: string;
  /** From 1; 0 when the message is about the whole file or run. */
  readonly line: number;
  /** From 1, in bytes; 0 when no column is to blame. */
  readonly column: number;
  readonly text: string;
  /** The rule that is left out because of this; absent when the text does not give one. */
  readonly sid?: number;
  /** A whole file is missing. */
  readonly isUnread?: boolean;
}

/** A rule that cannot be loaded. Thrown and caught while loading only, never on the packet path. */
export class RuleError extends Error {
  /** Offset in the joined rule text that is to blame. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "RuleError";
    this.at = at;
  }
}

/** A rule that is well-formed but not for this program: counted as skipped, not as failed. */
export class RuleSkipped extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RuleSkipped";
  }
}

/** The known name nearest to a mistyped one, or "" when none is near (Damerau-Levenshtein). */
function nearest(name: string, known: Iterable<string>): string {
  let best = "";
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A sentence with the nearest of the known names, blank before; "" when none is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const guess = nearest(name, known);
  return guess === "" ? "" : ` Did you mean "${guess}"?`;
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(
        (previous[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (previous[j - 1] as number) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] as number) + 1);
      }
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] as number;
}
