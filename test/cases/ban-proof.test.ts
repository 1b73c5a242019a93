import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { BanPolicy, type BanRules, type BanVerdict } from "../../src/emit/outputs/ban-policy.ts";
import { inPieces } from "../support/captured.ts";
import { type PipelineRun, runFiles, runSource } from "../support/run-capture.ts";
import { SHARED_CAPTURES } from "../support/shared-captures.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account, attempt, authorization, nonceOf } from "./digest.ts";
import { CARRIER, forgedBy, natted, outside, PBX, phone, STRANGER } from "./lab.ts";
import { captureOf, type Scene } from "./scene.ts";

/** Who is banned by whose packets: over UDP anybody can write any address into them. */

/** A feed that takes every alert for an offence: what it does not list then, proof has spared. */
const GREEDY: BanRules = {
  ...{ severityMax: 4, confidence: "low", proof: true, ttlS: 3_600, never: [] },
  attacks: [
    ...["auth_bruteforce", "bruteforce_success", "password_spray", "sip_enumeration"],
    ...["invite_flood", "register_flood", "options_flood", "toll_fraud", "sip_scan", "bye_spoof"],
  ],
};

function verdictsOf({ lines }: PipelineRun): BanVerdict[] {
  const policy = new BanPolicy(GREEDY);
  return lines.flatMap((line, index) => {
    const { alert, case: attack } = JSON.parse(line);
    const { severity } = alert ?? attack;
    const record = { sequence: index + 1, severity, alertId: String(index), key: "", line };
    return policy.judge(record, 0) ?? [];
  });
}

async function feedOf(make: (scene: Scene) => void) {
  const scene = { name: "ban", expect: "quiet", kind: "ban", what: "", make };
  const source = openSource(["-"], { stdin: inPieces(captureOf(scene), 1 << 20) });
  const verdicts = verdictsOf(await runSource(source));
  const of = (kind: BanVerdict["kind"]) => [
    ...new Set(verdicts.flatMap(({ entry, kind: was }) => (was === kind ? [entry.ip] : []))),
  ];
  return { verdicts, banned: of("ban"), shared: of("shared"), spared: of("spared") };
}

/** Guesses as a tool makes them: each with a nonce of its own, each refused. */
function guess(scene: Scene, at: Endpoint, user: string, count: number): void {
  for (let i = 0; i < count; i++) {
    new Account(scene, at, PBX, user).login({ password: `guess${i}`, status: 401 });
    scene.wait(0.5);
  }
}

/** One REGISTER with this nonce in that address's name; the server answers there. */
function forgedDigest(scene: Scene, victim: Endpoint, nonce: string): void {
  const account = new Account(scene, victim, PBX, "204");
  const fields = { user: "204", password: scene.hex(6), nonce, method: "REGISTER" };
  const request = account.request([authorization({ ...fields, uri: `sip:${PBX.ip}` })]);
  scene.send(forgedBy(victim), PBX, request.text);
  const answer = { toTag: scene.hex(8), headers: [challenge(nonceOf(scene))] };
  scene.send(PBX, victim, sipResponse(request, 401, answer), 0.004);
  scene.wait(0.5);
}

describe("who is banned", () => {
  it("is who guesses passwords and answers challenges that were sent to him", async () => {
    const { banned, shared } = await feedOf((scene) => guess(scene, STRANGER, "204", 12));
    expect([banned, shared]).toEqual([[STRANGER.ip], []]);
  });

  it("is who walks over users by INVITE and acknowledges the refusals", async () => {
    const { banned } = await feedOf((scene) => {
      for (let i = 0; i < 30; i++) {
        const to = String(300 + i);
        attempt(scene, STRANGER, PBX, { from: "100", to, status: 404 });
      }
    });
    expect(banned).toEqual([STRANGER.ip]);
  });

  it("is who got in by guessing, although he is registered then", async () => {
    const { banned, shared } = await feedOf((scene) => {
      guess(scene, STRANGER, "204", 12);
      new Account(scene, STRANGER, PBX, "204").login();
      scene.wait(30);
      guess(scene, STRANGER, "205", 12);
    });
    expect([banned, shared]).toEqual([[STRANGER.ip], []]);
  });
});

