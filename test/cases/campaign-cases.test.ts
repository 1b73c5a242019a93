import { expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { caseStory } from "../../src/emit/cases/case-story.ts";
import { inPieces } from "../support/captured.ts";
import { runSource } from "../support/run-capture.ts";
import { CAMPAIGNS } from "./campaigns.ts";
import { captureOf } from "./scene.ts";

async function casesOf(name: string) {
  const scene = CAMPAIGNS.find((one) => one.name === name);
  if (scene === undefined) throw new Error(`no scene ${name}`);
  const source = openSource(["-"], { stdin: inPieces(captureOf(scene), 1 << 20) });
  const { cases } = await runSource(source);
  const last = new Map(cases.map((record) => [record.caseId, record]));
  return [...last.values()].filter(({ reason }) => reason !== "merged");
}

it.each([
  ["campaign_one_host_25_customers", 1],
  ["campaign_one_host_25_hosted", 1],
  ["campaign_six_hosts_one_number", 6],
  ["campaign_six_hosts_another_number_each", 6],
  ["campaign_forty_hosts_once_each", 18],
])("%s is one case, with its %i hosts and the servers", async (name, hosts) => {
  const [only, ...others] = await casesOf(name);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ severity: 2, stage: "walk", attack: "toll_fraud_probe" });
  expect(only?.sourceCount).toBe(hosts);
  expect(only?.victims.distinct).toBeGreaterThanOrEqual(18);
  const told = only === undefined ? [] : caseStory(only);
  expect(told.join("\n")).toMatch(/ tried .* at least at (?:1[89]|2\d) servers \(/);
});

it("campaign_defaults_at_25_customers is one case, with its three hosts and many servers", async () => {
  const [only, ...others] = await casesOf("campaign_defaults_at_25_customers");
  expect(others).toEqual([]);
  expect(only).toMatchObject({ stage: "guess", attack: "password_spray" });
  expect(only?.sourceCount).toBe(3);
});
