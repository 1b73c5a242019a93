import type { AlertSignature } from "../alerts/alert.ts";

/** What an alert means for who gets it. */
export interface RuleGuide {
  readonly means: string;
  /** Causes that are no attack. */
  readonly harmless: readonly string[];
  readonly check: readonly string[];
  readonly act: readonly string[];
}

interface DraftGuide {
  means: string;
  harmless: string[];
  check: string[];
  act: string[];
}

const GUIDE_LINE = /^#: ?(.*)$/;
const FIELD = /^(means|harmless|check|do): (.+)$/;

/**
 * Comments of a rule file. Right above a rule stands why it has its numbers. Lines that begin with `#:` are guides:
 * first whose (`metadata:attack` values or sids), then `means`, and `harmless`, `check`, `do` as often as needed.
 */
export class RuleComments {
  readonly #lines: readonly string[];
  readonly #guides = new Map<string, RuleGuide>();

  constructor(content: string) {
    this.#lines = content.split("\n");
    let guide: DraftGuide | null = null;
    for (const line of this.#lines) {
      const said = GUIDE_LINE.exec(line)?.[1];
      if (said === undefined) {
        guide = null;
        continue;
      }
      const [, field = "", text = ""] = FIELD.exec(said) ?? [];
      if (field === "") guide = this.#open(said);
      else if (guide !== null) add(guide, field, text);
    }
  }

  /** The guide of a rule: by its sid, else by its attack; null without one. */
  guide({ sid, metadata }: AlertSignature): RuleGuide | null {
    const [attack = ""] = metadata.attack ?? [];
    return this.#guides.get(`${sid}`) ?? this.#guides.get(attack) ?? null;
  }

  /** The comment right above the rule whose first line that is, from 1; "" without. */
  above(line: number): string {
    const words: string[] = [];
    for (let i = line - 2; i >= 0; i--) {
      const text = this.#lines[i] ?? "";
      if (!text.startsWith("#") || GUIDE_LINE.test(text) || /^#\s*(?:alert|pass)\s/.test(text))
        break;
      words.unshift(text.replace(/^#+\s*/, "").trim());
    }
    return words.join(" ").trim();
  }

  #open(names: string): DraftGuide {
    const guide: DraftGuide = { means: "", harmless: [], check: [], act: [] };
    for (const name of names.split(/[\s,]+/)) if (name !== "") this.#guides.set(name, guide);
    return guide;
  }
}

function add(guide: DraftGuide, field: string, text: string): void {
  if (field === "means") guide.means = guide.means === "" ? text : `${guide.means} ${text}`;
  else if (field === "harmless") guide.harmless.push(text);
  else if (field === "check") guide.check.push(text);
  else guide.act.push(text);
}
