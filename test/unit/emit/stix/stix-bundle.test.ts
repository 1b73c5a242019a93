import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { EveRecord } from "../../../../src/emit/outputs/eve-record.ts";
import { stixBundle, TLP } from "../../../../src/emit/stix/stix-bundle.ts";
import { uuidV5 } from "../../../../src/emit/stix/stix-id.ts";
import { sipsentry } from "../../../cli/cli.ts";

type Stix = Record<string, unknown> & { type: string; id: string };

const HOSTILE = `'] OR [ipv4-addr:value = '0.0.0.0\n\x1b[2J\u202e"`;

/** Required properties by type, and types that a reference may point to (STIX 2.1 4, 5 and 6; found with OASIS' validator, too). */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  identity: ["name"],
  campaign: ["name"],
  "attack-pattern": ["name"],
  indicator: ["pattern", "pattern_type", "valid_from"],
  "observed-data": ["first_observed", "last_observed", "number_observed", "object_refs"],
  note: ["content", "object_refs"],
  grouping: ["context", "object_refs"],
  relationship: ["relationship_type", "source_ref", "target_ref"],
  sighting: ["sighting_of_ref"],
  "ipv4-addr": ["value"],
  "ipv6-addr": ["value"],
  "mac-addr": ["value"],
  "user-account": ["account_login"],
};
const OBSERVABLES = new Set(["ipv4-addr", "ipv6-addr", "mac-addr", "user-account"]);
const ID = /^[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function caseLine(changes: object = {}): string {
  const list = (...texts: string[]) => ({
    distinct: texts.length,
    values: texts.map((value) => ({ value, count: 3 })),
  });
  const attacker = (ip: string, path: string, more = {}) => ({
    ...{ ip, count: 9, return_path: path },
    ...more,
  });
  const fields = {
    ...{
      id: "ab".repeat(16),
      state: "closed",
      stage: "in",
      severity: 1,
      attack: "auth_bruteforce",
    },
    ...{ start: "2026-11-21T02:57:46.724169+0000", end: "2026-11-21T03:10:22.000001+0000" },
    ...{ title: "somebody got in", story: ["02:57: guessed."], advice: ["Block it."], matches: 98 },
    attackers: {
      distinct: 4,
      values: [
        attacker("198.18.7.77", "proven"),
        attacker("2001:db8::7", "proven"),
        attacker("198.18.7.78", "unproven"),
        attacker("198.18.7.79", "proven", { shared: "nat" }),
        attacker("198.18.7.80", "proven"),
      ],
    },
    ...{ forged: ["198.18.7.80"], macs: ["02:00:00:00:00:01", HOSTILE] },
    ...{ victims: list("10.77.3.10"), accounts: list("6011@10.77.3.10"), ...changes },
  };
  const time = "2026-11-21T03:10:35.000000+0000";
  return JSON.stringify({ timestamp: time, event_type: "case", host: "probe", case: fields });
}

function bundleOf(changes: object = {}, techniques: readonly string[] = []) {
  const record = EveRecord.parse(caseLine(changes));
  if (record === null) throw new Error("no record");
  return stixBundle({ record, techniques, tlp: "amber" }) as Stix & { objects: Stix[] };
}

/** What STIX 2.1 asks of a bundle, as far as we use it. */
function expectStix({ id, objects, type }: Stix & { objects: Stix[] }): void {
  expect([type, ID.test(id)]).toEqual(["bundle", true]);
  const ids = new Set(objects.map((object) => object.id));
  expect(ids.size).toBe(objects.length);
  for (const object of objects) {
    expect(object.id).toMatch(ID);
    expect(object.id.startsWith(`${object.type}--`)).toBe(true);
    expect(object.spec_version).toBe("2.1");
    for (const name of REQUIRED[object.type] ?? ["no such type"])
      expect(object, `${object.type} ${name}`).toHaveProperty(name);
    const isObservable = OBSERVABLES.has(object.type);
    if (!isObservable) {
      expect(String(object.created)).toMatch(TIME);
      expect(String(object.modified) >= String(object.created)).toBe(true);
      expect(object.object_marking_refs).toEqual([TLP.amber]);
    } else expect(object).not.toHaveProperty("created");
    for (const [name, value] of Object.entries(object)) {
      if (!/_refs?$/.test(name) || name === "object_marking_refs") continue;
      for (const ref of [value].flat()) expect(ids.has(String(ref)), `${name} ${ref}`).toBe(true);
    }
    expect(JSON.stringify(object)).not.toMatch(/\\u001b|\u202e/);
  }
}

it("is a bundle as STIX 2.1 has it, and the same each time", () => {
  const bundle = bundleOf({}, ["T1110.001", "T1078"]);
  expectStix(bundle);
  expect(bundleOf({}, ["T1110.001", "T1078"])).toEqual(bundle);
  const of = (type: string) => bundle.objects.filter((object) => object.type === type);
  expect(of("attack-pattern").map(({ name }) => name)).toEqual([
    "Password Guessing",
    "Valid Accounts",
  ]);
  expect(of("campaign")).toMatchObject([
    { name: "somebody got in", description: "02:57: guessed." },
  ]);
  expect(of("sighting")).toMatchObject([{ count: 98 }]);
  expect(of("mac-addr")).toHaveLength(1);
});

it("names the address of nobody who may be innocent in an indicator", () => {
  const indicators = bundleOf().objects.filter(({ type }) => type === "indicator");
  expect(indicators.map(({ pattern }) => pattern)).toEqual([
    "[ipv4-addr:value = '198.18.7.77']",
    "[ipv6-addr:value = '2001:db8::7']",
  ]);
});

it("lets no text of a packet into a pattern, and steers nobody's screen", () => {
  const values = [{ ip: HOSTILE, count: 1, return_path: "proven" }];
  const list = { distinct: 1, values: [{ value: HOSTILE, count: 1 }] };
  const texts = { title: HOSTILE, story: [HOSTILE], advice: [HOSTILE], attack: HOSTILE };
  const bundle = bundleOf({ ...texts, attackers: { values }, victims: list, accounts: list });
  expectStix(bundle);
  const types = new Set(bundle.objects.map(({ type }) => type));
  expect(types.has("indicator")).toBe(false);
  expect(types.has("sighting")).toBe(false);
});

it("gives observables the identifiers that everybody gives them (RFC 9562 A.4, STIX 2.1 2.9)", () => {
  const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  expect(uuidV5(dns, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
  const { objects } = bundleOf({ attackers: { values: [{ ip: "198.51.100.3", count: 1 }] } });
  const idOf = (name: string, value: string) => objects.find((one) => one[name] === value)?.id;
  // As OASIS' own library (stix2 3.0) makes them.
  expect(idOf("value", "198.51.100.3")).toBe("ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
  expect(idOf("account_login", "6011@10.77.3.10")).toBe(
    "user-account--b4b9fa9e-ca55-5967-b0c0-1ed066734c14",
  );
});

it("is printed by sipsentry export stix, with the techniques of the case's alerts", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sipsentry-stix-"));
  const eve = join(folder, "eve.json");
  const alert = (caseId: string, technique: string) =>
    JSON.stringify({
      ...{ timestamp: "2026-11-21T03:00:00.000000+0000", event_type: "alert" },
      alert: { metadata: { mitre_technique_id: [technique] } },
      voip: { case_id: caseId },
    });
  const merged = "cd".repeat(16);
  const lines = [
    ...[alert("ab".repeat(16), "T1110"), alert(merged, "T1078"), alert("ef".repeat(16), "T1498")],
    ...["no JSON", caseLine({ merged: [merged] })],
  ];
  writeFileSync(eve, `${lines.join("\n")}\n`);
  const run = await sipsentry(["export", "stix", "ABABAB", "--eve", eve, "--tlp", "green"]);
  expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  const { objects } = JSON.parse(run.stdout) as { objects: Stix[] };
  const names = objects.filter(({ type }) => type === "attack-pattern").map(({ name }) => name);
  expect(names).toEqual(["Valid Accounts", "Brute Force"]);
  expect(objects[0]?.object_marking_refs).toEqual([TLP.green]);
  const none = await sipsentry(["export", "stix", "123456", "--eve", eve]);
  expect([none.exitCode, none.stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
  rmSync(folder, { recursive: true });
});
