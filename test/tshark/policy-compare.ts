import { expect } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { EVENT_ROWS } from "../../src/track/facts/event-kind.ts";
import { runFiles } from "../support/run-capture.ts";
import { EXPECTED, pairOf, rowsOf } from "./policy-facts.ts";

/** Everything is declared so that every packet that could break it does. */
const CONFIG = loadConfig({
  sets: [
    "policy.notes=true",
    "policy.secure=['0.0.0.0/0','::/0']",
    "policy.signed=['0.0.0.0/0','::/0']",
    "policy.codecs=[none-such]",
    "policy.domains=[none.such]",
    "policy.trunkPorts=[5060]",
    "policy.trunks=['203.0.113.255/32']",
  ],
});

const TABLE = Object.entries(EXPECTED);
const pairTold = (alert: { src_ip: string; dest_ip: string }) =>
  pairOf(alert.src_ip, alert.dest_ip);

/** None is said that tshark does not see, and each thing that it sees is a fact. */
export async function comparePolicies(path: string): Promise<void> {
  const [rows, { facts, lines }] = await Promise.all([
    rowsOf(path),
    runFiles([path], { config: CONFIG }),
  ]);
  const alerts = lines.map((line) => JSON.parse(line)).filter((r) => r.event_type === "alert");
  for (const [fact, { about, is, isHabit = false, told: toldOf = pairTold }] of TABLE) {
    const wanted = [...new Set(rows.filter((row) => is(row, rows)).map(about))].sort();
    const told = alerts.filter(({ voip }) => voip?.event === fact).map(toldOf);
    // What is folded into an open incident is no line of its own: none is said that is not so, and the facts are as many.
    expect(
      told.filter((one) => !wanted.includes(one)),
      fact,
    ).toEqual([]);
    const kind = EVENT_ROWS.findIndex((row) => row.name === fact);
    if (isHabit) expect([fact, (facts[kind] ?? 0) > 0]).toEqual([fact, wanted.length > 0]);
    else expect([fact, facts[kind]]).toEqual([fact, wanted.length]);
  }
}
