import type { Closeness } from "../detect/counters/closeness.ts";
import type { Tuned } from "../detect/counters/tuned-threshold.ts";
import { printable } from "./eve/eve-text.ts";
import { count } from "./number-text.ts";

/** One rule of `tune`. */
export interface TuneRow {
  readonly close: Closeness;
  readonly want: Tuned;
  /** Alerts that it wrote. */
  readonly fired: number;
}

const KEY_MAX = 40;
const MESSAGE_MAX = 70;
const HEADS = ["sid", "sev", "closest", "fires at", "of it", "wanted", "key", "rule"];

/** A table for people, the closest first; rules that nothing came near are counted in a last line. */
export function tuneTable(
  rows: readonly TuneRow[],
  { margin, rules }: { margin: number; rules: number },
): string {
  const cells = [HEADS, ...rows.map(cellsOf)];
  const widths = HEADS.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  const table = cells.map((row) =>
    row
      .map((cell, i) => (i >= 6 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const fired = rows.filter((row) => row.fired > 0).length;
  const tight = rows.filter(({ want }) => !want.isEnough).length;
  return [
    ...table,
    "",
    `${rows.length} of ${rules} rules counted something, ${fired} fired, ${tight} leave less than ${margin} times as a margin.`,
    "closest: highest count of one key in the rule's window (or the fact's own number). wanted: where it should fire at the earliest; \"=\" as it is.",
    "",
  ].join("\n");
}

function cellsOf({ close, fired, want }: TuneRow): string[] {
  const { highest, key, needed, part, signature } = close;
  const { sid, severity, msg } = signature.alert;
  const wanted = want.isEnough ? "=" : want.needed === null ? "suppress" : count(want.needed);
  if (close.of === "baseline") {
    const state = fired > 0 ? `FIRED ${count(fired)}x` : "learns";
    return [String(sid), String(severity), "-", "-", state, "=", "", printable(msg, MESSAGE_MAX)];
  }
  return [
    String(sid),
    String(severity),
    count(Math.round(highest * 100) / 100),
    count(needed),
    fired > 0 ? `FIRED ${count(fired)}x` : `${Math.round(100 * part)} %`,
    wanted,
    printable(key, KEY_MAX),
    printable(msg, MESSAGE_MAX),
  ];
}

/**
 * threshold.config with what has to be raised, and why. A rule that fired is commented out unless `isAccepted`: if the
 * traffic was not as healthy as was thought, raising it would silence what it found.
 */
export function tunedConfig(
  rows: readonly TuneRow[],
  { margin, isAccepted }: { margin: number; isAccepted: boolean },
): { text: string; raised: number; held: number } {
  const lines = [
    "# Made by sipsentry tune: rules that healthy traffic of this site came close to, raised so that they need",
    `# ${margin} times what it reached. A line replaces the threshold of its rule.`,
  ];
  let raised = 0;
  let held = 0;
  for (const { close, fired, want } of rows) {
    if (want.isEnough) continue;
    const { highest, key, needed, signature } = close;
    const { gid, sid, msg } = signature.alert;
    const where = key === "" ? "" : ` on ${printable(key, KEY_MAX)}`;
    const firedText = fired > 0 ? `; fired ${fired} times` : "";
    lines.push(
      "",
      `# ${printable(msg, MESSAGE_MAX)}: reached ${highest}${where}, fires at ${needed}${firedText}`,
    );
    if (want.line !== "" && (fired === 0 || isAccepted)) {
      lines.push(want.line);
      raised++;
      continue;
    }
    held += fired > 0 ? 1 : 0;
    if (want.line !== "") lines.push(`#${want.line}`);
    else if (want.needed !== null)
      lines.push(
        `# no threshold can raise it: copy the rule with event_value:>=${want.needed}, or suppress who it is`,
      );
    else lines.push("# it counts nothing: suppress who it is");
    if (want.line === "")
      lines.push(`#suppress gen_id ${gid}, sig_id ${sid}, track by_src, ip ADDRESS`);
  }
  return { text: `${lines.join("\n")}\n`, raised, held };
}
