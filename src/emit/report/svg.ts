import { escaped, Markup } from "./markup.ts";

/** Pieces of a picture. Colours are classes, so that a page's light and dark style hold in it. */
export class Picture {
  readonly #width: number;
  readonly #height: number;
  readonly #parts: string[] = [];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  line(x1: number, y1: number, x2: number, y2: number, kind: string): void {
    this.#parts.push(
      `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${kind}"/>`,
    );
  }

  box(x: number, y: number, width: number, height: number, kind: string): void {
    this.#parts.push(
      `<rect x="${at(x)}" y="${at(y)}" width="${at(Math.max(0, width))}" height="${at(Math.max(0, height))}" class="${kind}"/>`,
    );
  }

  /** Many points of one colour as one path. */
  dots(points: readonly (readonly [number, number])[], kind: string): void {
    if (points.length === 0) return;
    const path = points.map(([x, y]) => `M${at(x)} ${at(y)}h0`).join("");
    this.#parts.push(`<path d="${path}" class="dot ${kind}"/>`);
  }

  /** The head of an arrow that points to `x`. */
  head(x: number, y: number, isRight: boolean, kind: string): void {
    const back = isRight ? -7 : 7;
    this.#parts.push(`<path d="M${at(x)} ${at(y)}l${back} -4v8z" class="${kind}"/>`);
  }

  text(x: number, y: number, text: string, kind: string, anchor = "start"): void {
    this.#parts.push(
      `<text x="${at(x)}" y="${at(y)}" class="${kind}" text-anchor="${anchor}">${escaped(text)}</text>`,
    );
  }

  /** `label` says in words what the picture shows. */
  done(label: string): Markup {
    const name = escaped(label);
    return new Markup(
      `<svg role="img" aria-label="${name}" viewBox="0 0 ${this.#width} ${this.#height}" width="${this.#width}" height="${this.#height}">${this.#parts.join("")}</svg>`,
    );
  }
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}
