/** Characters that take two cells of a terminal (Unicode UAX 11, W and F, and pictures), as far as they matter here. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** What steers a terminal, turns the direction of a line or takes no cell (marks that pile up on one letter). */
const UNSAFE =
  /[\0-\x1f\x7f-\x9f\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
const MARKS = /\p{M}/gu;

/** A text from a packet as the terminal can show it in a row of cells: inert, and each character at least one wide. */
export function cellText(text: string): string {
  return text.replace(UNSAFE, "?").normalize("NFC").replace(MARKS, "");
}

/** Cells that a `cellText` takes. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const unit of text) cells += WIDE.test(unit) ? 2 : 1;
  return cells;
}

/** Exactly `width` cells: cut with an ellipsis, or filled up. `text` is a `cellText`. */
export function fitted(text: string, width: number, isRight = false): string {
  const cells = cellsOf(text);
  if (cells > width) {
    if (width < 1) return "";
    const kept = prefix(text, width - 1);
    return `${kept}…${" ".repeat(width - 1 - cellsOf(kept))}`;
  }
  const space = " ".repeat(width - cells);
  return isRight ? space + text : text + space;
}

/** As much of the beginning as fits. */
function prefix(text: string, width: number): string {
  let kept = "";
  let used = 0;
  for (const unit of text) {
    used += WIDE.test(unit) ? 2 : 1;
    if (used > width) break;
    kept += unit;
  }
  return kept;
}

/** Lines of at most `width` cells, broken at blanks where there are any. */
export function wrapped(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  const room = Math.max(8, width - indent.length - 2);
  for (const word of cellText(text).split(" ")) {
    let rest = word;
    if (line !== "" && cellsOf(line) + 1 + cellsOf(rest) > room) {
      lines.push(line);
      line = "";
    }
    while (cellsOf(rest) > room) {
      const part = prefix(rest, room);
      lines.push(part);
      rest = rest.slice(part.length);
    }
    line = line === "" ? rest : `${line} ${rest}`;
  }
  lines.push(line);
  // What follows an item's first line stands under its text.
  const hang = /^[->] /.test(text) ? `${indent}  ` : indent;
  return lines.map((part, i) => (i === 0 ? indent : hang) + part);
}
