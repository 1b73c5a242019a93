import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CaseFile } from "../../../src/commands/case-file.ts";
import { CommandError } from "../../../src/commands/exit-code.ts";
import { Cases, DEFAULT_CASE_SETTINGS } from "../../../src/detect/cases/cases.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-cases-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, nowUs = 1) =>
  new CaseFile(join(folder, name), new Cases(DEFAULT_CASE_SETTINGS), () => nowUs);

it("is written whole, and read again", async () => {
  expect(fileOf("new.json").load()).toBeNull();
  expect(await fileOf("new.json").save()).toBe("");
  expect(JSON.parse(readFileSync(join(folder, "new.json"), "utf8"))).toMatchObject({ cases: [] });
  expect(fileOf("new.json").load()).toMatchObject({ level: "info" });
});

it("costs its cases when it is damaged, and nothing else", () => {
  const begin = '{"kind":"sipsentry cases","version":1,"savedUs":1,"cases":';
  for (const [text, what] of [
    [`${begin}[{"caseId":`, "cut off"],
    [`${begin}[{"caseId":"${"a".repeat(32)}"}]}`, "cases.0"],
    [`${begin}[]}`.replace('"version":1', '"version":2'), "version"],
  ] as const) {
    writeFileSync(join(folder, "bad.json"), text);
    const loaded = fileOf("bad.json").load();
    expect(loaded).toMatchObject({ level: "warn" });
    expect(loaded?.line).toContain(what);
  }
});

it("is never another program's", () => {
  writeFileSync(join(folder, "other.json"), "{}");
  expect(() => fileOf("other.json").load()).toThrow(CommandError);
  expect(() => fileOf(".").load()).toThrow(/no file/);
});

it("is left as it is by a run without packets, and says what keeps it from being written", async () => {
  expect(await fileOf("none.json", 0).save()).toBe("");
  expect(await fileOf("no/such.json").save()).toMatch(/cannot keep cases: no such folder/);
});

it("says at the start what would keep it from being written an hour later", () => {
  expect(fileOf("new.json").writeFault()).toBe("");
  expect(fileOf("no/such.json").writeFault()).toMatch(
    /^cases\.file: cannot keep cases in .*no\/such\.json: no such folder; make it first/,
  );
  // sysfs takes no files from root either.
  const inSys = new CaseFile("/sys/cases.json", new Cases(DEFAULT_CASE_SETTINGS), () => 1);
  expect(inSys.writeFault()).toMatch(/read-only|permission denied|^$/);
});
