import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { folderWith } from "../support/captured.ts";
import { OPTIONS_RULE, optionsPacket, pcapFile, sipsentry } from "./cli.ts";

const SECOND = OPTIONS_RULE.replace("1000001", "1000002");

function folder(): string {
  return folderWith({
    "a.pcap": pcapFile([1, 2].map(optionsPacket)),
    "site.rules": OPTIONS_RULE,
    "more.rules": SECOND,
  });
}

it("--add-rules loads rules beside the shipped ones, as does rules.add", async () => {
  const path = folder();
  const replay = ["replay", join(path, "a.pcap"), "--json", "--quiet"];
  const shipped = JSON.parse((await sipsentry(replay)).stdout);
  const both = [
    "--add-rules",
    join(path, "site.rules"),
    "--set",
    `rules.add=[${join(path, "more.rules")}]`,
  ];
  const added = JSON.parse((await sipsentry([...replay, ...both])).stdout);
  expect(added.rules_loaded).toBe(shipped.rules_loaded + 2);
  expect(added.alerts.by_rule.map(({ sid }: { sid: number }) => sid)).toEqual([1000001, 1000002]);
  const instead = [
    ...replay,
    "--rules",
    join(path, "more.rules"),
    "--add-rules",
    join(path, "site.rules"),
  ];
  expect(JSON.parse((await sipsentry(instead)).stdout).rules_loaded).toBe(2);
});

it("a file or folder of rules to add that is missing or empty ends the run; rules check looks at it, too", async () => {
  const path = folder();
  const missing = ["--add-rules", join(path, "none.rules")];
  const result = await sipsentry(["replay", join(path, "a.pcap"), ...missing, "--quiet"]);
  expect(result).toMatchObject({ exitCode: 78, stdout: "" });
  expect(result.stderr).toMatch(/none\.rules: no such file/);
  const empty = ["--add-rules", join(path, "empty")];
  mkdirSync(join(path, "empty"));
  const none = await sipsentry(["replay", join(path, "a.pcap"), ...empty, "--quiet"]);
  expect(none).toMatchObject({ exitCode: 78, stdout: "" });
  expect(none.stderr).toMatch(/empty\/\*\.rules: no such file/);
  writeFileSync(join(path, "bad.rules"), "alert nonsense\n");
  const check = await sipsentry(["rules", "check", "--add-rules", join(path, "bad.rules")]);
  expect(check.exitCode).toBe(1);
  expect(check.stdout).toMatch(/bad\.rules:1/);
});
