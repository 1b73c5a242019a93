import { expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { sipsentry } from "./cli.ts";

const CAPTURE = bundledCaptures().find(({ name }) => name.startsWith("benign/b01"))?.path ?? "";

function levels(stderr: string): string[] {
  expect(stderr.endsWith("\n")).toBe(true);
  return stderr
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { level: string }).level);
}

it("--log-format json makes each message a JSON line, down to the last one before the exit", async () => {
  const { exitCode, stderr } = await sipsentry(["replay", CAPTURE, "--log-format", "json"]);
  expect(exitCode).toBe(0);
  expect(levels(stderr)).toContain("info");
  expect(stderr).toMatch(/"msg":"\d+ packets in /);
});

it("operation.logFormat does too, and --log-format text wins over it", async () => {
  const set = ["--set", "operation.logFormat=json"];
  expect(levels((await sipsentry(["replay", CAPTURE, ...set])).stderr)).toContain("info");
  const text = await sipsentry(["replay", CAPTURE, ...set, "--log-format", "text"]);
  expect(text.stderr).toMatch(/^sipsentry: /);
});

it("faults of arguments, configuration and files are JSON lines with --log-format json", async () => {
  const json = ["--log-format", "json"];
  const config = await sipsentry(["replay", CAPTURE, ...json, "--set", "limits.flowsMaxx=1"]);
  expect(config.exitCode).toBe(78);
  expect(levels(config.stderr)).toEqual(["error"]);
  const missing = await sipsentry(["replay", "no-such-file.pcap", ...json]);
  expect(levels(missing.stderr)).toContain("error");
});

it("another format is one line with those that exist", async () => {
  const { exitCode, stderr } = await sipsentry(["replay", CAPTURE, "--log-format", "xml"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^sipsentry: .*text, json/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
