import { cleanText } from "../eve/eve-text.ts";

/** Longest text from a packet in a page. */
const TEXT_MAX = 512;
/** Control, direction and invisible characters: in a page they hide or turn what stands beside them. */
const HIDDEN = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const SPECIAL: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML that was made here: `markup` puts it in as it is, and everything else escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly (string | number | Markup)[];

/** A template of HTML. What is put in is escaped, also within quoted attributes, but for other markup. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0] ?? "";
  for (const [i, part] of parts.entries()) text += partText(part) + (strings[i + 1] ?? "");
  return new Markup(text);
}

function partText(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "number") return Number.isFinite(part) ? String(part) : "";
  if (typeof part === "string") return escaped(part);
  return part.map(partText).join("");
}

/** A text of any origin for HTML, in text or in a quoted attribute. */
export function escaped(text: string): string {
  return cleanText(text, TEXT_MAX)
    .replace(HIDDEN, "\ufffd")
    .replace(/[&<>"']/g, (char) => SPECIAL[char] ?? "");
}