describe("who is not banned", () => {
  it("is a victim in whose name digests with invented nonces are sent", async () => {
    const { banned, spared } = await feedOf((scene) => {
      for (let i = 0; i < 12; i++) forgedDigest(scene, outside(7), nonceOf(scene));
    });
    expect(banned).toEqual([]);
    expect(spared).toEqual([outside(7).ip]);
  });

  it("is a victim who mistypes a password while they are", async () => {
    const { banned } = await feedOf((scene) => {
      for (let i = 0; i < 5; i++) forgedDigest(scene, outside(7), nonceOf(scene));
      new Account(scene, outside(7), PBX, "204").login({ password: "mistyped", status: 401 });
      for (let i = 0; i < 5; i++) forgedDigest(scene, outside(7), nonceOf(scene));
      new Account(scene, outside(7), PBX, "204").login({ password: "mistyped", status: 401 });
      scene.wait(30);
    });
    expect(banned).toEqual([]);
  });

  it("is a phone with an old password, while users are walked over and others guessed in its name", async () => {
    const { banned, spared } = await feedOf((scene) => {
      const stale = new Account(scene, outside(7), PBX, "207");
      for (let round = 0; round < 4; round++) {
        if (round === 0) stale.burst(12);
        else stale.login({ password: "old", status: 401 });
        for (let i = 0; i < 20; i++) {
          const to = String(300 + 20 * round + i);
          attempt(scene, forgedBy(outside(7)), PBX, {
            from: to,
            to,
            status: 404,
            method: "REGISTER",
          });
          forgedDigest(scene, outside(7), nonceOf(scene));
        }
        scene.wait(20);
      }
    });
    expect(spared).toContain(outside(7).ip);
    expect(banned).not.toContain(outside(7).ip);
  });

  it("is a victim of somebody who knows the nonces, as the server makes them of the time alone", async () => {
    const { banned } = await feedOf((scene) => {
      for (let i = 0; i < 16; i++) {
        const nonce = nonceOf(scene);
        // Asked for in the victim's name and by the attacker, within the same second.
        for (const [from, sender] of [
          [outside(7), forgedBy(outside(7))],
          [STRANGER, STRANGER],
        ] as const) {
          const request = new Account(scene, from, PBX, "204").request([]);
          scene.send(sender, PBX, request.text);
          const answer = { toTag: scene.hex(8), headers: [challenge(nonce)] };
          scene.send(PBX, from, sipResponse(request, 401, answer), 0.004);
          scene.wait(0.1);
        }
        forgedDigest(scene, outside(7), nonce);
      }
      scene.wait(30);
    });
    expect(banned).not.toContain(outside(7).ip);
  });

  it("is a trunk in whose name calls to nobody are forged", async () => {
    const { banned } = await feedOf((scene) => {
      for (let i = 0; i < 40; i++) {
        const to = String(300 + i);
        // The victim gets the answers to what it never asked, and acknowledges none.
        attempt(scene, forgedBy(CARRIER), PBX, {
          ...{ from: "100", to, status: 404, method: "OPTIONS" },
        });
      }
    });
    expect(banned).toEqual([]);
  });

  it("is an office behind NAT with a guesser in it: listed as shared, with port and account", async () => {
    const { banned, verdicts } = await feedOf((scene) => {
      for (let n = 1; n <= 25; n++) {
        new Account(scene, natted(n), PBX, String(200 + n)).login();
        scene.wait(0.5);
      }
      guess(scene, natted(99), "300", 12);
    });
    expect(banned).toEqual([]);
    const shared = verdicts.find(({ kind }) => kind === "shared");
    expect(shared?.entry).toMatchObject({
      ip: natted(99).ip,
      port: natted(99).port,
      account: expect.stringContaining("300@"),
      shared: "registered users",
    });
  });

  it("is the PBX itself", async () => {
    const { banned } = await feedOf((scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      scene.wait(1);
      for (let i = 0; i < 30; i++) {
        const to = String(300 + i);
        attempt(scene, PBX, CARRIER, { from: "100", to, status: 404 });
      }
    });
    expect(banned).not.toContain(PBX.ip);
  });
});

const FLOODS = join(SHARED_CAPTURES, "lab");
const spoofed = existsSync(FLOODS)
  ? readdirSync(FLOODS, { recursive: true, encoding: "utf8" }).filter((name) =>
      /spoofed[^/]*\.pcap$/.test(name),
    )
  : [];

// They lie beside the project.
describe.skipIf(spoofed.length === 0)("captures with forged sources", () => {
  it.each(spoofed)("%s bans nobody", async (name) => {
    const verdicts = verdictsOf(await runFiles([join(FLOODS, name)]));
    expect(verdicts.filter(({ kind }) => kind === "ban")).toEqual([]);
  });
});
