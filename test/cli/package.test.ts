import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { OPTIONS_RULE, optionsPacket, pcapFile, ROOT } from "./cli.ts";

/** What a build and a package need; copied, so that other tests keep their own `dist`. */
const SOURCES = [
  "src",
  "rules",
  "package.json",
  "tsconfig.json",
  "build.mjs",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  "NOTICE",
];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-package-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("npm pack gives a package that installs as a sipsentry command, without the optional libpcap", () => {
  const project = join(folder, "project");
  for (const name of SOURCES) {
    if (existsSync(join(ROOT, name)))
      cpSync(join(ROOT, name), join(project, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf("["))) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = files.map(({ path }) => path);
  expect(paths).toContain("dist/main.js");
  expect(paths).toContain("dist/THIRD-PARTY-LICENSES.txt");
  expect(paths).toContain("LICENSE");
  expect(paths.filter((path) => /^(src|test|bench|pcaps)\//.test(path))).toEqual([]);
  for (const name of ["classification.config"]) {
    if (existsSync(join(ROOT, "rules", name))) expect(paths).toContain(`rules/${name}`);
  }

  const user = join(folder, "user");
  mkdirSync(user);
  // Without it npm looks for a project in the folders above, and would install into theirs.
  writeFileSync(join(user, "package.json"), "{}");
  const install = ["install", "--prefer-offline", "--omit=optional", "--no-audit", "--no-fund"];
  execFileSync("npm", [...install, join(folder, filename)], { cwd: user, stdio: "pipe" });
  expect(existsSync(join(user, "node_modules", "pcap"))).toBe(false);
  const sipsentry = (...args: string[]) => {
    const run = spawnSync(join(user, "node_modules", ".bin", "sipsentry"), args, {
      cwd: user,
      encoding: "utf8",
    });
    // A command that could not be started at all has no output to compare, only this reason.
    if (run.error !== undefined) throw run.error;
    return run;
  };

  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    version: string;
  };
  expect(sipsentry("--version").stdout).toBe(`${version}\n`);
  expect(JSON.parse(sipsentry("--print-schema").stdout)).toHaveProperty("$defs");
  expect(sipsentry("rules", "check")).toMatchObject({ status: 0, stderr: "" });

  writeFileSync(join(user, "call.pcap"), pcapFile([1, 2, 3].map(optionsPacket)));
  writeFileSync(join(user, "my.rules"), OPTIONS_RULE);
  const shipped = sipsentry("replay", "call.pcap", "--json", "--quiet");
  expect(shipped).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(shipped.stdout).packets.total).toBe(3);
  const own = sipsentry("replay", "call.pcap", "--rules", "my.rules", "--eve", "-", "--quiet");
  const records = own.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(records).toMatchObject([
    { event_type: "alert", alert: { signature: "OPTIONS seen" } },
    { event_type: "incident", incident: { state: "closed", count: 3 } },
  ]);
});
