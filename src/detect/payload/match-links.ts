import type { BufferMatch } from "./buffer-inspector.ts";

/** Marks which matches must offer other occurrences, or a position, to relative ones after them. */
export function linkMatches(matches: readonly BufferMatch[]): void {
  let isMonotone = true;
  for (const [index, match] of matches.entries()) {
    const feeds = feedsRelative(matches, index + 1);
    if (match.kind === "content") {
      match.retries = !match.isNegated && feeds;
      const isPlaced = match.isRelative && match.within < 0 && match.variables === null;
      match.isFinal = isMonotone && isPlaced && !match.isNegated;
      if (!match.isRelative && !match.isNegated) isMonotone = true;
    }
    if (match.kind === "pcre") match.needsPosition = !match.isNegated && feeds;
    // A jump or an expression may move the cursor back as an earlier match moves on.
    if (match.kind === "pcre" || movesByNumber(match)) isMonotone = false;
  }
}

function movesByNumber({ kind }: BufferMatch): boolean {
  return kind === "byte_jump" || kind === "byte_extract" || kind === "byte_math";
}

function feedsRelative(matches: readonly BufferMatch[], from: number): boolean {
  for (const match of matches.slice(from)) {
    if (match.isRelative) return true;
    const moves =
      movesByNumber(match) ||
      ((match.kind === "content" || match.kind === "pcre") && !match.isNegated);
    if (moves) return false;
  }
  return false;
}
