import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ListFiles } from "../../../src/commands/list-files.ts";
import type { SiteList } from "../../../src/detect/site-list.ts";
import { folderOfTest } from "../../support/temporary-folder.ts";
import { type Beside, loadText, Rig, request } from "./rig.ts";

const UNFOLDED = { incidents: { fold: false } };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

function sip(options: string, sid: number): string {
  return `alert sip any any -> any any (msg:"r"; ${options} sid:${sid};)`;
}

/** A rule a line: its options; sids count from 1. */
function rigOf(rules: readonly string[], beside: Beside = {}): Rig {
  const text = rules.map((options, index) => sip(options, index + 1)).join("\n");
  return new Rig(loadText(text, undefined, beside), UNFOLDED);
}

function call(rig: Rig, user: string, src = "198.51.100.7"): number[] {
  return rig.send({ payload: request("INVITE", { uri: `sip:${user}@192.168.1.2` }), src });
}

function listOf(rig: Rig): SiteList {
  return rig.engine.lists[0] as SiteList;
}

function fault(options: string, beside: Beside = {}): string {
  return loadText(sip(options, 1), undefined, beside)
    .messages.map(({ text }) => text)
    .join("\n");
}

describe("dataset:set and unset (Suricata user guide, Datasets)", () => {
  it("set matches a value that is new, once; isset knows it from then on", () => {
    const rig = rigOf(
      [
        "sip.uri_user; dataset:isset,seen,type string,state seen.lst;",
        "sip.uri_user; dataset:set,seen;",
      ],
      { dataDir: tmpdir() },
    );
    expect([call(rig, "100"), call(rig, "100"), call(rig, "101")]).toEqual([[2], [1], [2]]);
    expect([...listOf(rig).values]).toEqual(["100", "101"]);
  });

  it("unset takes a value out, of a file's list and of what was set", () => {
    const beside = { files: { "n.lst": "100\n101\n" } };
    const rig = rigOf(
      [
        "sip.uri_user; dataset:unset,n,type text,load n.lst;",
        'sip.uri_user; content:"9"; dataset:set,n;',
      ],
      beside,
    );
    expect([call(rig, "100"), call(rig, "100"), call(rig, "109"), call(rig, "109")]).toEqual([
      [1],
      [],
      [2],
      [1, 2],
    ]);
    expect(listOf(rig).size).toBe(2);
  });

  it("changes nothing unless the whole rule matches", () => {
    const rig = rigOf([
      'sip.uri_user; dataset:set,n,type text; content:"5"; sip.method; content:"INVITE"; flowbits:isset,never;',
      'sip.uri_user; dataset:set,n; content:"5";',
    ]);
    expect([call(rig, "100"), call(rig, "500"), call(rig, "500")]).toEqual([[], [2], []]);
    expect([...listOf(rig).values]).toEqual(["500"]);
  });

  it("is written by a rule that a pass keeps from alerting, as bits are", () => {
    const text = [
      'pass sip any any -> any any (msg:"p"; sip.method; content:"INVITE"; sid:9;)',
      sip("sip.uri_user; dataset:set,n,type text;", 1),
    ].join("\n");
    const rig = new Rig(loadText(text), UNFOLDED);
    expect(call(rig, "100")).toEqual([]);
    expect([...listOf(rig).values]).toEqual(["100"]);
  });

  it.each(["md5", "sha256"])(
    "keeps digests with type %s, made by the transform or by itself",
    (type) => {
      const rig = rigOf([
        `sip.uri_user; to_${type}; dataset:set,d,type ${type};`,
        `sip.uri_user; dataset:isset,d,type ${type};`,
      ]);
      expect([call(rig, "100"), call(rig, "100")]).toEqual([[1, 2], [2]]);
    },
  );

  it("keeps addresses", () => {
    const rig = rigOf(['ip.src; dataset:set,who,type ip; sip.method; content:"INVITE";']);
    expect([
      call(rig, "1", "198.51.100.7"),
      call(rig, "1", "198.51.100.7"),
      call(rig, "1", "198.51.100.8"),
    ]).toEqual([[1], [], [1]]);
    expect(listOf(rig).text()).toBe("198.51.100.7\n198.51.100.8\n");
  });

  it("stops at memcap, and counts what it did not take: what it has stays", () => {
    const rig = rigOf(["sip.uri_user; dataset:set,n,type text,memcap 1kb,hashsize 64;"]);
    const matched = Array.from({ length: 40 }, (_, n) => call(rig, `1${n + 10}`).length);
    const taken = matched.reduce((sum, count) => sum + count, 0);
    expect(taken).toBe(Math.floor(1_024 / (64 + 3)));
    expect(listOf(rig).refused).toBe(40 - taken);
    expect(call(rig, "110")).toEqual([]);
  });

  it("begins anew with each run, and goes on over a reload", () => {
    const load = loadText(sip("sip.uri_user; dataset:set,n,type text;", 1));
    const rig = new Rig(load, UNFOLDED);
    expect([call(rig, "100"), call(rig, "100")]).toEqual([[1], []]);
    rig.reload(sip("sip.uri_user; dataset:set,n,type text;", 2), 1);
    expect([call(rig, "100"), call(rig, "101")]).toEqual([[], [2]]);
    const second = new Rig(load, UNFOLDED);
    expect(call(second, "100")).toEqual([1]);
  });

  it("is read anew at a reload when its values come from a file only", () => {
    const beside = (list: string) => ({ files: { "n.lst": list } });
    const text = sip("sip.uri_user; dataset:set,n,type text,load n.lst;", 1);
    const rig = new Rig(loadText(text, undefined, beside("100\n")), UNFOLDED);
    expect([call(rig, "100"), call(rig, "101")]).toEqual([[], [1]]);
    rig.engine.reload(loadText(text, undefined, beside("102\n")).ruleSet, 0);
    expect([call(rig, "101"), call(rig, "102")]).toEqual([[1], []]);
  });

  it("is kept in a file as Suricata writes it, whatever bytes it has, and read again", async () => {
    const dataDir = folderOfTest();
    const rule = ["sip.uri_user; dataset:set,users,type string,state deep/users.lst;"];
    const first = rigOf(rule, { dataDir });
    const odd = "a%00\u00e4\u00ff";
    expect([call(first, "100"), call(first, odd)]).toEqual([[1], [1]]);
    const files = new ListFiles(() => first.engine.lists);
    expect(await files.save()).toEqual([]);
    const path = join(dataDir, "deep/users.lst");
    expect(readFileSync(path, "utf8").split("\n")[0]).toBe(base64("100"));
    const second = rigOf(rule, { dataDir });
    expect([call(second, "100"), call(second, odd), call(second, "101")]).toEqual([[], [], [1]]);
    // Nothing has changed since, so it is not written again.
    writeFileSync(path, "kept");
    expect(await files.save()).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe("kept");
  });

  it("reads one file and writes another with load and save", async () => {
    const dataDir = folderOfTest();
    const rig = rigOf(["sip.uri_user; dataset:set,u,type string,load n.lst,save out.lst;"], {
      dataDir,
      files: { "n.lst": `${base64("100")}\n` },
    });
    expect([call(rig, "100"), call(rig, "101")]).toEqual([[], [1]]);
    await new ListFiles(() => rig.engine.lists).close();
    expect(readFileSync(join(dataDir, "out.lst"), "utf8")).toBe(
      `${base64("100")}\n${base64("101")}\n`,
    );
  });

  it("tells once that a list is full or cannot be written", async () => {
    const dataDir = folderOfTest();
    writeFileSync(join(dataDir, "file"), "");
    const rig = rigOf(["sip.uri_user; dataset:set,u,type string,state file/u.lst,memcap 100b;"], {
      dataDir,
    });
    for (const user of ["1", "2"]) call(rig, user);
    const files = new ListFiles(() => rig.engine.lists);
    const problems = await files.save();
    expect(problems[0]).toMatch(/dataset u is full: 1 values so far were not added/);
    expect(problems[1]).toMatch(/dataset u: cannot write .*file\/u\.lst/);
    expect(await files.save()).toEqual([]);
  });

  it.each([
    ["dataset:set,n;", /needs a type/],
    ["dataset:set,n,type prefix;", /type prefix is only read/],
    ["dataset:set,n,type text,state n.lst;", /has type string/],
    ["dataset:set,n,type string,state ../n.lst;", /writes below rules\.dataDir only/],
    ["dataset:set,n,type string,save /etc/passwd;", /writes below rules\.dataDir only/],
    ["dataset:set,n,type string,state n.lst,load m.lst;", /state, which is load and save/],
    ["dataset:set,n,type string,memcap lots;", /memcap is a size such as 16mb/],
    ["dataset:isset,n,type string;", /needs load FILE or state FILE/],
    ["dataset:set,n,type string; dataset:isset,n,type md5;", /"n" is another list elsewhere/],
  ])("is refused: %s", (options, reason) => {
    expect(fault(`sip.uri_user; ${options}`, { dataDir: tmpdir() })).toMatch(reason);
  });

  it("is refused with the cure when no folder is set for it", () => {
    expect(fault("sip.uri_user; dataset:set,n,type string,state n.lst;")).toMatch(
      /set rules\.dataDir to a folder/,
    );
  });
});
