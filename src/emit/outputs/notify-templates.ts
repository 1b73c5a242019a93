import { type CaseMessage, caseMessage, cut } from "./case-message.ts";
import { matrixMessage } from "./matrix-message.ts";

/** Shapes of a message about a case. */
export const NOTIFY_TEMPLATES = ["slack", "teams", "pagerduty", "matrix", "case"] as const;
export type NotifyTemplate = (typeof NOTIFY_TEMPLATES)[number];

/** Limits of the receivers, well below theirs: Slack 3,000 characters a block, PagerDuty 1,024 of a summary. */
const TITLE_MAX = 140;
const SUMMARY_MAX = 1_000;
const TEXT_MAX = 2_800;
/** PagerDuty knows four; a case of severity 3 wakes nobody. */
const LEVELS: Readonly<Record<number, string>> = { 1: "critical", 2: "error", 3: "warning" };

/** The body of one request about a case record, an EVE line; JSON. `routingKey` is PagerDuty's. */
export function notifyBody(template: NotifyTemplate, line: string, routingKey: string): string {
  const text = caseMessage(line);
  if (text === null || template === "case") return line;
  switch (template) {
    case "slack":
      return JSON.stringify(slack(text));
    case "teams":
      return JSON.stringify(teams(text));
    case "pagerduty":
      return JSON.stringify(pagerDuty(text, routingKey));
    case "matrix":
      return JSON.stringify(matrixMessage(text));
  }
}

/** Block Kit. Only &, < and > have a meaning in a text object, and they are escaped. */
function slack({ advice, head, id, sensor, stage, story, title }: CaseMessage): object {
  const escaped = (text: string) =>
    text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const section = (lines: readonly string[]) => ({
    type: "section",
    // Not mrkdwn: what a packet said is neither bold nor a link.
    text: { type: "plain_text", text: cut(lines.join("\n"), TEXT_MAX), emoji: false },
  });
  return {
    text: escaped(cut(`${head}: ${title}`, TEXT_MAX)),
    mrkdwn: false,
    blocks: [
      { type: "header", text: { type: "plain_text", text: cut(head, TITLE_MAX), emoji: false } },
      section([title]),
      ...(story.length > 0 ? [section(story)] : []),
      ...(advice.length > 0 ? [section(["What to do:", ...advice])] : []),
      section([`${sensor}, stage ${stage}, case ${id}`]),
    ],
  };
}

/** An Adaptive Card, as Teams' workflows take it. Its text blocks know Markdown, which is escaped. */
function teams({ advice, head, id, sensor, stage, story, title }: CaseMessage): object {
  const escaped = (text: string) => text.replace(/[\\`*_{}[\]()<>#+!|~-]/g, "\\$&");
  const block = (text: string, more: object = {}) => ({
    ...{ type: "TextBlock", text: cut(escaped(text), TEXT_MAX), wrap: true },
    ...more,
  });
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            block(head, { weight: "Bolder", size: "Medium" }),
            block(title),
            ...story.map((sentence) => block(sentence, { spacing: "Small" })),
            ...(advice.length > 0 ? [block("What to do", { weight: "Bolder" })] : []),
            ...advice.map((sentence) => block(sentence, { spacing: "Small" })),
            block(`${sensor}, stage ${stage}, case ${id}`, { isSubtle: true }),
          ],
        },
      },
    ],
  };
}

/** Events API v2: the case is the deduplication key, so that its end resolves what its beginning triggered. */
function pagerDuty(text: CaseMessage, routingKey: string): object {
  const { advice, id, isClosed, sensor, severity, source, stage, story, time, title } = text;
  const about = { routing_key: routingKey, dedup_key: id };
  if (isClosed) return { ...about, event_action: "resolve" };
  return {
    ...about,
    event_action: "trigger",
    payload: {
      summary: cut(title, SUMMARY_MAX),
      source: sensor,
      severity: LEVELS[severity] ?? "info",
      timestamp: time,
      ...(source !== "" && { component: source }),
      class: stage,
      custom_details: { story, advice },
    },
  };
}
