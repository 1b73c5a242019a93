import { basename } from "node:path";
import type { Signature } from "../rules/signature.ts";
import { explainParts, type RuleNotes } from "./explain.ts";

/** Name of the page of an alert in docs/alerts/. */
export function pageName(sid: number): string {
  return `${sid}.md`;
}

/** The page about an alert: what `rules explain` says, as Markdown. */
export function alertPage(signature: Signature, notes: RuleNotes): string {
  const { alert, file } = signature;
  const [technique = ""] = alert.metadata.mitre_technique_id ?? [];
  const references = alert.references.filter((url) => !url.endsWith(pageName(alert.sid)));
  const parts = explainParts(signature, notes);
  const about = [
    `Signature ${alert.gid}:${alert.sid}, revision ${alert.rev}, in \`rules/${basename(file)}\`.`,
    technique === "" || technique === "none" ? "" : `MITRE ATT&CK ${technique}.`,
  ];
  return [
    `# ${alert.msg}`,
    "",
    "<!-- Made from the rule and its comments by `npm run docs:alerts`; do not edit. -->",
    "",
    about.filter((text) => text !== "").join(" "),
    ...parts.words.flatMap(({ title, lines, isList }) => [
      "",
      `## ${title}`,
      "",
      ...lines.map((line) => (isList ? `- ${line}` : line)),
    ]),
    "",
    "## The rule",
    "",
    "```",
    ...parts.rule.flatMap(({ title, lines }, i) => [
      ...(i > 0 ? [""] : []),
      title,
      ...lines.map((line) => `  ${line}`),
    ]),
    "```",
    ...(references.length === 0 ? [] : ["", ...references.map((url) => `- ${url}`)]),
    "",
  ].join("\n");
}
