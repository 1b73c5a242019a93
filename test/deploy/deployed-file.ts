import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export function textOf(path: string): string {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

/** A YAML file with its anchors merged. Throws where a key is there twice. */
export function yamlOf(path: string): unknown {
  return parse(textOf(path), { merge: true });
}

/** `${NAME:-default}` as it is when nothing is set. */
export function interpolated(text: string): string {
  return text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
}
