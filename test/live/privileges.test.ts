import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILT_MAIN } from "../support/build-program.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { until } from "./child.ts";
import { addWire, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { Sensor } from "./sensor.ts";

const TOOLS = ["ip", "tcpdump", "tcpreplay", "setpriv", "getent"];
const BACKENDS = ["pcap", "tcpdump"];
const USER = "nobody";

const missing = missingForLive(TOOLS);

/** Processes below that one, with itself. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return [pid, ...children.split(" ").filter(Boolean).map(Number).flatMap(family)];
}

/** `status` of every thread of the processes. */
function threads(pids: readonly number[]): string[] {
  return pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"),
    ),
  );
}

function values(statuses: readonly string[], field: string): string[] {
  const all = statuses.map((text) => new RegExp(`^${field}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "");
  return [...new Set(all)];
}

describe.skipIf(missing !== "")(`sipsentry live gives up what it does not need ${missing}`, () => {
  const namespaces = new Namespaces("drop");
  const attack = bundledCaptures().find(({ name }) => name.startsWith("enum_register"))?.path ?? "";
  let folder = "";
  let uid = 0;
  let gid = 0;

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-drop-"));
    // As /var/log: others may look into it, only root may write there.
    chmodSync(folder, 0o755);
    const entry = execFileSync("getent", ["passwd", USER], { encoding: "utf8" }).split(":");
    uid = Number(entry[2]);
    gid = Number(entry[3]);
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function wire(name: string): string {
    const namespace = namespaces.add(name);
    addWire({ namespace, name: "sender" }, { namespace, name: "mirror" });
    return namespace;
  }

  async function replayInto(namespace: string): Promise<void> {
    const sender = namespaces.start(namespace, "tcpreplay", [
      "-q",
      "-x",
      "4",
      "-i",
      "sender",
      attack,
    ]);
    expect(await sender.ended(60_000), sender.stderr).toBe(0);
  }

  test.each(BACKENDS)(
    "%s: root becomes the user in all threads, keeps no capability, and still captures and writes",
    { timeout: 400_000 },
    async (backend) => {
      const namespace = wire(backend);
      const evidence = join(folder, `evidence-${backend}`);
      const spool = join(folder, `spool-${backend}`);
      const evePath = join(folder, `logs-${backend}`, "eve.json");
      const sensor = await Sensor.start(namespaces, {
        namespace,
        interface: "mirror",
        evePath,
        args: [
          ...["--capture", backend, "--set", `operation.user=${USER}`, "--evidence", evidence],
          // Its delivery thread runs under the same rights, and writes into the spool.
          ...["--output", "http://127.0.0.1:9/nobody-listens", "--set", `spool.dir=${spool}`],
          ...["--set", "operation.drainS=0", "--set", "metrics.listen="],
        ],
      });
      await sensor.child.said(/running as nobody \(uid \d+\), without privileges/, 60_000);
      const pids = family(sensor.child.pid);
      expect(pids).toHaveLength(backend === "tcpdump" ? 2 : 1);
      const statuses = threads(pids);
      expect(statuses.length).toBeGreaterThan(4);
      expect(values(statuses, "Uid")).toEqual([`${uid}\t${uid}\t${uid}\t${uid}`]);
      expect(values(statuses, "Gid")).toEqual([`${gid}\t${gid}\t${gid}\t${gid}`]);
      expect(values(statuses, "CapEff")).toEqual(["0000000000000000"]);
      expect(values(statuses, "CapPrm")).toEqual(["0000000000000000"]);
      expect(values(statuses, "CapAmb")).toEqual(["0000000000000000"]);

      await replayInto(namespace);
      await until(
        () => sensor.alerts().length > 0,
        60_000,
        () => sensor.child.stderr,
      );
      expect(await sensor.stop(), sensor.child.stderr).toBe(0);
      expect(statSync(evePath).uid).toBe(uid);
      expect(statSync(evidence).uid).toBe(uid);
      expect(readdirSync(spool).length).toBeGreaterThan(1);
      for (const name of readdirSync(spool)) expect(statSync(join(spool, name)).uid).toBe(uid);
      expect(readdirSync(evidence).some((name) => name.endsWith(".pcap"))).toBe(true);
      expect(statSync(folder).uid).toBe(0);
    },
  );

  test.each(BACKENDS)(
    "%s: an ordinary user with CAP_NET_RAW and nothing else captures",
    { timeout: 400_000 },
    async (backend) => {
      const namespace = wire(`raw-${backend}`);
      const own = join(folder, `own-${backend}`);
      mkdirSync(own);
      execFileSync("chown", [`${uid}:${gid}`, own]);
      const sensor = await Sensor.start(namespaces, {
        namespace,
        interface: "mirror",
        evePath: join(own, "eve.json"),
        args: ["--capture", backend, "--set", "metrics.listen="],
        before: [
          ...["setpriv", "--reuid", String(uid), "--regid", String(gid), "--clear-groups"],
          ...["--no-new-privs", "--inh-caps", "-all,+net_raw", "--ambient-caps", "-all,+net_raw"],
          ...["--bounding-set", "-all,+net_raw"],
        ],
      });
      const statuses = threads(family(sensor.child.pid));
      expect(values(statuses, "CapEff")).toEqual(["0000000000002000"]);
      expect(values(statuses, "CapBnd")).toEqual(["0000000000002000"]);
      await replayInto(namespace);
      expect(await sensor.stop(), sensor.child.stderr).toBe(0);
      expect(sensor.child.stderr).not.toContain("running as root");
      expect(sensor.alerts().length).toBeGreaterThan(0);
    },
  );

  test("an unknown user or group is one line, exit code 78, and nothing was opened", async () => {
    const namespace = wire("unknown");
    for (const [set, line] of [
      ["operation.user=nosuchuser", "there is no user"],
      ["operation.user=-x", "there is no user"],
      ["operation.group=nosuchgroup", "there is no group"],
    ] as const) {
      const eve = join(folder, "never.json");
      const args = ["live", "-i", "mirror", "--eve", eve, "--set", "operation.user=nobody"];
      const child = namespaces.start(namespace, process.execPath, [
        ...[BUILT_MAIN, ...args, "--set", set],
      ]);
      expect(await child.ended(60_000)).toBe(78);
      expect(child.stderr.trim().split("\n")).toEqual([expect.stringContaining(line)]);
      expect(() => statSync(eve)).toThrow();
    }
  });

  test("a folder that the user cannot write ends the run with one line", async () => {
    const namespace = wire("folder");
    const others = join(folder, "others");
    mkdirSync(join(others, "theirs"), { recursive: true });
    const child = namespaces.start(namespace, process.execPath, [
      ...[BUILT_MAIN, "live", "-i", "mirror", "--evidence", others],
      ...["--set", "operation.user=nobody", "--set", "metrics.listen="],
    ]);
    expect(await child.ended(60_000), child.stderr).toBe(77);
    expect(child.stderr).toContain(`${others}: nobody cannot write into this folder; chown it`);
    expect(statSync(others).uid).toBe(0);
  });

  test("a file in somebody else's folder is written, and that it cannot be rotated is told", async () => {
    const namespace = wire("file");
    const sensor = await Sensor.start(namespaces, {
      namespace,
      interface: "mirror",
      evePath: join(folder, "alone.json"),
      args: ["--set", `operation.user=${USER}`, "--set", "metrics.listen="],
    });
    expect(await sensor.stop()).toBe(0);
    expect(sensor.child.stderr).toContain(
      `cannot write into ${folder}, so the file cannot be rotated`,
    );
    expect(statSync(join(folder, "alone.json")).uid).toBe(uid);
    expect(statSync(folder).uid).toBe(0);
  });

  test("root without a user is warned of, in one line", async () => {
    const namespace = wire("root");
    const sensor = await Sensor.start(namespaces, {
      namespace,
      interface: "mirror",
      evePath: join(folder, "root.json"),
      args: ["--set", "metrics.listen="],
    });
    expect(await sensor.stop()).toBe(0);
    expect(sensor.child.stderr.match(/running as root; set operation\.user/g)).toHaveLength(1);
  });
});
