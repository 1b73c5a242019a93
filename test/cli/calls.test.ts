import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { SCHEMAS } from "../../src/emit/schemas.ts";
import { FORKS } from "../cases/forks.ts";
import { captureOf } from "../cases/scene.ts";
import { PCAPS } from "../support/bundled-captures.ts";
import { BIDI, CONTROL, ESCAPES, hostileCapture } from "../support/hostile-call.ts";
import { pcapFile, udpPacket } from "../support/pcap-writer.ts";
import { audioSdp, sipRequest, sipResponse } from "../support/sip-builder.ts";
import { folderOfFile, folderOfTest } from "../support/temporary-folder.ts";
import { sipsentry } from "./cli.ts";

const SPOOFED = join(PCAPS, "bye_spoof/bye_third_party_to_callee.pcap");
const PROBES = join(PCAPS, "toll_fraud/unauthenticated_dialplan_probe.pcap");

/** A call to a number in North America, 200 s long. */
function costedCapture(folder: string): string {
  const fields = {
    ...{ host: "192.0.2.1", sentBy: "198.51.100.7:5060", from: "201", to: "+12125550123" },
    ...{ callId: "costed", branch: "b1", fromTag: "f1", userAgent: "phone" },
    sdp: audioSdp("198.51.100.7", 4000),
  };
  const invite = sipRequest({ ...fields, method: "INVITE" });
  const bye = sipRequest({ ...fields, method: "BYE", toTag: "t1", cseq: 2, branch: "b2", sdp: "" });
  const out = { src: "198.51.100.7", dst: "192.0.2.1", srcPort: 5060, dstPort: 5060 };
  const back = { src: "192.0.2.1", dst: "198.51.100.7", srcPort: 5060, dstPort: 5060 };
  const texts: [number, string, typeof out][] = [
    [0, invite.text, out],
    [1, sipResponse(invite, 200, { toTag: "t1", contact: "192.0.2.1" }), back],
    [201, bye.text, out],
    [201, sipResponse(bye, 200), back],
  ];
  const path = join(folder, "costed.pcap");
  const packets = texts.map(([at, text, way]) => ({
    bytes: udpPacket(Buffer.from(text, "latin1"), way),
    timeUs: (1_800_000_000 + at) * 1e6,
  }));
  writeFileSync(path, pcapFile(packets));
  return path;
}

