import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sipsentry } from "../cli/cli.ts";
import { SHARED_CAPTURES, sharedCapturesMissing } from "../support/shared-captures.ts";
import { addWire, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { alertCounts, eveLines, Sensor, summaryOf } from "./sensor.ts";

const TOOLS = ["ip", "tcpreplay", "tcpdump"];
const BACKENDS = ["pcap", "tcpdump"];
/** Short ones, in the time that they really took: thresholds are about time. */
const CAPTURES = [
  "mixed/enum_and_bruteforce_during_office_traffic.pcap",
  "enum_register/svwar_register_404_vs_401.pcap",
  "bye_spoof/bye_spoofed_source_pbx_to_phone.pcap",
  "rtp_inject/rtp_same_ssrc_seq_jump.pcap",
  "invite_flood/sipp_invite_flood_one_target.pcap",
  "benign/b02_call_two_way_rtp.pcap",
];

const missing = missingForLive(TOOLS) || sharedCapturesMissing;

describe.skipIf(missing !== "").concurrent(`sipsentry live at the end of a wire ${missing}`, () => {
  const namespaces = new Namespaces("veth");
  let folder = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-veth-"));
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(CAPTURES)(
    "loses no packet of %s and raises the alerts that a replay raises",
    { timeout: 400_000 },
    async (capture) => {
      const path = join(SHARED_CAPTURES, "lab", capture);
      const name = basename(capture, ".pcap");
      const replayed = join(folder, `${name}.replay.json`);
      const replay = await sipsentry(["replay", path, "--json", "--eve", replayed]);
      const expected = summaryOf(replay.stdout);
      expect(expected.alerts.total > 0).toBe(!capture.startsWith("benign/"));

      const namespace = namespaces.add(name.slice(-20));
      addWire({ namespace, name: "sender" }, { namespace, name: "mirror" });
      const sensors = await Promise.all(
        BACKENDS.map((backend) =>
          Sensor.start(namespaces, {
            namespace,
            interface: "mirror",
            evePath: join(folder, `${name}.${backend}.json`),
            // Room for a test machine that is busy with the other captures.
            args: ["--capture", backend, "--json", "--buffer", "256"],
          }),
        ),
      );
      const sender = namespaces.start(namespace, "tcpreplay", ["-q", "-K", "-i", "sender", path]);
      expect(await sender.ended(200_000), sender.stderr).toBe(0);
      expect(sender.stdout).toMatch(new RegExp(`Actual: ${expected.packets.total} packets`));
      expect(sender.stdout).toMatch(/Failed packets: +0\n/);

      const exitCodes = await Promise.all(sensors.map((sensor) => sensor.stop()));
      expect(exitCodes, sensors.map(({ child }) => child.stderr).join("\n")).toEqual([0, 0]);
      for (const [i, sensor] of sensors.entries()) {
        const summary = summaryOf(sensor.child.stdout);
        const { total, capture_drops } = summary.packets;
        expect({ backend: BACKENDS[i], total, capture_drops }).toEqual({
          backend: BACKENDS[i],
          total: expected.packets.total,
          capture_drops: 0,
        });
        expect(summary.sip).toEqual(expected.sip);
        expect(summary.rtp).toEqual(expected.rtp);
        expect(alertCounts(sensor.alerts())).toEqual(alertCounts(eveLines(replayed)));
      }
    },
  );
});
