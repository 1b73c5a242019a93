import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A fenced block of a page in docs/. */
export interface DocBlock {
  /** The file that it is to be pasted into: the code span that the line before ends with and a colon; "" without. */
  readonly file: string;
  /** What a comment `<!-- name: value -->` before it says; "" without. */
  readonly note: string;
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

const FENCE = /^```([\w-]*)$/;
const FILE = /`([^`]+)`[^`]*:$/;
const NOTE = /^<!-- (.+) -->$/;

/** The fenced blocks of docs/NAME.md, in order. */
export function docBlocks(name: string): DocBlock[] {
  const lines = docText(name).split("\n");
  const blocks: DocBlock[] = [];
  let before = "";
  let note = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const language = FENCE.exec(line)?.[1];
    if (language !== undefined) {
      const end = lines.indexOf("```", at + 1);
      if (end < 0) throw new Error(`docs/${name}.md:${at + 1}: the block has no end`);
      const text = `${lines.slice(at + 1, end).join("\n")}\n`;
      blocks.push({ file: FILE.exec(before)?.[1] ?? "", note, language, text, line: at + 1 });
      at = end;
      before = "";
      note = "";
    } else if (NOTE.test(line)) {
      note = NOTE.exec(line)?.[1] ?? "";
    } else if (line !== "") {
      before = line;
    }
  }
  return blocks;
}

/** The text of the block that is to be pasted into a file. */
export function docFile(name: string, file: string): string {
  const block = docBlocks(name).find((candidate) => candidate.file === file);
  if (block === undefined) throw new Error(`docs/${name}.md has no block for ${file}`);
  return block.text;
}

export function docText(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../docs/${name}.md`, import.meta.url)), "utf8");
}
