import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { PCAPS } from "../support/bundled-captures.ts";
import { inPieces } from "../support/captured.ts";
import { type PipelineRun, runFiles, runSource } from "../support/run-capture.ts";
import { ALL_CASES } from "./all-cases.ts";
import { captureOf, configOf } from "./scene.ts";

/** Alerts of severity 1 and 2, in order. */
function graveOf({ alerts }: PipelineRun): number[] {
  return alerts
    .filter(({ signature }) => signature.severity <= 2)
    .map(({ signature }) => signature.sid);
}

async function graveIn(name: string): Promise<number[]> {
  return graveOf(await runOf(name));
}

async function runOf(name: string): Promise<PipelineRun> {
  const scene = ALL_CASES.find((one) => one.name === name);
  if (scene === undefined) throw new Error(`no scene ${name}`);
  const source = openSource(["-"], { stdin: inPieces(captureOf(scene), 1 << 20) });
  return runSource(source, { config: configOf(scene) });
}

describe("one deed raises one alert, of its gravest kind", () => {
  it.each(["bursts_with_a_call_id_each", "bursts_on_one_call_id"])(
    "%s: a burst is a fast guesser's, not a slow one's too",
    async (name) => {
      expect(await graveIn(name)).toEqual([9102001]);
    },
  );

  it("calls after a guessed login are told by where they come from, not by each count of them", async () => {
    expect(await graveIn("night_ipv6_401")).toEqual([9102001, 9102005, 9106010]);
  });

  it("a check that goes on with a wrong password for days is told once", async () => {
    expect(await graveIn("check_with_a_wrong_password_for_four_days")).toEqual([9102020]);
  });

  it("a re-INVITE of a stranger that moved media is the deed; that media goes there is its effect", async () => {
    const run = await runFiles([join(PCAPS, "reinvite_hijack/reinvite_third_party.pcap")]);
    expect(graveOf(run)).toEqual([9104022]);
  });

  it("a flood of calls by sixty hosts is told as one, and that it walks over extensions, not by each of them", async () => {
    expect(await graveIn("flood_by_many_is_one_deed")).toEqual([9101011, 9103005]);
  });

  it("answers that one host forges in eight calls are told once", async () => {
    expect(await graveIn("forged_486_to_eight_calls")).toEqual([9104052]);
  });

  it("but a re-INVITE that moved nothing hides no injection", async () => {
    expect(await graveIn("reinvite_refused_then_media")).toContain(9105001);
  });

  it.each(["register", "options", "invite"])(
    "a walk by %s that a back-to-back user agent passes on is that of who walks",
    async (method) => {
      expect(await graveIn(`walk_through_an_sbc_by_${method}`)).toHaveLength(1);
    },
  );
});

describe("what is done in one forged name against one host is one case", () => {
  it.each([
    ["walk_by_invite_forged_200", "call for call"],
    ["forged_flood_by_invite", "walk and flood in one"],
    ["forged_flood_by_register", "walk and flood in one"],
  ])("%s: %s", async (name) => {
    const { cases } = await runOf(name);
    const forged = cases.filter(({ state, forged }) => state === "closed" && forged.length > 0);
    expect(forged).toHaveLength(1);
  });

  it("but not what somebody does in his own", async () => {
    const { cases } = await runOf("walk_by_invite_forged_200");
    expect(new Set(cases.map(({ caseId }) => caseId)).size).toBe(2);
  });
});
