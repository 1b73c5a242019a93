import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PCAPS } from "../support/bundled-captures.ts";
import { pcapFile } from "../support/pcap-writer.ts";
import { OverTcp, packetsOf } from "../support/rewrap.ts";
import { SESSION_KEYS, tlsSession } from "../support/tls-session.ts";
import { sipsentry } from "./cli.ts";

/** A BYE of a third party, as SIP over TLS. */
const folder = mkdtempSync(join(tmpdir(), "sipsentry-keylog-"));
const CAPTURE = join(folder, "tls.pcap");
const KEYS = join(folder, "sip.keys");
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const packets = await packetsOf(join(PCAPS, "bye_spoof/bye_third_party_to_callee.pcap"));
  const wrapped = packets.flatMap(new OverTcp(undefined, undefined, tlsSession("1.3")).wrap);
  writeFileSync(CAPTURE, pcapFile(wrapped));
  writeFileSync(KEYS, SESSION_KEYS);
});

describe("--keylog opens SIP over TLS in each command that reads captures", () => {
  it("calls", async () => {
    const closed = await sipsentry(["calls", CAPTURE]);
    expect(closed.stdout).toBe("0 calls, 0 answered, 0.0 minutes\n");
    const open = await sipsentry(["calls", CAPTURE, "--keylog", KEYS]);
    expect(open.stdout).toMatch(/\n1 call, 1 answered/);
  });

  it("ladder", async () => {
    const closed = await sipsentry(["ladder", CAPTURE, "*"]);
    expect(closed.exitCode).toBe(2);
    const open = await sipsentry(["ladder", CAPTURE, "*", "--keylog", KEYS]);
    expect(open.stdout).toMatch(/INVITE/);
    expect(open.stdout).toMatch(/▲ 910400\d/);
  });

  it("explain", async () => {
    const replayed = await sipsentry([
      "replay",
      CAPTURE,
      "--quiet",
      "--eve",
      "-",
      "--keylog",
      KEYS,
    ]);
    const alert = replayed.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .find(({ event_type }) => event_type === "alert");
    const eve = join(folder, "eve.json");
    writeFileSync(eve, replayed.stdout);
    const args = ["explain", alert.voip.alert_id, "--eve", eve, "--pcap", CAPTURE];
    expect((await sipsentry(args)).stdout).not.toMatch(/INVITE/);
    expect((await sipsentry([...args, "--keylog", KEYS])).stdout).toMatch(/INVITE/);
  });

  it("says which file it cannot read", async () => {
    const { exitCode, stderr } = await sipsentry(["calls", CAPTURE, "--keylog", "none.keys"]);
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/none\.keys/);
  });
});
