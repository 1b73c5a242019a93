import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./child.ts";
import { addWire, ip, Namespaces, processIds } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { Sensor } from "./sensor.ts";

const TOOLS = ["ip", "tcpdump"];
const BACKENDS = ["pcap", "tcpdump"];
/** On a machine that has no time for it. */
const END_MS = 40_000;

const missing = missingForLive(TOOLS);

describe.skipIf(missing !== "")(`sipsentry live comes to its end ${missing}`, () => {
  const namespaces = new Namespaces("stop");
  let folder = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-stop-"));
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(name: string, backend: string): Promise<[string, Sensor]> {
    const namespace = namespaces.add(`${name}-${backend}`);
    addWire({ namespace, name: "sender" }, { namespace, name: "mirror" });
    const evePath = join(folder, `${name}.${backend}.json`);
    const args = ["--capture", backend];
    return [
      namespace,
      await Sensor.start(namespaces, { namespace, interface: "mirror", evePath, args }),
    ];
  }

  test.each(BACKENDS)("%s: SIGTERM prints the summary and exits 0", async (backend) => {
    const [namespace, { child }] = await start("term", backend);
    child.signal("SIGTERM");
    expect(await child.ended(END_MS), child.stderr).toBe(0);
    expect(child.stdout).toMatch(/^Packets +0, 0 bytes$/m);
    expect(processIds(namespace)).toEqual([]);
  });

  test.each(BACKENDS)("%s: a second SIGINT ends it at once, with its child", async (backend) => {
    const [namespace, { child }] = await start("twice", backend);
    child.signal("SIGINT");
    await child.said(/SIGINT: stopping/, END_MS);
    child.signal("SIGINT");
    // Where the first one was the quicker, all was done.
    expect([130, 0]).toContain(await child.ended(END_MS));
    await until(
      () => processIds(namespace).length === 0,
      END_MS,
      () => `left behind: ${processIds(namespace).join(" ")}`,
    );
  });

  test.each(BACKENDS)("%s: an interface that goes is one problem and exit 1", async (backend) => {
    const [namespace, { child }] = await start("gone", backend);
    ip("-n", namespace, "link", "delete", "mirror");
    expect(await child.ended(END_MS), child.stderr).toBe(1);
    expect(child.stderr.match(/^.*mirror: .*$/gm)).toEqual([
      expect.stringMatching(
        /^sipsentry: mirror: the interface is gone.*; everything before was read$/,
      ),
    ]);
    expect(processIds(namespace)).toEqual([]);
  });
});
