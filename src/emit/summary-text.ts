import picocolors from "picocolors";
import { UNREAD_NAMES, UNREAD_TEXTS } from "../track/sensor/unread-reason.ts";
import { address, alertTable, paint, shorten, type TextStyle } from "./alert-table.ts";
import type { AlertGroup } from "./alert-tally.ts";
import { printable } from "./eve/eve-text.ts";
import { bytes, clock, count, duration } from "./number-text.ts";
import type { RunSummary } from "./summary.ts";

/** Rows of a table of alerts; the rest is counted in a last line. */
const ROWS_MAX = 40;
const ATTACKERS_MAX = 10;
const LABEL_WIDTH = 11;

/** The summary for people, one text without timing: the same for the same capture. */
export function summaryText(
  summary: RunSummary,
  groups: readonly AlertGroup[],
  style: TextStyle,
): string {
  const lines = trafficLines(summary);
  const { alerts } = summary;
  const severities = Object.entries(alerts.by_severity).map(
    ([level, n]) => `severity ${level}: ${count(n)}`,
  );
  lines.push(row("Alerts", [count(alerts.total), ...severities].join("  ")));
  if (alerts.held_back > 0) {
    const limits = "incidents.rulePerMinute, incidents.severityPerMinute";
    lines.push(
      row("Held back", `${count(alerts.held_back)} alerts, counted a minute each (${limits})`),
    );
  }
  if (alerts.over_packet_limit > 0)
    lines.push(
      row(
        "Left out",
        `${count(alerts.over_packet_limit)} alerts, as their packets had more (rules.packetAlertsMax)`,
      ),
    );
  const { rules_failed: failed, rules_loaded: loaded } = summary;
  const suspended = Object.keys(summary.rules_suspended);
  if (suspended.length > 0)
    lines.push(row("Suspended", `${suspended.join(", ")}: regular expressions that cost too much`));
  if (failed > 0)
    lines.push(
      row("Rules", `${count(loaded)} in force, ${count(failed)} left out as not loadable`),
    );
  if (groups.length > 0) {
    lines.push("", alertTable(groups.slice(0, ROWS_MAX), style, { hasDetails: true }));
    if (groups.length > ROWS_MAX)
      lines.push(`and ${count(groups.length - ROWS_MAX)} more pairs of rule and attacker`);
    lines.push("", "By rule", ...ruleLines(summary, style));
    const attackers = attackerLines(summary);
    if (attackers.length > 0) lines.push("", "By attacker", ...attackers);
  }
  for (const { name, dropped } of summary.outputs) {
    if (dropped > 0) lines.push("", `Records lost for ${name}: ${count(dropped)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What was seen, a row for each thing. */
export function trafficLines(summary: RunSummary): string[] {
  const { packets, sip, calls, rtp, payloads } = summary;
  const lines = [row("Packets", `${count(packets.total)}, ${bytes(packets.bytes)}`)];
  if (packets.first !== null && packets.last !== null) {
    lines.push(
      row(
        "Time",
        `${clock(packets.first)} to ${clock(packets.last)} UTC, ${duration(packets.duration_s)}`,
      ),
    );
  }
  lines.push(row("Hosts", count(summary.hosts)));
  const malformed = sip.malformed > 0 ? `, ${count(sip.malformed)} malformed` : "";
  lines.push(
    row("SIP", `${count(payloads.sip)} messages, ${count(sip.call_ids)} Call-IDs${malformed}`),
  );
  lines.push(...list("  requests", sip.requests), ...list("  responses", sip.responses));
  lines.push(
    row(
      "Calls",
      `${count(calls.attempts)} attempted, ${count(calls.answered)} answered, ${count(calls.ended)} ended`,
    ),
  );
  const streams = `${count(rtp.streams_announced)} streams announced, ${count(rtp.streams_unannounced)} not announced`;
  lines.push(
    row("RTP", `${count(rtp.packets)} packets, ${streams}, ${count(rtp.lost)} packets lost`),
  );
  const { rtcp, stun, dtls, keepalive, other } = payloads;
  lines.push(
    ...list("Other UDP", { rtcp, stun, dtls, "keep-alive": keepalive, "not recognised": other }),
  );
  for (const [at, name] of UNREAD_NAMES.entries()) {
    const packets = sip.unread[name] ?? 0;
    if (packets > 0) lines.push(row("Not read", `${count(packets)} packets: ${UNREAD_TEXTS[at]}`));
  }
  lines.push(...list("Skipped", summary.skipped));
  if (packets.capture_drops > 0)
    lines.push(row("Not seen", `${count(packets.capture_drops)} packets dropped before decoding`));
  for (const { name, capacity, evictions } of summary.tables) {
    if (evictions > 0)
      lines.push(
        row(
          "Table full",
          `${name}: ${count(evictions)} evicted at its limit of ${count(capacity)}`,
        ),
      );
  }
  return lines;
}

/** Alerts by rule. */
export function ruleLines({ alerts }: RunSummary, style: TextStyle): string[] {
  const colors = picocolors.createColors(style.isColored);
  return alerts.by_rule.map(({ sid, severity, count: n, message }) => {
    const text = shorten(
      printable(message),
      style.width > 0 ? Math.max(20, style.width - 22) : Number.POSITIVE_INFINITY,
    );
    return `${count(n).padStart(8)}  ${String(sid).padEnd(10)} ${paint(colors, severity, text)}`;
  });
}

/** The attackers with most alerts. */
export function attackerLines({ alerts }: RunSummary): string[] {
  const attackers = alerts.by_attacker;
  const lines = attackers
    .slice(0, ATTACKERS_MAX)
    .map(
      ({ address: ip, count: n, sids }) =>
        `${count(n).padStart(8)}  ${address(ip)} (${sids.join(", ")})`,
    );
  if (attackers.length > ATTACKERS_MAX)
    lines.push(`          and ${count(attackers.length - ATTACKERS_MAX)} more`);
  return lines;
}

/** A label and its text, in columns. */
export function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)} ${text}`;
}

function list(label: string, counts: Readonly<Record<string, number>>): string[] {
  const items = Object.entries(counts).filter(([, n]) => n > 0);
  return items.length === 0
    ? []
    : [row(label, items.map(([name, n]) => `${name} ${count(n)}`).join("  "))];
}
