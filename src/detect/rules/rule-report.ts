import type { LoadMessage } from "./load-message.ts";
import type { LoadResult } from "./load-rules.ts";

const LEVELS = { error: "Error", warning: "Warning", info: "Info" } as const;

/** The second line of a bad rule, which repeats its text and place in Suricata's form. */
export const RULE_TEXT_LINE = /^error parsing signature "/;

/** One message as Suricata logs it: `Error: detect: file:line:column: text`. */
function messageLine({ level, file, line, column, text }: LoadMessage): string {
  const place = [file, line, column].filter((part) => part !== "" && part !== 0).join(":");
  const isAboutFile = line === 0 && text.includes(file);
  const isSelfContained = file === "" || isAboutFile || RULE_TEXT_LINE.test(text);
  return `${LEVELS[level]}: detect: ${isSelfContained ? "" : `${place}: `}${text}`;
}

/** What `rules check` prints (as Suricata's -T), and whether all was well. */
export function ruleReport(result: LoadResult): { lines: string[]; ok: boolean } {
  const { filesRead, loaded, failed, skipped, messages } = result;
  const ok = failed === 0 && !messages.some(({ level }) => level === "error");
  const lines = messages.map(messageLine);
  lines.push(
    `Info: detect: ${filesRead} rule files processed. ${loaded} rules successfully loaded, ${failed} rules failed, ${skipped} rules skipped`,
  );
  lines.push(
    ok
      ? "Notice: sipsentry: Configuration provided was successfully loaded. Exiting."
      : "Error: sipsentry: Loading signatures failed.",
  );
  return { lines, ok };
}
