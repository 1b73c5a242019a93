import { join } from "node:path";
import { expect, it } from "vitest";
import { defaultConfig } from "../../../src/config/config.ts";
import { caseAdvice } from "../../../src/emit/cases/case-advice.ts";
import { caseStory, caseTitle } from "../../../src/emit/cases/case-story.ts";
import { Privacy } from "../../../src/emit/privacy.ts";
import { PCAPS } from "../../support/bundled-captures.ts";
import { runFiles } from "../../support/run-capture.ts";

async function lastCase(capture: string) {
  const { cases } = await runFiles([join(PCAPS, capture)]);
  const record = cases.at(-1);
  if (record === undefined) throw new Error(`no case in ${capture}`);
  return record;
}

it("a break-in is told with who, whom and when", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  expect(caseTitle(record)).toBe("10.66.0.66 got in as 225@10.66.0.10 after 35 wrong passwords");
  const story = caseStory(record);
  expect(story[0]).toMatch(/^2026-11-21 02:56:57.*10\.66\.0\.66 was seen to use an attack tool/);
  expect(new Set(story).size).toBe(story.length);
  expect(caseAdvice(record).join(" ")).toMatch(/new password .*Block 10\.66\.0\.66/);
});

it("a forged address is nobody's, and is not to be blocked", async () => {
  const record = await lastCase("bye_spoof/bye_spoofed_source_peer_to_phone.pcap");
  expect(record.sources).toEqual([]);
  expect(caseTitle(record)).toMatch(/^somebody in the name of 10\.66\.0\.101 hung up/);
  const advice = caseAdvice(record).join(" ");
  expect(advice).toContain("00:0c:29:5e:66:01");
  expect(advice).not.toContain("Block");
});

it("names are masked before they get into the story", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  const privacy = new Privacy({ ...defaultConfig().privacy, numbers: "partial" });
  expect(JSON.stringify(caseStory(privacy.case(record)))).not.toContain("225@");
});

it("what would steer a terminal or turn text round is not in a story", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  const steps = record.steps.map((step) => ({
    ...step,
    accounts: { distinct: 1, values: [{ text: "\x1b[2J\u202e<script>", count: 1 }] },
  }));
  const text = caseStory({ ...record, steps }).join("\n");
  expect(text).toContain("<script>");
  expect(text).not.toMatch(/[\x1b\u202e]/);
});
