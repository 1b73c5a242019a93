import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ConfigError, loadConfig } from "../../../src/config/config-file.ts";
import { optionKeys } from "../../../src/config/config-options.ts";
import type { SiteFiles } from "../../../src/detect/site/site-data.ts";
import { loadText, Rig, request } from "./rig.ts";

const folder = mkdtempSync(join(tmpdir(), "sipsentry-datasets-"));
afterAll(() => rmSync(folder, { recursive: true }));
const UNFOLDED = { incidents: { fold: false } };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The section as a configuration file has it. */
function datasets(yaml: string): SiteFiles["datasets"] {
  const file = join(folder, "sipsentry.yaml");
  writeFileSync(file, `datasets:\n${yaml.replace(/^/gm, "  ")}\n`);
  return loadConfig({ file }).datasets;
}

function faults(yaml: string): string {
  try {
    datasets(yaml);
    return "";
  } catch (error) {
    return (error as ConfigError).problems.join("\n");
  }
}

/** A rule a line: its options; sids count from 1. */
function load(yaml: string, rules: readonly string[], dataDir = folder) {
  const text = rules
    .map((options, i) => `alert sip any any -> any any (msg:"r"; ${options} sid:${i + 1};)`)
    .join("\n");
  return loadText(text, undefined, { datasets: datasets(yaml), dataDir });
}

function called(rig: Rig, user: string): number[] {
  return rig.send({ payload: request("INVITE", { uri: `sip:${user}@192.168.1.2` }) });
}

describe("datasets of the configuration (Suricata user guide, Datasets, Global config)", () => {
  it("are named alone by rules that look up and that write", () => {
    const rules = ["sip.uri_user; dataset:isset,seen;", "sip.uri_user; dataset:set,seen;"];
    const rig = new Rig(load("seen: {type: string, state: seen.lst}", rules), UNFOLDED);
    expect([called(rig, "100"), called(rig, "100")]).toEqual([[2], [1]]);
    expect(rig.engine.lists[0]?.options.saveTo).toBe(join(folder, "seen.lst"));
  });

  it("are read from a file below rules.dataDir, else from where it is named", () => {
    writeFileSync(join(folder, "bad.lst"), `${base64("100")}\n`);
    const rule = ["sip.uri_user; dataset:isset,bad;"];
    const below = new Rig(load("bad: {type: string, load: bad.lst}", rule), UNFOLDED);
    expect([called(below, "100"), called(below, "101")]).toEqual([[1], []]);
    const path = join(folder, "bad.lst");
    const whole = new Rig(load(`bad: {type: string, load: ${path}}`, rule, ""), UNFOLDED);
    expect([called(whole, "100"), called(whole, "101")]).toEqual([[1], []]);
  });

  it("take memcap and hashsize of their own, else the defaults", () => {
    const yaml = [
      "defaults: {memcap: 100 MiB, hashsize: 2048}",
      "one: {type: md5, memcap: 10mb, hashsize: 1024}",
      "two: {type: sha256}",
      "three: {type: ip, memcap: 4096}",
    ].join("\n");
    expect(datasets(yaml).map(({ name, memcap }) => [name, memcap])).toEqual([
      ["one", 10 * 2 ** 20],
      ["two", 100 * 2 ** 20],
      ["three", 4096],
    ]);
    expect(datasets("a: {type: ip}")[0]?.memcap).toBe(16 * 2 ** 20);
  });

  it("may be said again by a rule in the same words, not in others", () => {
    const yaml = "seen: {type: string, state: seen.lst}";
    const same = "sip.uri_user; dataset:set,seen,type string,state seen.lst;";
    expect(load(yaml, [same]).messages).toEqual([]);
    const other = "sip.uri_user; dataset:set,seen,type string,state other.lst;";
    expect(load(yaml, [other]).messages[0]?.text).toMatch(/"seen" is another list elsewhere/);
  });

  it.each([
    ["bad: {type: string, load: none.lst}", /datasets\.bad: cannot read none\.lst/],
    ["bad: {type: prefix}", /datasets\.bad: a list of type prefix is only read/],
    ["bad: {type: string, state: ../x.lst}", /datasets\.bad: .*writes below rules\.dataDir only/],
  ])("cost the rules that name them when they cannot be opened: %s", (yaml, reason) => {
    const { loaded, failed, messages } = load(yaml, [
      "sip.uri_user; dataset:isset,bad;",
      'sip.method; content:"INVITE";',
    ]);
    expect([loaded, failed]).toEqual([1, 1]);
    expect(messages[0]?.text).toMatch(reason);
  });

  it.each([
    ["x: {load: x.lst}", /yaml:2:3: datasets\.x\.type: expected one of string, md5, sha256, ip/],
    ["x: {type: ip, memcap: lots}", /datasets\.x\.memcap: expected a size such as 16mb/],
    ["x: {type: ip, hashsize: -1}", /datasets\.x\.hashsize: expected a number of buckets/],
    ["x: {type: ip, stat: x.lst}", /unknown option "datasets\.x\.stat"/],
    ["x: {type: ip, load: a, state: b}", /datasets\.x: state is load and save/],
    ["'x y': {type: ip}", /datasets\.x y: a list's name is letters/],
  ])("are refused with place and cure: %s", (yaml, reason) => {
    expect(faults(yaml)).toMatch(reason);
  });

  it("are in the printed list of options", () => {
    expect(optionKeys()).toContain("datasets.defaults.memcap");
    expect(optionKeys()).toContain("vars.address.HOME_NET");
  });
});

describe("hashsize of a rule", () => {
  it.each(["lots", "0", "-3", "99999999999"])("is held against its form: %s", (size) => {
    const { messages } = load("a: {type: ip}", [
      `sip.uri_user; dataset:set,n,type text,hashsize ${size};`,
    ]);
    expect(messages[0]?.text).toMatch(/hashsize is a number of buckets/);
  });
});
