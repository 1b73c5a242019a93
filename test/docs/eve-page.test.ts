import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SCHEMAS } from "../../src/emit/schemas.ts";

/** The parts of a JSON Schema node that the page tells of. */
interface Node {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

const SCHEMA = SCHEMAS.eve as Node & { readonly $defs: Readonly<Record<string, Node>> };
const PAGE = fileURLToPath(new URL("../../docs/EVE.md", import.meta.url));

function page(): string {
  const records = SCHEMA.oneOf ?? [];
  return [
    "# Fields of EVE records",
    "",
    "<!-- Made from src/emit/eve/eve.schema.json by test/docs/eve-page.test.ts (npx vitest run test/docs/eve-page.test.ts -u); do not edit. -->",
    "",
    `${SCHEMA.description} \`sipsentry --print-schema\` prints the schema that this page is made from. A field in bold is in every record of its kind.`,
    ...records.flatMap(recordLines),
    "",
  ].join("\n");
}

function recordLines(ref: Node): string[] {
  const node = resolved(ref);
  const type = String(node.properties?.event_type?.const ?? "");
  const about =
    type === ""
      ? ""
      : (node.properties?.[type]?.description ??
        resolved(node.properties?.[type] ?? {}).description ??
        "");
  return [
    "",
    `## ${type}`,
    ...(about === "" ? [] : ["", about]),
    "",
    "| field | what it is |",
    "|---|---|",
    ...rows(node, "", 0),
  ];
}

/** Depth of nested objects; `sdp` is three deep. */
const DEPTH_MAX = 6;

function rows(node: Node, path: string, depth: number): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const own = `${path}${name}`;
    const isNeeded = node.required?.includes(name) === true;
    const inner = resolved(field.items ?? resolved(field).items ?? field);
    const below =
      depth < DEPTH_MAX ? rows(inner, `${own}${isList(field) ? "[]" : ""}.`, depth + 1) : [];
    return [`| ${isNeeded ? `**\`${own}\`**` : `\`${own}\``} | ${cell(field)} |`, ...below];
  });
}

function isList(field: Node): boolean {
  return resolved(field).type === "array";
}

function cell(field: Node): string {
  const node = resolved(field);
  const text = field.description ?? node.description ?? "";
  const values = node.const === undefined ? node.enum : [node.const];
  const listed =
    values === undefined ? "" : `${values.map((value) => `\`${String(value)}\``).join(", ")}. `;
  const kind = listed === "" && text === "" ? kindOf(field, node) : "";
  return `${listed}${text}${kind}`.trim().replaceAll("|", "\\|");
}

function kindOf(field: Node, node: Node): string {
  const name = field.$ref?.split("/").at(-1) ?? "";
  if (name === "address") return "IP address.";
  if (name === "port") return "Port.";
  if (name === "count") return "How many.";
  return typeof node.type === "string" ? `${node.type}.` : "";
}

function resolved(node: Node): Node {
  const name = node.$ref?.split("/").at(-1);
  return name === undefined ? node : (SCHEMA.$defs[name] ?? node);
}

describe("docs/EVE.md", () => {
  it("has every field of the schema (write it with -u)", async () => {
    await expect(page()).toMatchFileSnapshot(PAGE);
  });

  it("says of each field what it is", () => {
    const silent = page()
      .split("\n")
      .filter((line) => /\| +\|$/.test(line));
    expect(silent).toEqual([]);
  });
});
