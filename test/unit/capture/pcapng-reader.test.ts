import { describe, expect, test } from "vitest";
import { collectStdin } from "../../support/captured.ts";
import {
  type PcapngInterfaceOptions,
  pcapngBlock,
  pcapngFile,
  pcapngInterface,
  pcapngPacket,
  pcapngSection,
  somePackets,
} from "../../support/pcap-writer.ts";

const packets = somePackets(4);
const [first, second, third] = packets as [
  (typeof packets)[0],
  (typeof packets)[0],
  (typeof packets)[0],
];
const text = (packet: { bytes: Uint8Array }) => Buffer.from(packet.bytes).toString("latin1");

describe("pcapng", () => {
  test.each([true, false])(
    "hands over enhanced packets, little-endian %s",
    async (littleEndian) => {
      const { frames, problems } = await collectStdin(pcapngFile(packets, littleEndian));
      expect(problems).toEqual([]);
      expect(frames.map((frame) => [frame.timeUs, frame.bytes, frame.wireLength])).toEqual(
        packets.map((packet) => [packet.timeUs, text(packet), packet.bytes.length]),
      );
    },
  );

  test("sections of both byte orders follow each other, each with its own interfaces", async () => {
    const { frames, problems } = await collectStdin(
      Buffer.concat([
        pcapngSection(true),
        pcapngInterface({ linkType: 1 }, true),
        pcapngInterface({ linkType: 113 }, true),
        pcapngPacket(first, { interfaceId: 1 }, true),
        pcapngSection(false),
        pcapngInterface({ linkType: 276 }, false),
        pcapngPacket(second, {}, false),
        pcapngPacket(third, { interfaceId: 1 }, false),
      ]),
    );
    expect(frames.map((frame) => frame.linkType)).toEqual([113, 276]);
    expect(problems).toEqual([expect.stringContaining("skipped 1 packet block")]);
  });

  test("a simple packet has the link type of interface 0 and the time of the packet before", async () => {
    const { frames } = await collectStdin(
      Buffer.concat([
        pcapngSection(),
        pcapngInterface({ linkType: 101, snapLength: 4 }),
        pcapngPacket(first),
        pcapngPacket(second, { kind: "simple" }),
      ]),
    );
    expect(frames[1]).toMatchObject({
      linkType: 101,
      timeUs: first.timeUs,
      wireLength: second.bytes.length,
      bytes: text(second).slice(0, 4),
    });
  });

  test("old packet blocks are read, unknown and very long blocks are skipped", async () => {
    const { frames, problems } = await collectStdin(
      Buffer.concat([
        pcapngSection(),
        pcapngInterface(),
        pcapngBlock(0xbad, Buffer.alloc(100)),
        pcapngPacket(first, { kind: "old" }),
        pcapngBlock(4, Buffer.alloc(3_000_000)),
        pcapngPacket(second),
      ]),
      65_536,
    );
    expect(problems).toEqual([]);
    expect(frames.map((frame) => frame.bytes)).toEqual([text(first), text(second)]);
  });

  const resolutions: [string, PcapngInterfaceOptions, bigint, number][] = [
    ["microseconds by default", {}, 1_700_000_000_123_456n, 1_700_000_000_123_456],
    ["seconds", { resolution: 0 }, 1_700_000_000n, 1_700_000_000_000_000],
    ["milliseconds", { resolution: 3 }, 1_700_000_000_123n, 1_700_000_000_123_000],
    ["nanoseconds", { resolution: 9 }, 1_700_000_000_123_456_999n, 1_700_000_000_123_456],
    ["10^-8", { resolution: 8 }, 170_000_000_012_345_699n, 1_700_000_000_123_456],
    ["2^-32", { resolution: 0xa0 }, (1_700_000_000n << 32n) | (1n << 31n), 1_700_000_000_500_000],
    ["2^-10", { resolution: 0x8a }, (1_700_000_000n << 10n) | 512n, 1_700_000_000_500_000],
    ["10^-12, of the year 1970", { resolution: 12 }, 5_000_000_999_999n, 5_000_000],
    ["10^-14", { resolution: 14 }, 123_456_789_000_000_000n, 1_234_567_890],
    ["an offset", { offsetSeconds: 1_700_000_000n }, 5n, 1_700_000_000_000_005],
    ["a negative offset", { offsetSeconds: -10n }, 11_000_000n, 1_000_000],
    ["before 1970", { offsetSeconds: -10n }, 5n, 0],
    ["later than a Date can be", { resolution: 0 }, 0xffff_ffff_ffffn, Number.MAX_SAFE_INTEGER],
  ];
  test.each(resolutions)("time in %s", async (_, options, units, timeUs) => {
    const { frames } = await collectStdin(
      Buffer.concat([pcapngSection(), pcapngInterface(options), pcapngPacket(first, { units })]),
    );
    expect(frames[0]?.timeUs).toBe(timeUs);
  });

  test.each([0x80 | 0x7f, 0x7f])(
    "an absurd resolution %i gives a time, not a fault",
    async (resolution) => {
      const { frames } = await collectStdin(
        Buffer.concat([
          pcapngSection(),
          pcapngInterface({ resolution }),
          pcapngPacket(first, { units: 0xffff_ffff_ffff_ffffn }),
        ]),
      );
      expect(frames[0]?.timeUs).toBe(0);
    },
  );

  test("cut at every length, it keeps every whole packet and never fails otherwise", async () => {
    const whole = pcapngFile(packets, false);
    const ends = [28, 28 + pcapngInterface().length];
    for (const packet of packets) ends.push((ends.at(-1) ?? 0) + pcapngPacket(packet).length);
    for (let length = 1; length < whole.length; length++) {
      const { frames, problems } = await collectStdin(whole.subarray(0, length));
      expect(frames.length).toBe(Math.max(ends.filter((end) => end <= length).length - 2, 0));
      expect(problems.length).toBe(ends.includes(length) ? 0 : 1);
    }
  });

  test("a packet with an impossible length or interface is skipped and counted, the rest is read", async () => {
    const tooLong = pcapngPacket(first);
    tooLong.writeUInt32LE(60_000, 20);
    const { frames, problems } = await collectStdin(
      Buffer.concat([
        pcapngSection(),
        pcapngInterface(),
        tooLong,
        pcapngPacket(first, { interfaceId: 7 }),
        pcapngPacket(second),
      ]),
    );
    expect(frames.map((frame) => frame.bytes)).toEqual([text(second)]);
    expect(problems).toEqual([
      expect.stringMatching(
        /^standard input: skipped 2 packet blocks .* \(the first at byte \d+\)$/,
      ),
    ]);
  });

  test("a block whose two lengths differ ends the reading", async () => {
    const bad = pcapngPacket(second);
    bad.writeUInt32LE(1, bad.length - 4);
    const { frames, problems } = await collectStdin(
      Buffer.concat([
        pcapngSection(),
        pcapngInterface(),
        pcapngPacket(first),
        bad,
        pcapngPacket(third),
      ]),
    );
    expect(frames.length).toBe(1);
    expect(problems[0]).toMatch(
      /damaged: the block after packet 1 at byte \d+ claims \d+ bytes at its start and 1 at its end/,
    );
  });

  test("a skipped block that never ends is reported as a cut", async () => {
    const block = Buffer.alloc(12);
    block.writeUInt32LE(0xbad, 0);
    block.writeUInt32LE(0xfffffff0, 4);
    const { problems } = await collectStdin(Buffer.concat([pcapngSection(), block]));
    expect(problems[0]).toContain("cut short");
  });
});
