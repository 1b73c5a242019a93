import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LearnedHosts } from "../../../../src/emit/outputs/learned-hosts.ts";

const NOW = Date.parse("2026-11-21T07:00:00Z");
const DAY = 86_400_000;

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-learned-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const path = () => join(dir, "feed.learned.json");

it("knows after a restart who depends on which address, for a week", async () => {
  const hosts = new LearnedHosts(path(), NOW);
  hosts.learn("203.0.113.50", "registered users", NOW);
  hosts.learn("2001:0db8:0::9", "trunk", NOW);
  hosts.learn("?", "server", NOW);
  await hosts.save();
  const later = new LearnedHosts(path(), NOW + 6 * DAY);
  expect(later.useOf("::ffff:203.0.113.50", NOW + 6 * DAY)).toBe("registered users");
  expect(later.useOf("2001:db8::9", NOW + 6 * DAY)).toBe("trunk");
  expect(later.useOf("203.0.113.51", NOW)).toBe("");
  expect(later.useOf("203.0.113.50", NOW + 7 * DAY)).toBe("");
  expect(new LearnedHosts(path(), NOW + 7 * DAY).useOf("203.0.113.50", NOW)).toBe("");
});

it("takes nothing from a damaged file that no run has written", () => {
  const lines = [
    ...["", "{", "[]", '{"ip":"203.0.113.1"}'],
    '{"ip":"203.0.113.2","use":"friend","last_seen":"2026-11-21T06:00:00Z"}',
    '{"ip":"203.0.113.3","use":"trunk","last_seen":"soon"}',
    '{"ip":"203.0.113.4","use":"trunk","last_seen":"2026-11-21T06:00:00Z"}',
  ];
  writeFileSync(path(), lines.join("\n"));
  const hosts = new LearnedHosts(path(), NOW);
  const uses = [1, 2, 3, 4].map((n) => hosts.useOf(`203.0.113.${n}`, NOW));
  expect(uses).toEqual(["", "", "", "trunk"]);
});

it("writes nothing when there is nothing new, and does not fail where it cannot", async () => {
  await new LearnedHosts(path(), NOW).save();
  expect(readdirSync(dir)).toEqual([]);
  const hosts = new LearnedHosts(join(dir, "no", "such", "folder"), NOW);
  hosts.learn("203.0.113.50", "trunk", NOW);
  await hosts.save();
});

it("holds a bounded number of hosts, those seen last", () => {
  const hosts = new LearnedHosts(path(), NOW);
  for (let n = 0; n < 70_000; n++) {
    hosts.learn(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, "answers calls", NOW);
  }
  expect(hosts.useOf("10.0.0.0", NOW)).toBe("");
  expect(hosts.useOf(`10.1.${(69_999 >> 8) & 255}.${69_999 & 255}`, NOW)).toBe("answers calls");
});
