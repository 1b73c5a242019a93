import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { PCAPS } from "../support/bundled-captures.ts";
import { folderOfFile } from "../support/temporary-folder.ts";
import { sipsentry } from "./cli.ts";

const CAPTURE = join(PCAPS, "bye_spoof/bye_third_party_to_callee.pcap");
const folder = folderOfFile();
const EVE = join(folder, "eve.json");

interface Line {
  readonly event_type: string;
  readonly alert?: { readonly severity: number; readonly signature: string };
  readonly voip?: { readonly alert_id: string; readonly call_id?: string };
  readonly case?: { readonly id: string; readonly title: string };
}

let lines: Line[] = [];

beforeAll(async () => {
  const { exitCode } = await sipsentry([
    "replay",
    CAPTURE,
    "--quiet",
    "--eve",
    EVE,
    "--eve-types",
    "call",
  ]);
  expect(exitCode).toBe(0);
  lines = readFileSync(EVE, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
});

function ofType(type: string): Line[] {
  return lines.filter(({ event_type }) => event_type === type);
}

describe("sipsentry explain", () => {
  it("says of an alert who, when, why, and what to do, with the ladder of its call", async () => {
    const alert = ofType("alert").find(({ voip }) => voip?.call_id !== undefined);
    const id = alert?.voip?.alert_id ?? "";
    const { exitCode, stdout } = await sipsentry([
      "explain",
      id.slice(0, 12),
      "--eve",
      EVE,
      "--pcap",
      CAPTURE,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")[0]).toBe(alert?.alert?.signature);
    for (const title of [
      "Who",
      "When",
      "Why it fired",
      "The call",
      "Harmless causes",
      "What to do",
    ]) {
      expect(stdout).toContain(`\n\n${title}\n`);
    }
    expect(stdout).toMatch(/fact sip\.bye_\w+, value \d+/);
    expect(stdout).toMatch(/: expected .+, seen /);
    expect(stdout).toMatch(/─ BYE ─.*\n +▲ /);
  });

  it("says of a case what happened", async () => {
    const [found] = ofType("case");
    const { exitCode, stdout } = await sipsentry(["explain", found?.case?.id ?? "", "--eve", EVE]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("\n\nWhat happened\n");
    expect(stdout).toContain("\n\nWhat to do\n");
  });

  it("says what is wrong, and where ids are", async () => {
    const unknown = await sipsentry(["explain", "0000000000", "--eve", EVE]);
    expect([unknown.exitCode, unknown.stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
    expect(unknown.stderr).toContain("voip.alert_id");
    const short = await sipsentry(["explain", "a", "--eve", EVE]);
    expect(short.exitCode).toBe(2);
    const missing = await sipsentry(["explain", "0000000000", "--eve", join(folder, "none.json")]);
    expect([missing.exitCode, missing.stderr.trimEnd().split("\n").length]).toEqual([1, 1]);
  });

  it("takes any file without harm: what is no record is passed over, and texts steer nothing", async () => {
    const hostile = join(folder, "hostile.json");
    const steering = "\u001b]0;owned\u0007\u202e";
    const alert = {
      ...{ timestamp: steering, event_type: "alert", src_ip: steering, dest_ip: { toString: 1 } },
      alert: { signature: `${steering}sig`, severity: "9", signature_id: [1] },
      voip: {
        alert_id: "abcdef0123456789",
        account: `${steering}${"x".repeat(70_000)}`,
        event: steering,
      },
      evidence: [{ what: steering, seen: null }, null, 7],
    };
    const records = [
      "",
      "null",
      "[]",
      "{",
      JSON.stringify(alert),
      "\u0000abcdef0123456789",
      JSON.stringify({ event_type: "call", call: steering }),
    ];
    writeFileSync(hostile, records.join("\n"));
    const { exitCode, stdout } = await sipsentry(["explain", "abcdef01", "--eve", hostile]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("sig");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout.length).toBeLessThan(5_000);
  });
});
