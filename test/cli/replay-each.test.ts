import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { folderWith } from "../support/captured.ts";
import { OPTIONS_RULE, optionsPacket, pcapFile, sipsentry } from "./cli.ts";

/** Alerts once a minute and client: a second capture from the same client shows shared state. */
const LIMITED_RULE = OPTIONS_RULE.replace(
  "sid:",
  "threshold:type limit, track by_src, count 1, seconds 3600; sid:",
);

function folder(): string {
  const capture = pcapFile([1, 2].map(optionsPacket));
  return folderWith({
    "a.pcap": capture,
    "b.pcap": capture,
    "empty.pcap": pcapFile([]),
    "notes.txt": "no capture\n",
    "options.rules": LIMITED_RULE,
  });
}

it("--each gives every capture a clean state and a line of its own", async () => {
  const path = folder();
  const rules = join(path, "options.rules");
  const eve = join(path, "eve.json");
  const { stdout, exitCode } = await sipsentry([
    ...["replay", "--each", path, "--rules", rules, "--eve", eve],
  ]);
  expect(stdout).toMatch(/a\.pcap: 2 packets, 1 alert\n {2}3 {2}1000001 {2}OPTIONS seen: /);
  expect(stdout).toMatch(/b\.pcap: 2 packets, 1 alert\n/);
  expect(stdout).toMatch(/empty\.pcap: 0 packets, silent\n/);
  expect(stdout).not.toContain("notes.txt");
  expect(stdout).toMatch(/\n3 captures, 4 packets: 2 with alerts \(2\), 1 without\n$/);
  expect(readFileSync(eve, "utf8").match(/"event_type":"alert"/g)).toHaveLength(2);
  expect(exitCode).toBe(0);
});

it("without --each the captures are one run, in time order", async () => {
  const path = folder();
  const rules = join(path, "options.rules");
  const { stdout } = await sipsentry(["replay", path, "--rules", rules]);
  expect(stdout).toMatch(/^Alerts +1 /m);
});

it("--each goes on after a broken capture, names it and exits 1", async () => {
  const path = folder();
  const rules = join(path, "options.rules");
  writeFileSync(join(path, "aa.pcap"), pcapFile([optionsPacket(1)], 5));
  const { stdout, stderr, exitCode } = await sipsentry([
    ...["replay", "--each", path, "--rules", rules],
  ]);
  expect(stderr).toContain("aa.pcap");
  expect(stdout).toMatch(/b\.pcap: 2 packets, 1 alert\n/);
  expect(exitCode).toBe(1);
});

it("--each exits 3 when one capture reaches --fail-on, 1 without a capture", async () => {
  const path = folder();
  const rules = ["--rules", join(path, "options.rules"), "--quiet"];
  expect(await sipsentry(["replay", "--each", path, "--fail-on", "3", ...rules])).toMatchObject({
    exitCode: 3,
    stdout: "",
  });
  expect(await sipsentry(["replay", "--each", path, "--fail-on", "2", ...rules])).toMatchObject({
    exitCode: 0,
  });
  const nothing = folderWith({ "notes.txt": "no capture\n" });
  const { exitCode, stderr } = await sipsentry(["replay", "--each", nothing, ...rules]);
  expect(stderr).toMatch(/no capture in it/);
  expect(exitCode).toBe(1);
});
