import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PCAPS } from "../support/bundled-captures.ts";
import { ESCAPES, hostileCapture } from "../support/hostile-call.ts";
import { noPty, PtyScreen } from "../support/pty-screen.ts";
import { sipsentry } from "./cli.ts";

if (noPty !== "") console.warn(`skipped: ${noPty}`);

const INJECTED = join(PCAPS, "rtp_inject/rtp_foreign_ssrc_third_host.pcap");
const ESCAPE = "\x1b";
const ENTER = "\r";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-watch-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let screen: PtyScreen | null = null;
afterEach(() => {
  screen?.kill();
  screen = null;
});

function open(...args: string[]): PtyScreen {
  screen = new PtyScreen(["watch", ...args]);
  return screen;
}

function callLine(callId: string, state: string, second: number): string {
  const time = `2026-11-21T03:00:${String(second).padStart(2, "0")}.000000+0000`;
  const party = { ip: "192.0.2.1", port: 5060, user: "201" };
  const call = {
    ...{ call_id: callId, state, cause: state === "answered" ? "answer" : "bye", caller: party },
    ...{ callee: {}, dialled: "0044123", setup: "2026-11-21T03:00:00.000000+0000" },
    answered: "2026-11-21T03:00:05.000000+0000",
  };
  return `${JSON.stringify({ timestamp: time, event_type: "call", src_ip: "192.0.2.1", call })}\n`;
}

describe.skipIf(noPty !== "")("sipsentry watch on a terminal", () => {
  it("shows cases, calls with their ladder, streams and alerts of a capture, and goes by q", async () => {
    const at = open(INJECTED);
    const cases = await at.until(/read to its end/);
    expect(at.isOnSecondScreen).toBe(true);
    expect(cases[1]).toMatch(/ 1 cases \(1\) {2}2 calls \(1\) {2}3 streams \(\d\) {2}4 alerts/);
    expect(cases.join("\n")).toContain("10.66.0.66 sent media of its own into a call");
    at.type("2");
    await at.until(/Dialled/);
    at.type(ENTER);
    const ladder = await at.until(/┬/);
    expect(ladder.join("\n")).toMatch(/─ INVITE SDP ─+>│/);
    at.type(ESCAPE);
    await at.until(/Enter shows/);
    at.type("3");
    expect((await at.until(/Jitter/)).join("\n")).toContain("10.66.0.102");
    at.type("4/no such words\r");
    await at.until(/No row holds the filter's words/);
    at.type(ESCAPE);
    await at.until(/10\.66\.0\.66/);
    at.type("q");
    expect(await at.ended()).toBe(0);
    expect(at.isOnSecondScreen).toBe(false);
  });

  it("follows the file of a sensor, also over its rotation, and shows how long calls are up", async () => {
    const file = join(folder, "eve.json");
    const at = open("--eve", file);
    await at.until(/no such file, waiting for it/);
    writeFileSync(file, callLine("one", "answered", 6));
    at.type("2");
    await at.until(/201 .*0044123.* up +1/);
    // Half a line is none yet.
    const line = callLine("two", "answered", 9);
    appendFileSync(file, line.slice(0, 40));
    appendFileSync(file, line.slice(40));
    await at.until(/2 calls up/);
    renameSync(file, `${file}.1`);
    writeFileSync(file, callLine("one", "ended", 30));
    const lines = await at.until(/1 call up/);
    expect(lines.filter((row) => row.includes("0044123"))).toHaveLength(2);
    at.type("\x03");
    expect(await at.ended()).toBe(0);
    expect(at.raw.endsWith("\x1b[?1049l")).toBe(true);
  });

  it("is not steered by what packets say", async () => {
    const at = open(hostileCapture(folder, `evil${ESCAPES}`));
    await at.until(/read to its end/);
    at.type("2");
    await at.until(/C calc/);
    at.type(ENTER);
    await at.until(/┬/);
    // A title, a cleared screen or a window's report is no sequence of ours.
    const sequences = at.raw.match(/\x1b(?:\[[\d;?]*[a-zA-Z]|[^[])/g) ?? [];
    const own = /^\x1b\[(?:\?(?:1049|25|7|2026)[hl]|2J|2K|\d+;1H|[\d;]*m)$/;
    expect(sequences.filter((one) => !own.test(one))).toEqual([]);
    expect(at.raw).not.toMatch(/[\x07\x80-\x9f\u202a-\u202e\u2066-\u2069]/);
  });
});

it("needs a terminal, and one source", async () => {
  const piped = await sipsentry(["watch", INJECTED]);
  expect(piped).toMatchObject({ exitCode: 2, stdout: "" });
  expect(piped.stderr).toMatch(/needs a terminal.*\n$/);
  const both = await sipsentry(["watch", INJECTED, "--eve", "eve.json"]);
  expect(both.stderr).toMatch(/give one of them\n$/);
  const none = await sipsentry(["watch"]);
  expect(none.exitCode).toBe(2);
});
