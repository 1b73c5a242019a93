import { didYouMean } from "../../detect/rules/load-message.ts";
import { EVE_TYPES, type EveType, NETWORK_TYPES } from "../record-types.ts";
import { OutputError } from "./output-files.ts";

/** An output as it is written: which records it gets, and where they go. */
export interface TypedTarget {
  /** Null where it names none. */
  readonly types: readonly EveType[] | null;
  readonly target: string;
}

/** `case=slack...`, `case,call=kafka://...`: no form of an output has `=` before its colon. */
const TYPED = /^([a-z_,\s]*)=(.*)$/is;

/** Splits `TYPES=OUTPUT`. Throws OutputError for a type that there is not. */
export function typedTarget(text: string): TypedTarget {
  const [, list, target] = TYPED.exec(text) ?? [];
  if (list === undefined || target === undefined) return { types: null, target: text };
  const types = list.split(",").map((part) => typeOf(part.trim().toLowerCase(), target));
  return { types: [...new Set(types)], target };
}

/** The output with cases only, unless it names its records or knows by itself what it is for. */
export function caseTarget(text: string): string {
  const isOwn = /^(?:ban:|mail\+|[a-z]+\+https?:)/i.test(text);
  return isOwn || TYPED.test(text) ? text : `case=${text}`;
}

/** Network outputs get what is worth being sent one by one. Throws OutputError for other types. */
export function networkTypes(types: readonly EveType[], name: string): readonly EveType[] {
  const unsent = types.find((type) => !NETWORK_TYPES.includes(type));
  if (unsent === undefined) return types;
  throw new OutputError(
    `${name}: ${unsent} records go to files only; a network output gets ${NETWORK_TYPES.join(", ")}`,
  );
}

function typeOf(word: string, target: string): EveType {
  const type = EVE_TYPES.find((known) => known === word);
  if (type !== undefined) return type;
  const form = /^[a-z+]*:/i.exec(target)?.[0] ?? "";
  const cure = didYouMean(word, EVE_TYPES) || ` It is one of ${EVE_TYPES.join(", ")}`;
  throw new OutputError(`"${word}=${form}...": "${word}" is no type of record.${cure}`);
}
