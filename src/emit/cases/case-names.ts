import type { CaseList } from "../../detect/cases/case-record.ts";
import { printable } from "../eve/eve-text.ts";
import { count } from "../number-text.ts";

/** Values that a sentence names before it counts the rest. */
export const NAMED_MAX = 3;
const TEXT_MAX = 96;

/** The first few by name, or how many there are. */
export function named(
  texts: readonly string[],
  distinct: number,
  one = "",
  several = `${one}s`,
): string {
  if (texts.length === 0) return distinct > 0 && one !== "" ? many({ distinct }, one) : "";
  if (distinct <= NAMED_MAX) return texts.map(clean).join(", ");
  const some = texts.slice(0, NAMED_MAX).map(clean).join(", ");
  const number = one === "" ? "" : `${count(distinct)} ${several} (`;
  return number === ""
    ? `${some} and ${count(distinct - NAMED_MAX)} more`
    : `${number}${some}, ...)`;
}

export function listed({ distinct, values }: CaseList, kind: string): string {
  return named(
    values.map(({ text }) => text),
    distinct,
    kind,
  );
}

/** `a, b, c, ...` */
export function firstOf({ distinct, values }: CaseList): string {
  const some = values.slice(0, NAMED_MAX).map(({ text }) => clean(text));
  return [...some, ...(distinct > some.length ? ["..."] : [])].join(", ");
}

export function many({ distinct }: { readonly distinct: number }, kind: string): string {
  return `${count(distinct)} ${distinct === 1 ? kind : `${kind}s`}`;
}

export function clean(text: string): string {
  return printable(text, TEXT_MAX);
}
