import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { junitText } from "../../src/commands/junit.ts";
import { folderWith } from "../support/captured.ts";
import { OPTIONS_RULE, optionsPacket, pcapFile, sipsentry } from "./cli.ts";

const INFORMATION =
  'alert udp any any -> any 5060 (msg:"note"; content:"OPTIONS"; priority:4; sid:1000004; rev:1;)\n';

/** Two captures that alert, one that is silent. */
function folder(expected = ""): string {
  return folderWith({
    "a.pcap": pcapFile([1, 2].map(optionsPacket)),
    "b.pcap": pcapFile([optionsPacket(3)]),
    "silent.pcap": pcapFile([]),
    "site.rules": OPTIONS_RULE + INFORMATION,
    "expected.txt": expected,
  });
}

function each(path: string, ...options: string[]) {
  const rules = join(path, "site.rules");
  return sipsentry(["replay", "--each", path, "--rules", rules, "--quiet", ...options]);
}

const RIGHT =
  "# what the captures show\na.pcap: 1000001\nb.pcap: 1:1000001  # by group, too\nsilent.pcap:\n";

it("signature ids by capture: as expected, how often they alert and information left aside", async () => {
  const path = folder(RIGHT);
  const result = await each(path, "--expect", join(path, "expected.txt"));
  expect(result).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
});

it("signature ids by capture: names what is missing, unexpected, not replayed and not listed", async () => {
  const path = folder("a.pcap: 1000001 1000009\nsilent.pcap: 7\ngone.pcap: 1000001\n");
  const { exitCode, stderr } = await each(path, "--expect", join(path, "expected.txt"));
  expect(exitCode).toBe(4);
  const lines = stderr.replaceAll(path, "DIR").trimEnd().split("\n");
  expect(lines).toEqual([
    "sipsentry: DIR/a.pcap: not as DIR/expected.txt says:",
    "sipsentry: - missing     [1000009]",
    "sipsentry: DIR/expected.txt: says nothing of DIR/b.pcap; add: DIR/b.pcap: 1000001",
    "sipsentry: DIR/silent.pcap: not as DIR/expected.txt says:",
    "sipsentry: - missing     [7]",
    "sipsentry: DIR/expected.txt: no capture gone.pcap was replayed",
  ]);
});

it("signature ids alone are those of the run; information counts where it is named", async () => {
  const path = folder("1000001\n1000004\n");
  const replay = (text: string) => {
    writeFileSync(join(path, "expected.txt"), text);
    const rules = ["--rules", join(path, "site.rules"), "--quiet"];
    return sipsentry([
      "replay",
      join(path, "a.pcap"),
      ...rules,
      "--expect",
      join(path, "expected.txt"),
    ]);
  };
  expect((await replay("1000001\n1000004\n")).exitCode).toBe(0);
  const other = await replay("1000002, 1000004\n");
  expect(other.exitCode).toBe(4);
  expect(other.stderr).toMatch(/- missing {5}\[1000002\]/);
  expect(other.stderr).toMatch(/\+ unexpected {2}\[1000001\] OPTIONS seen, first from 10\.0\.0\.1/);
});

it("a list that is wrong is told by line, before anything is replayed", async () => {
  const path = folder("a.pcap: 1000001\nb.pcap: none\na.pcap: 5\n");
  const { exitCode, stderr } = await each(path, "--expect", join(path, "expected.txt"));
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /expected\.txt:2: "none" is no signature id; write SID SID, or CAPTURE: SID/,
  );
  expect(stderr).toMatch(/expected\.txt:3: a\.pcap is there twice/);
});

it("EVE lines of all captures, as --each --eve wrote them, are compared in their order", async () => {
  const path = folder();
  const golden = join(path, "golden.json");
  expect((await each(path, "--eve", golden)).exitCode).toBe(0);
  expect(await each(path, "--expect", golden)).toMatchObject({ exitCode: 0, stderr: "" });
  const lines = readFileSync(golden, "utf8").trimEnd().split("\n");
  writeFileSync(golden, lines.slice(1).join("\n"));
  const { exitCode, stderr } = await each(path, "--expect", golden);
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/\+ unexpected .*\[1000001\]/);
});

it("--each --json is a line for each capture and one for all", async () => {
  const path = folder("a.pcap: 1000001\nb.pcap:\nsilent.pcap:\n");
  const { exitCode, stdout } = await each(path, "--json", "--expect", join(path, "expected.txt"));
  expect(exitCode).toBe(4);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { type: "capture", path: join(path, "a.pcap"), packets: 2, as_expected: true, differences: [] },
    { type: "capture", path: join(path, "b.pcap"), as_expected: false },
    { type: "capture", path: join(path, "silent.pcap"), packets: 0, as_expected: true },
    { type: "total", captures: 3, alerting: 2, packets: 3, alerts: { attacks: 2, information: 2 } },
  ]);
  expect(lines[0].alerts).toMatchObject({
    attacks: 1,
    information: 1,
    by_rule: [{ sid: 1000001, count: 1 }, { sid: 1000004 }],
  });
});

it("--junit has a test for each capture: passed, failed and broken off", async () => {
  const path = folder("a.pcap: 1000001\nb.pcap:\nsilent.pcap:\nbroken.pcap:\n");
  writeFileSync(join(path, "broken.pcap"), pcapFile([optionsPacket(1)], 5));
  const report = join(path, "report.xml");
  const { exitCode } = await each(path, "--expect", join(path, "expected.txt"), "--junit", report);
  expect(exitCode).toBe(1);
  const xml = readFileSync(report, "utf8");
  expect(xml).toMatch(/<testsuite name="sipsentry replay" tests="4" failures="1" errors="1"/);
  expect(xml).toMatch(/name="[^"]*a\.pcap" time="[\d.]+"\/>/);
  expect(xml).toMatch(/b\.pcap" time="[\d.]+">\n +<failure message="[^"]*b\.pcap: not as/);
  expect(xml).toMatch(/broken\.pcap" time="[\d.]+">\n +<error message="/);
});

it("--junit of one run has one test, which --fail-on and --expect fail", async () => {
  const path = folder();
  const run = (...options: string[]) =>
    sipsentry([
      ...["replay", join(path, "a.pcap"), "--rules", join(path, "site.rules"), "--quiet"],
      ...["--junit", join(path, "report.xml"), ...options],
    ]);
  expect((await run()).exitCode).toBe(0);
  expect(readFileSync(join(path, "report.xml"), "utf8")).toMatch(/tests="1" failures="0"/);
  expect((await run("--fail-on", "3")).exitCode).toBe(3);
  const xml = readFileSync(join(path, "report.xml"), "utf8");
  expect(xml).toMatch(/failures="1"/);
  expect(xml).toMatch(/3 {2}\[1000001\] OPTIONS seen \(1\)/);
});

it("a report that cannot be written is a failure", async () => {
  const path = folder();
  const { exitCode, stderr } = await each(path, "--junit", join(path, "no", "report.xml"));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/--junit: cannot write .*report\.xml/);
  expect(existsSync(join(path, "no"))).toBe(false);
});

it("a report is XML whatever is in a name or an alert", () => {
  const text = junitText([
    {
      name: 'a"<&>\u0000\u001b\ud800 \u{1f4de}.pcap',
      seconds: 1,
      failures: ["]]>\n<x>"],
      errors: [],
    },
  ]);
  const allowed = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
  expect(text).toMatch(allowed);
  expect(text).toContain('name="a&#34;&#60;&#38;&#62;\ufffd\ufffd\ufffd \u{1f4de}.pcap"');
  expect(text).not.toMatch(/<x>|\]\]>/);
});
