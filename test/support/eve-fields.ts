import { SCHEMAS } from "../../src/emit/schemas.ts";

type Node = Readonly<Record<string, unknown>>;

/** Every field of EVE records as the schema has them, dotted, lists left aside: `alert.signature_id`, `case.attackers.values.ip`. */
export function eveFields(): ReadonlySet<string> {
  const schema = SCHEMAS.eve as unknown as Node;
  const defs = schema.$defs as Readonly<Record<string, Node>>;
  const fields = new Set<string>();
  const walk = (node: Node, path: string, depth: number): void => {
    if (depth > 12) return;
    const { $ref: ref } = node;
    if (typeof ref === "string") {
      walk(defs[ref.replace("#/$defs/", "")] ?? {}, path, depth + 1);
      return;
    }
    for (const name of ["oneOf", "anyOf", "allOf"]) {
      const list = node[name];
      if (Array.isArray(list)) for (const part of list) walk(part as Node, path, depth + 1);
    }
    if (typeof node.items === "object" && node.items !== null)
      walk(node.items as Node, path, depth + 1);
    const { additionalProperties, properties } = node;
    // A map, such as a rule's metadata: any name.
    if (typeof additionalProperties === "object") fields.add(`${path}.*`);
    if (typeof properties !== "object" || properties === null) return;
    for (const [key, child] of Object.entries(properties)) {
      const own = path === "" ? key : `${path}.${key}`;
      fields.add(own);
      walk(child as Node, own, depth + 1);
    }
  };
  walk(schema, "", 0);
  return fields;
}

/** Whether records may have the field; of a map any name is one. */
export function isEveField(fields: ReadonlySet<string>, field: string): boolean {
  return fields.has(field) || fields.has(field.replace(/\.[^.]+$/, ".*"));
}
