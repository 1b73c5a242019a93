import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CaseRecord } from "../../src/detect/cases/case-record.ts";
import type { CaseStage } from "../../src/detect/cases/case-stage.ts";
import { caseStory } from "../../src/emit/cases/case-story.ts";
import { runFiles } from "../support/run-capture.ts";
import {
  SHARED_CAPTURES,
  type SharedCapture,
  sharedCaptures,
  sharedCapturesMissing,
} from "../support/shared-captures.ts";

/** Stage that the attack of a folder of the lab reaches, for those that do not say so themselves below. */
const STAGES: Readonly<Record<string, CaseStage>> = {
  bruteforce: "guess",
  bruteforce_distributed: "guess",
  bruteforce_slow: "guess",
  bye_spoof: "damage",
  cancel_attack: "damage",
  enum_distributed: "walk",
  enum_invite: "walk",
  enum_options: "walk",
  enum_register: "walk",
  enum_slow: "walk",
  invite_flood: "damage",
  invite_ghost: "scan",
  malformed: "scan",
  mixed: "guess",
  options_flood: "damage",
  password_spray: "guess",
  register_flood: "damage",
  reinvite_hijack: "damage",
  rtp_flood: "damage",
  rtp_inject: "damage",
  sip_scan: "scan",
  tcp_bruteforce: "in",
  tcp_enum: "walk",
};

/** Captures whose attack comes further, or not so far, than its folder's others. */
const OWN_STAGES: Readonly<Record<string, CaseStage>> = {
  "bruteforce/nmap_sip_brute_gives_up.pcap": "scan",
  "bruteforce/svcrack_dictionary.pcap": "in",
  "bruteforce/svcrack_range.pcap": "in",
  "enum_invite/svwar_invite_hardened_gives_up.pcap": "scan",
  "enum_options/svwar_options_hardened_gives_up.pcap": "scan",
  "enum_register/svwar_register_hardened_gives_up.pcap": "scan",
  "fragmented/fragmented_invite_flood.pcap": "damage",
  "fragmented/tiny_fragment_register_enum.pcap": "walk",
  "registration_hijack/deregister_contact_star_expires_0.pcap": "guess",
  "registration_hijack/register_other_contact_stolen_credentials.pcap": "guess",
  "registration_hijack/replayed_digest_other_contact.pcap": "in",
  "toll_fraud/premium_calls_one_account.pcap": "use",
  "toll_fraud/unauthenticated_dialplan_probe.pcap": "walk",
};

function nameOf({ path }: SharedCapture): string {
  return `${basename(dirname(path))}/${basename(path)}`;
}

/** The cases that a run ended with, as they were at last. */
function casesOf(records: readonly CaseRecord[]): CaseRecord[] {
  return records.filter(({ reason, state }) => state === "closed" && reason !== "merged");
}

function textOf({ sources, stage, victims }: CaseRecord): string {
  const from = sources.map(({ ip }) => ip).join(",");
  return `${stage} by ${from} against ${victims.values.map(({ text }) => text).join(",")}`;
}

if (sharedCapturesMissing !== "") console.warn(`skipped: ${sharedCapturesMissing}`);

describe.skipIf(sharedCapturesMissing !== "")("cases of the lab", () => {
  const lab = sharedCaptures("lab");
  const isHealthy = ({ row }: SharedCapture) => (row.labels ?? "").startsWith("benign");

  for (const capture of lab.filter((one) => !isHealthy(one))) {
    const name = nameOf(capture);
    const stage = OWN_STAGES[name] ?? STAGES[dirname(name)];
    it(`${name}: one, ${stage}`, async () => {
      const { cases, alerts } = await runFiles([capture.path]);
      const all = casesOf(cases);
      expect(all.map(textOf)).toHaveLength(1);
      const [only] = all as [CaseRecord];
      expect(only.stage).toBe(stage);
      const { attacker_ips: ips = "", attacker_macs: macs = "", target = "" } = capture.row;
      const isForged = /spoofed/.test(ips);
      const named = only.sources.map(({ ip }) => ip);
      if (!isForged) {
        const attackers = ips.split(",").map((ip) => ip.replace(/\(.*/, ""));
        expect(attackers).toEqual(expect.arrayContaining(named));
        expect(named.length).toBeGreaterThan(0);
        expect(only.sourceCount).toBe(attackers.length);
      } else if (!ips.startsWith("many")) {
        expect(only.macs).toContain(macs);
        expect(named.filter((ip) => ip !== "10.66.0.66")).toEqual([]);
      }
      // A call is named by both of its ends in the index; the one that was attacked is a victim.
      const targets = target.match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
      const victims = only.victims.values.map(({ text }) => text);
      const isNetwork = target.includes("/");
      const isNamed = targets.some((ip) => victims.includes(ip)) || victims.includes("10.66.0.10");
      expect(isNetwork ? victims.length >= 2 : isNamed, textOf(only)).toBe(true);
      // All that is no information belongs to it.
      const ids = new Set([only.caseId, ...only.merged]);
      const outside = alerts.filter(
        ({ caseId, signature }) => signature.severity <= 3 && !ids.has(caseId ?? ""),
      );
      expect(outside.map(({ signature }) => signature.msg)).toEqual([]);
    });
  }

  it("are none on healthy traffic", async () => {
    const wrong: string[] = [];
    for (const capture of lab.filter(isHealthy)) {
      const { cases } = await runFiles([capture.path]);
      wrong.push(...casesOf(cases).map((one) => `${nameOf(capture)}: ${textOf(one)}`));
    }
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(sharedCapturesMissing !== "")("the fraud night", () => {
  const night = join(SHARED_CAPTURES, "cases/bundled_night.pcap.gz");

  it("is one case of at most four records that tells who, which account and which calls", async () => {
    const { cases } = await runFiles([night]);
    expect(cases.length).toBeLessThanOrEqual(4);
    const [only, ...others] = casesOf(cases);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      stage: "use",
      severity: 1,
      attack: "toll_fraud",
      calls: {
        answered: 30,
        ended: 30,
        sources: [{ text: "10.77.3.140", count: 30 }],
        accounts: [{ text: "6011@10.77.3.10", count: 30 }],
      },
    });
    const sources = only?.sources.map(({ ip }) => ip) ?? [];
    expect(sources.toSorted()).toEqual(["10.77.3.140", "198.18.7.77"]);
    const seconds = (only?.calls?.durationUs ?? 0) / 1e6;
    expect(seconds).toBeCloseTo(30 * 12, 0);
    const story = caseStory(only as CaseRecord).join("\n");
    expect(story).toMatch(
      /guessed [\s\S]*got in as 6011@10\.77\.3\.10[\s\S]*made 30 calls as 6011@10\.77\.3\.10 that were answered/,
    );
  });
});
