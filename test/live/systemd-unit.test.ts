import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { until } from "./child.ts";
import { addWire, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { Sensor } from "./sensor.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy/systemd/", import.meta.url));
const FILTERED = fileURLToPath(new URL("filtered.py", import.meta.url));
const PYTHON = "/usr/bin/python3";
const TOOLS = ["ip", "tcpdump", "tcpreplay", "setpriv", "systemd-analyze", "logrotate"];
/** `systemd-analyze security`, tenths: what is left is that it captures, delivers and compiles. */
const EXPOSURE_MAX = 20;
const NOBODY = 65_534;

const missing = missingForLive(TOOLS);
const unit = readFileSync(join(DEPLOY, "sipsentry.service"), "utf8");

/** Values of a setting, in order. */
function settings(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** The system calls that `SystemCallFilter` leaves, with the groups (`@...`) resolved by systemd. */
function allowedCalls(): string[] {
  const allowed = new Set(callsOf("@default"));
  for (const filter of settings("SystemCallFilter")) {
    const isDenied = filter.startsWith("~");
    for (const name of filter.replace("~", "").split(" ")) {
      for (const call of callsOf(name)) {
        if (isDenied) allowed.delete(call);
        else allowed.add(call);
      }
    }
  }
  return [...allowed].sort();
}

function callsOf(name: string): string[] {
  if (!name.startsWith("@")) return [name];
  const text = execFileSync("systemd-analyze", ["syscall-filter", "--no-pager", name], {
    encoding: "utf8",
  });
  const rows = text.split("\n").slice(1);
  return rows
    .map((row) => row.trim())
    .filter((row) => row !== "" && !row.startsWith("#"))
    .flatMap(callsOf);
}

describe.skipIf(missing !== "")(`the systemd unit ${missing}`, () => {
  const namespaces = new Namespaces("unit");
  let folder = "";
  let copy = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-unit-"));
    chmodSync(folder, 0o755);
    copy = join(folder, "sipsentry.service");
    // sipsentry is not installed here.
    writeFileSync(copy, unit.replace("/usr/bin/sipsentry", "/bin/true"));
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is one that systemd takes without a word", () => {
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", copy], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test(`exposes no more than ${EXPOSURE_MAX / 10} by systemd's own count`, () => {
    const args = ["security", "--offline=true", `--threshold=${EXPOSURE_MAX}`, "--no-pager", copy];
    const { status, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    expect(status, stdout).toBe(0);
  });

  test("gives CAP_NET_RAW and nothing else, and lets V8 compile", () => {
    expect(settings("AmbientCapabilities")).toEqual(["CAP_NET_RAW"]);
    expect(settings("CapabilityBoundingSet")).toEqual(["CAP_NET_RAW"]);
    expect(settings("NoNewPrivileges")).toEqual(["yes"]);
    expect(settings("MemoryDenyWriteExecute")).toEqual([]);
  });

  test("a sensor under its system calls, address families, capability and account captures and delivers", {
    timeout: 400_000,
  }, async () => {
    const calls = allowedCalls();
    expect(calls).toContain("read");
    expect(calls).not.toContain("setuid");
    const namespace = namespaces.add("calls");
    addWire({ namespace, name: "sender" }, { namespace, name: "mirror" });
    for (const backend of ["pcap", "tcpdump"]) {
      const own = join(folder, backend);
      mkdirSync(own);
      chownSync(own, NOBODY, NOBODY);
      const id = String(NOBODY);
      const families = settings("RestrictAddressFamilies")[0]?.replaceAll(" ", ",") ?? "";
      const sensor = await Sensor.start(namespaces, {
        namespace,
        interface: "mirror",
        evePath: join(own, "eve.json"),
        args: [
          ...["--capture", backend, "--evidence", join(own, "evidence")],
          ...["--output", "syslog://127.0.0.1:9", "--output", "http://127.0.0.1:9/"],
          ...[
            "--output",
            `ban:${join(own, "ban.json")}`,
            "--set",
            `spool.dir=${join(own, "spool")}`,
          ],
          ...["--set", "operation.drainS=0", "--set", "metrics.listen=127.0.0.1:0"],
        ],
        before: [
          ...["setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--no-new-privs"],
          ...["--inh-caps", "-all,+net_raw", "--ambient-caps", "-all,+net_raw"],
          ...["--bounding-set", "-all,+net_raw", PYTHON, FILTERED, calls.join(","), families],
        ],
      });
      const attack = bundledCaptures().find(({ name }) => name.startsWith("enum_register"));
      const replay = ["-q", "-x", "4", "-i", "sender", attack?.path ?? ""];
      const sender = namespaces.start(namespace, "tcpreplay", replay);
      expect(await sender.ended(60_000), sender.stderr).toBe(0);
      sensor.child.signal("SIGUSR2");
      sensor.child.signal("SIGHUP");
      await sensor.child.said(/reload: \d+ rules in force/, 60_000);
      await until(
        () => sensor.alerts().length > 0,
        60_000,
        () => sensor.child.stderr,
      );
      expect(await sensor.stop(), sensor.child.stderr).toBe(0);
      expect(sensor.child.stderr).not.toMatch(/error|EPERM|EAFNOSUPPORT/i);
    }
  });
});

describe.skipIf(missing !== "")(`the logrotate file ${missing}`, () => {
  test("is one that logrotate takes", () => {
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-logrotate-"));
    const text = readFileSync(join(DEPLOY, "sipsentry.logrotate"), "utf8");
    // The account is not here.
    writeFileSync(join(folder, "sipsentry"), text.replace(/su .*/, "su root root"), {
      mode: 0o644,
    });
    const args = ["--debug", "--state", join(folder, "state"), join(folder, "sipsentry")];
    const { status, stderr } = spawnSync("logrotate", args, {
      encoding: "utf8",
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
    rmSync(folder, { recursive: true });
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("/var/log/sipsentry/*.json");
    expect(stderr).not.toMatch(/^error/m);
  });
});
