import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderWith } from "../../support/captured.ts";
import { Namespace, namespaceMissing } from "../../support/namespace.ts";
import { pcapFile, somePackets } from "../../support/pcap-writer.ts";

const COUNT = 2000;
const packets = somePackets(COUNT);
const digests = packets.map(({ bytes }) =>
  createHash("md5").update(bytes).digest("hex").slice(0, 8),
);

function namespace(): Namespace {
  const made = new Namespace();
  onTestFinished(() => made.close());
  return made;
}

function captureFile(): string {
  return join(folderWith({ "replayed.pcap": pcapFile(packets) }), "replayed.pcap");
}

describe.skipIf(namespaceMissing !== "")(`live capture ${namespaceMissing}`, () => {
  describe.each(["pcap", "tcpdump"])("by %s", (backend) => {
    test("hands over every packet of the wire, in order, and ends when asked to", async () => {
      const net = namespace();
      const capture = net.capture(["far", backend]);
      await capture.notice("listening on far");
      net.replay(captureFile(), 5000);
      const result = await capture.stop();
      expect(result.problems).toEqual([]);
      expect(result.isOrdered).toBe(true);
      expect(result.packets).toBe(COUNT);
      expect(result.digests.findIndex((digest, i) => digest !== digests[i])).toBe(-1);
      expect(result.counters).toEqual({
        received: COUNT,
        ringDropped: 0,
        kernelDropped: 0,
        interfaceDropped: 0,
      });
    });

    test("takes only what the filter lets through, on all interfaces at once", async () => {
      const net = namespace();
      const capture = net.capture(["any", backend, "udp src port 10005 or udp src port 10006"]);
      await capture.notice("listening on any");
      net.replay(captureFile(), 5000);
      const result = await capture.stop();
      // Once as it leaves `near`, once as it comes in at `far`.
      expect(result.packets).toBe(4);
    });

    test("ends on a quiet interface", async () => {
      const capture = namespace().capture(["far", backend]);
      await capture.notice("listening on far");
      expect(await capture.stop()).toMatchObject({ packets: 0, problems: [] });
    });

    test("ends with a problem when the interface goes away", async () => {
      const net = namespace();
      const capture = net.capture(["far", backend]);
      await capture.notice("listening on far");
      net.exec("ip", "link", "del", "near");
      const { problems } = await capture.result();
      expect(problems).toEqual([expect.stringMatching(/^far: the interface is gone/)]);
    });

    test("an unknown interface is one line with those that exist", async () => {
      const result = await namespace().capture(["eth99", backend]).result();
      expect(result).toEqual({
        error: expect.stringMatching(/^eth99: no such interface; there are: .*far.*near.*any$/),
        exitCode: 2,
      });
    });

    test("a bad filter is one line with libpcap's message; no part of it is an option", async () => {
      const net = namespace();
      for (const filter of ["prot 5060", "-w /dev/null"]) {
        const result = await net.capture(["far", backend, filter]).result();
        expect(result.exitCode).toBe(2);
        expect(result.error).toContain(`bad filter ${JSON.stringify(filter)}: `);
        expect(result.error).not.toContain("\n");
      }
    });

    test("no permission is one line with the cure, and exit code 77", async () => {
      const result = await namespace()
        .capture(["far", backend], ["setpriv", "--bounding-set", "-net_raw,-net_admin"])
        .result();
      expect(result.exitCode).toBe(77);
      expect(result.error).toMatch(/^far: no permission to capture: .*setcap cap_net_raw/);
    });
  });

  test("pcap goes on when an interface that was down is up again", async () => {
    const net = namespace();
    const capture = net.capture(["far", "pcap"]);
    await capture.notice("listening on far");
    net.exec("ip", "link", "set", "far", "down");
    await capture.notice("the interface is down");
    net.exec("ip", "link", "set", "far", "up");
    // The kernel takes up to a second before it sends again, and drops what does not fit its queue.
    net.replay(captureFile(), 1000);
    const result = await capture.stop();
    expect(result.packets).toBeGreaterThan(0);
    expect(result.digests.at(-1)).toBe(digests.at(-1));
    expect(result.problems).toEqual([
      "far: the interface went down once; packets of that time are missing",
    ]);
  });
});