describe("sipsentry calls", () => {
  it.each([
    ["fork_three_200", 8.13],
    ["fork_200_after_486", 8.03],
  ])(
    "of a forked INVITE tells what became of the call that was taken: %s",
    async (name, seconds) => {
      const scene = FORKS.find((known) => known.name === name);
      if (scene === undefined) throw new Error(`no scene ${name}`);
      const path = join(folderOfTest(), `${name}.pcap`);
      writeFileSync(path, captureOf(scene));
      const { stdout } = await sipsentry(["calls", path, "--json"]);
      const { call } = JSON.parse(stdout) as { call: { duration: number; code: number } };
      expect(call.code).toBe(200);
      expect(call.duration).toBeCloseTo(seconds, 1);
      const ladder = await sipsentry(["ladder", path, JSON.parse(stdout).call.call_id]);
      // Other telephones' answers, which a proxy does not send again.
      expect(ladder.stdout).not.toContain("again");
    },
  );

  it("lists calls with their alerts, and filters them", async () => {
    const all = await sipsentry(["calls", SPOOFED]);
    expect(all.exitCode).toBe(0);
    expect(all.stdout).toMatch(/^Setup \(UTC\) +From +Dialled +Account/);
    expect(all.stdout).toMatch(/\n1 call, 1 answered, 0\.\d minutes\n$/);
    const none = await sipsentry(["calls", SPOOFED, "--account", "nobody"]);
    expect(none.stdout).toBe("0 of 1 calls, 0 answered, 0.0 minutes\n");
  });

  it("gives EVE records as their schema says", async () => {
    const { stdout } = await sipsentry(["calls", PROBES, "--failed", "--json"]);
    const validate = new Ajv2020({ strict: true }).compile(SCHEMAS.eve);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(validate(JSON.parse(line)), line).toBe(true);
  });

  it("says what calls cost where prices are given, and nothing where they are not", async () => {
    const folder = folderOfTest();
    const rates = join(folder, "deck.csv");
    writeFileSync(rates, "prefix,price,currency\n1,0.30,USD\n");
    const capture = costedCapture(folder);
    const { stdout } = await sipsentry(["calls", capture, "--rates", rates]);
    expect(stdout).toMatch(/ USD 1\.00 .*\n\n1 call, 1 answered, 3\.3 minutes, USD 1\.00\n$/);
    const json = await sipsentry(["calls", capture, "--rates", rates, "--json"]);
    const record = JSON.parse(json.stdout);
    expect(record.call.cost).toEqual({ amount: 1, currency: "USD", prefix: "1" });
    const validate = new Ajv2020({ strict: true }).compile(SCHEMAS.eve);
    expect(validate(record)).toBe(true);
    const free = await sipsentry(["calls", capture]);
    expect(free.stdout).toMatch(/1 answered, 3\.3 minutes\n$/);
    const missing = await sipsentry(["calls", capture, "--rates", join(folder, "no.csv")]);
    expect([missing.exitCode, missing.stderr.trimEnd().split("\n").length]).toEqual([78, 1]);
  });

  it("says what is wrong with options and files, in one line", async () => {
    const both = await sipsentry(["calls", SPOOFED, "--csv", "--json"]);
    expect([both.exitCode, both.stderr]).toEqual([
      2,
      "sipsentry: --csv and --json exclude each other; give one\n",
    ]);
    const source = await sipsentry(["calls", SPOOFED, "--source", "10.0.0.0/99"]);
    expect([source.exitCode, source.stderr.split("\n").length]).toEqual([2, 2]);
    const missing = await sipsentry(["calls", "/nowhere.pcap"]);
    expect(missing.exitCode).not.toBe(0);
    expect(missing.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("hostile text", () => {
  const callId = `evil${ESCAPES}${BIDI}${"C".repeat(20_000)}`;
  const capture = hostileCapture(folderOfFile(), callId);

  it.each([[[]], [["--json"]], [["--csv"]]])("is inert in the output of calls %j", async (more) => {
    const { exitCode, stdout } = await sipsentry(["calls", capture, ...more]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("C calc");
    expect(stdout).not.toMatch(CONTROL);
    expect(stdout.length).toBeLessThan(20_000);
  });

  it("is no formula in CSV", async () => {
    const { stdout } = await sipsentry(["calls", capture, "--csv"]);
    const [, row = ""] = stdout.split("\r\n");
    const cells = row.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
    const first = cells.map((cell) => cell.replace(/^"/, "").charAt(0));
    expect(first.filter((char) => "=+-@\t".includes(char) && char !== "")).toEqual([]);
    expect(row).toContain("'=cmd|");
  });

  it("is inert in a ladder, and in a message of it", async () => {
    for (const more of [[], ["--message", "1"]]) {
      const { exitCode, stdout } = await sipsentry(["ladder", capture, "evil*", ...more]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain("INVITE");
      expect(stdout).not.toMatch(CONTROL);
    }
  });
});

it("calls --json says what is known of the addresses, as a run does", async () => {
  const { stdout } = await sipsentry(["calls", SPOOFED, "--json"]);
  const { addresses, dest_ip, src_ip } = JSON.parse(stdout.split("\n")[0] ?? "");
  expect(addresses.map(({ ip }: { ip: string }) => ip)).toEqual([src_ip, dest_ip]);
  expect(addresses[0].mac).toMatch(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/);
});

it("the table of calls and the records of replay --each say it, too", async () => {
  const table = (await sipsentry(["calls", SPOOFED])).stdout;
  expect(table).toMatch(/Source +Known of it +State/);
  expect(table).toMatch(/ (?:[0-9a-f]{2}:){5}[0-9a-f]{2} {2}/);
  const { stdout } = await sipsentry([
    ...["replay", "--each", SPOOFED, "--eve", "-", "--eve-types", "call", "--quiet"],
  ]);
  const records = stdout.split("\n").filter((line) => line.includes('"event_type":"call"'));
  expect(records.length).toBeGreaterThan(0);
  for (const line of records) {
    const { addresses, src_ip } = JSON.parse(line);
    expect(addresses[0].ip).toBe(src_ip);
  }
});

describe("sipsentry ladder", () => {
  it("draws a call and marks the message that an alert is about", async () => {
    const calls = await sipsentry(["calls", SPOOFED, "--json"]);
    const { call } = JSON.parse(calls.stdout);
    const { exitCode, stdout } = await sipsentry(["ladder", SPOOFED, call.call_id]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Call ${call.call_id}\n`);
    expect(stdout).toMatch(/ 1 \d\d:\d\d:\d\d\.\d{6} +│─+ INVITE SDP ─+>│/);
    expect(stdout).toMatch(/═ RTP PCMU|RTP PCMU \d+>\d+ \d+ packets/);
    expect(stdout).toMatch(/─ BYE ─.*\n +▲ 910\d{4} /);
    const third = await sipsentry(["ladder", SPOOFED, call.call_id, "--message", "1"]);
    expect(third.stdout).toMatch(/^10\.[\d.]+ → 10\.[\d.]+\n\nINVITE sip:/);
    expect(third.stdout).toContain("\nv=0\n");
  });

  it("says what is wrong, and what to do", async () => {
    const unknown = await sipsentry(["ladder", SPOOFED, "no-such-call"]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("sipsentry calls");
    const stdin = await sipsentry(["ladder", "-", "x"]);
    expect([stdin.exitCode, stdin.stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
  });
});
