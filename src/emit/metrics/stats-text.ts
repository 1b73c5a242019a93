import { latencyLine } from "../latency-text.ts";
import { bytes, clock, count, duration } from "../number-text.ts";
import { attackerLines, row, ruleLines, trafficLines } from "../summary-text.ts";
import type { StatsPage } from "./stats-page.ts";

const RULES_MAX = 20;
const PLAIN = { isColored: false, width: 0 };

/** What a sensor did since the page before. */
export interface StatsRates {
  readonly seconds: number;
  readonly packets: number;
  readonly bytes: number;
  readonly alerts: number;
}

/** In the words of /readyz. */
function stateText({ ready, reasons, degraded }: StatsPage["sensor"]): string {
  if (!ready) return `not ready: ${reasons.join("; ")}`;
  return degraded.length > 0 ? `degraded: ${degraded.join("; ")}` : "ready";
}

/** The page of a running sensor for people. `nowMs` is the reader's clock. */
export function statsText(page: StatsPage, nowMs: number, since: StatsRates | null): string {
  const { sensor, alerts } = page;
  const upS = Math.max(0, nowMs - Date.parse(sensor.started)) / 1e3;
  const state = stateText(sensor);
  const lines = [
    `sipsentry ${page.sipsentry} (process ${sensor.pid}) on ${page.inputs.join(", ")}, running for ${duration(upS)}: ${state}`,
    "",
    ...captureLines(page),
  ];
  if (since !== null) lines.push(rateLine(since));
  lines.push(...trafficLines(page), ...activityLines(page), "");
  const severities = Object.entries(alerts.by_severity).map(
    ([level, n]) => `severity ${level}: ${count(n)}`,
  );
  lines.push(row("Alerts", [count(alerts.total), ...severities].join("  ")));
  lines.push(incidentLine(page));
  if (alerts.total > 0) {
    const rules = [...alerts.by_rule].sort((a, b) => a.severity - b.severity || b.count - a.count);
    const shown = { ...page, alerts: { ...alerts, by_rule: rules.slice(0, RULES_MAX) } };
    lines.push("", "By rule", ...ruleLines(shown, PLAIN));
    if (rules.length > RULES_MAX) lines.push(`          and ${rules.length - RULES_MAX} more`);
    const attackers = attackerLines(page);
    if (attackers.length > 0) lines.push("", "By attacker", ...attackers);
  }
  lines.push("", ...outputLines(page), ...latencyLines(page));
  for (const problem of page.problems) lines.push(row("Problem", problem));
  return `${lines.join("\n")}\n`;
}

function captureLines({ sensor }: StatsPage): string[] {
  return sensor.captures.map(({ interface: name, state, packets, dropped }) => {
    const { kernel, interface: device, ring } = dropped;
    const lost = kernel + device + ring;
    const where = [
      ["kernel", kernel],
      ["interface", device],
      ["ring", ring],
    ] as const;
    const drops =
      lost === 0
        ? "none dropped"
        : `${count(lost)} dropped (${where
            .filter(([, n]) => n > 0)
            .map(([stage, n]) => `${stage} ${count(n)}`)
            .join(", ")})`;
    return row("Capture", `${name} ${state}, ${count(packets)} packets, ${drops}`);
  });
}

function rateLine({ seconds, packets, bytes: octets, alerts }: StatsRates): string {
  const perS = (n: number) => Math.round(n / seconds);
  return row(
    "Now",
    `${count(perS(packets))} packets/s, ${bytes(perS(octets))}/s, ${count(alerts)} alerts in ${duration(seconds)}`,
  );
}

function activityLines({ sensor, tables }: StatsPage): string[] {
  const { early, answered } = sensor.calls_active;
  const fill = tables.map(
    ({ name, size, capacity }) => `${name} ${count(size)} (${percent(size, capacity)})`,
  );
  return [
    row("Active", `${count(answered)} calls, ${count(early)} being set up`),
    row("Tables", fill.join("  ")),
  ];
}

function incidentLine({ sensor }: StatsPage): string {
  const { open, opened, folded } = sensor.incidents;
  return row(
    "Incidents",
    `${count(open)} open, ${count(opened)} since the start, ${count(folded)} alerts folded into them`,
  );
}

function outputLines({ outputs, sensor }: StatsPage): string[] {
  const lines = outputs.map(({ name, written, dropped, problem }) => {
    const lost = dropped > 0 ? `, ${count(dropped)} lost` : "";
    return row("File", `${name}: ${count(written)} records${lost}${problem && `: ${problem}`}`);
  });
  for (const output of sensor.outputs) {
    const {
      name,
      state,
      problem,
      acknowledged,
      waiting,
      retries,
      lost,
      dead_letters: dead,
    } = output;
    const gone = lost > 0 ? `, ${count(lost)} lost` : "";
    const extra = gone + (dead > 0 ? `, ${count(dead)} refused for good` : "");
    lines.push(
      row(
        "Output",
        `${name} ${state}: ${count(acknowledged)} acknowledged, ${count(waiting)} waiting, ${count(retries)} retries${extra}${problem && `: ${problem}`}`,
      ),
    );
    const { acknowledgement_us: times } = output;
    if (times !== null) lines.push(row("", latencyLine("acknowledgement", times)));
  }
  const { spool, evidence } = sensor;
  if (spool !== null) lines.push(spoolLine(spool));
  if (evidence !== null) {
    const { folderFiles, folderBytes, files, problem } = evidence;
    const kept = `${count(folderFiles)} files with ${bytes(folderBytes)}, ${count(files)} made`;
    lines.push(row("Evidence", `${kept}${problem && `: ${problem}`}`));
  }
  return lines;
}

function spoolLine(spool: NonNullable<StatsPage["sensor"]["spool"]>): string {
  const dropped = Object.values(spool.dropped_by_severity).reduce((sum, n) => sum + n, 0);
  const lost = dropped > 0 ? `, ${count(dropped)} dropped` : "";
  const corrupt = spool.corrupt > 0 ? `, ${count(spool.corrupt)} unreadable` : "";
  const age = spool.oldest_s > 0 ? `, the oldest ${duration(spool.oldest_s)} old` : "";
  return row(
    "Spool",
    `${count(spool.records)} records in ${bytes(spool.bytes)}${age}${lost}${corrupt}${spool.problem && `: ${spool.problem}`}`,
  );
}

function latencyLines({ timing, sensor }: StatsPage): string[] {
  const { lag, decode, packet, alert } = timing.latency_us;
  const lines: string[] = [];
  if (lag !== null) lines.push(row("Lag", latencyLine("capture to turn", lag)));
  if (decode !== null) lines.push(row("Latency", latencyLine("decode", decode)));
  if (packet !== null) lines.push(row("", latencyLine("packet", packet)));
  if (alert !== null) lines.push(row("", latencyLine("packet to alert", alert)));
  const { loaded, is_last_good: isGood, failed_loads: failed } = sensor.rules;
  const state = isGood ? "" : ` (the last of ${count(failed)} failed loads left them in force)`;
  lines.push(row("Rules", `loaded ${clock(loaded)} UTC${state}`));
  return lines;
}

function percent(size: number, capacity: number): string {
  return capacity > 0 ? `${Math.round((100 * size) / capacity)} %` : "";
}
