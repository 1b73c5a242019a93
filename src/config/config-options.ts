import * as z from "zod";
import { configSchema } from "./config.ts";

/** One option as a user reads about it. */
export interface OptionRow {
  /** Full name, such as `limits.flowsMax`. */
  readonly key: string;
  /** Default, as it would be written after `--set key=`. */
  readonly value: string;
  readonly unit: string;
  /** Smallest and largest number, or "". */
  readonly bounds: string;
  readonly about: string;
}

/** The parts of a JSON Schema node that the list needs. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly default?: unknown;
  readonly shown?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly unit?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

let rows: readonly OptionRow[] | undefined;

/** All options in the order of the schema. */
export function optionRows(): readonly OptionRow[] {
  rows ??= collect("", z.toJSONSchema(configSchema(), { io: "input" }) as SchemaNode);
  return rows;
}

export function optionKeys(): string[] {
  return optionRows().map((row) => row.key);
}

function collect(key: string, node: SchemaNode): OptionRow[] {
  const about = node.description ?? "";
  if (node.shown !== undefined) {
    return Object.entries(node.shown).map(([name, value]) => ({
      key: `${key}.${name}`,
      value,
      unit: "",
      bounds: "",
      about,
    }));
  }
  if (node.properties !== undefined) {
    const prefix = key === "" ? "" : `${key}.`;
    return Object.entries(node.properties).flatMap(([name, child]) =>
      collect(prefix + name, child),
    );
  }
  const bounds = node.minimum === undefined ? "" : `${node.minimum} to ${node.maximum}`;
  return [{ key, value: valueText(node.default), unit: node.unit ?? "", bounds, about }];
}

function valueText(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value ?? null);
}
