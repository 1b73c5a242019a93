import { type CaseMessage, caseLines, cut } from "./case-message.ts";

/** An event may have 65,536 bytes (Matrix client-server API, size limits), and each character up to twelve twice. */
const TEXT_MAX = 2_400;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Content of `m.room.message`: a notice, which no bot answers. The formatted body is the same text escaped, so that no
 * client makes links or pills of what a packet said; nobody is mentioned (`m.mentions`).
 */
export function matrixMessage(text: CaseMessage): object {
  const [head = "", ...lines] = cut(caseLines(text).join("\n"), TEXT_MAX).split("\n");
  const html = lines.map(escaped).join("<br>");
  return {
    msgtype: "m.notice",
    body: [head, ...lines].join("\n"),
    format: "org.matrix.custom.html",
    formatted_body: `<strong>${escaped(head)}</strong><br>${html}`,
    "m.mentions": {},
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (unit) => ENTITIES[unit] ?? unit);
}
