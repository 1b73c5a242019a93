import type { EveRecord } from "../outputs/eve-record.ts";
import { wrapped } from "./cell-text.ts";
import type { WatchPane, WatchRow } from "./watch-model.ts";

/** A row in full, as lines of at most `width` cells. */
export function detailLines(pane: WatchPane, { record }: WatchRow, width: number): string[] {
  const texts =
    pane === "cases"
      ? caseTexts(record)
      : pane === "alerts"
        ? alertTexts(record)
        : callTexts(record);
  return texts.flatMap(([text, indent]) => (text === "" ? [""] : wrapped(text, width, indent)));
}

type Text = readonly [text: string, indent: string];

function caseTexts(record: EveRecord): Text[] {
  const said = (name: string): Text[] =>
    record.texts("case", name).map((text) => [`- ${text}`, "  "]);
  const people = (name: string, key: string): string =>
    record
      .records("case", name, "values")
      .map((one) => `${one.text(key)} (${one.number("count") ?? 0})`)
      .join(", ");
  return [
    [record.text("case", "title"), ""],
    [
      `Case ${record.text("case", "id")}, severity ${record.number("case", "severity")}, stage ${record.text("case", "stage")}, ${record.text("case", "state")}`,
      "",
    ],
    ["", ""],
    ["What happened (UTC)", ""],
    ...said("story"),
    ["", ""],
    ["What to do", ""],
    ...said("advice"),
    ["", ""],
    [`Attackers: ${people("attackers", "ip") || "none that is known"}`, ""],
    [`Victims: ${people("victims", "value")}`, ""],
    [`Accounts: ${people("accounts", "value") || "none"}`, ""],
    [`Call-IDs: ${record.texts("case", "call_ids").join(", ") || "none"}`, ""],
    [`Alerts: ${record.texts("case", "alert_ids").join(", ")}`, ""],
  ];
}

function alertTexts(record: EveRecord): Text[] {
  const evidence = record.records("evidence").map((item): Text => {
    const expected = item.text("expected");
    return [
      `- ${item.text("what")}: ${item.text("seen")}${expected === "" ? "" : ` (expected: ${expected})`}`,
      "  ",
    ];
  });
  return [
    [record.text("alert", "signature"), ""],
    [
      `Rule ${record.number("alert", "signature_id")}, severity ${record.number("alert", "severity")}, ${record.text("timestamp")}`,
      "",
    ],
    [
      `${record.text("src_ip")}:${record.number("src_port") ?? ""} → ${record.text("dest_ip")}:${record.number("dest_port") ?? ""} ${record.text("proto")}`,
      "",
    ],
    ["", ""],
    ["Why", ""],
    ...(evidence.length > 0 ? evidence : [["- the rule's own conditions", "  "] as const]),
    ["", ""],
    ...fieldTexts(record, ["voip"]),
    ...addressTexts(record),
  ];
}

function callTexts(record: EveRecord): Text[] {
  return [["Call", ""], ...fieldTexts(record, ["call"]), ...addressTexts(record)];
}

/** What is known of the record's addresses, where it says anything. */
function addressTexts(record: EveRecord): Text[] {
  const known = record.records("addresses").length > 0;
  return known ? [["", ""], ["Addresses", ""], ...fieldTexts(record, ["addresses"])] : [];
}

const DEPTH_MAX = 4;

/** Fields as they are in the record: what has no text of its own is there, too. */
function fieldTexts(record: EveRecord, path: readonly string[]): Text[] {
  return walk("", record.value(...path), 0);
}

function walk(name: string, value: unknown, depth: number): Text[] {
  const indent = "  ".repeat(depth);
  if (typeof value !== "object" || value === null) return [[`${name}: ${String(value)}`, indent]];
  if (depth > DEPTH_MAX) return [];
  const entries = Object.entries(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== "object"))
    return [[`${name}: ${value.join(", ")}`, indent]];
  const inner = entries.flatMap(([key, item]) =>
    walk(Array.isArray(value) ? `${name} ${Number(key) + 1}` : key, item, depth + 1),
  );
  return name === "" ? inner : [[name, indent], ...inner];
}
