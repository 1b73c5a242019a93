import { describe, expect, test } from "vitest";
import { collectStdin } from "../../support/captured.ts";
import { pcapFile, pcapHeader, pcapRecord, somePackets } from "../../support/pcap-writer.ts";

const packets = somePackets(5);

describe("pcap", () => {
  test.each([
    { littleEndian: true },
    { littleEndian: false },
    { littleEndian: true, nanoseconds: true },
    { littleEndian: false, nanoseconds: true },
    { littleEndian: true, modified: true },
    { littleEndian: false, modified: true },
  ])("hands over every packet with its time in whole microseconds: %o", async (options) => {
    const { frames, problems } = await collectStdin(pcapFile(packets, options));
    expect(problems).toEqual([]);
    expect(frames).toEqual(
      packets.map((packet, i) => ({
        number: i + 1,
        timeUs: packet.timeUs,
        linkType: 1,
        wireLength: packet.bytes.length,
        bytes: Buffer.from(packet.bytes).toString("latin1"),
      })),
    );
  });

  test("takes the link type without the bits about the frame check sequence", async () => {
    const bytes = pcapFile(somePackets(1), { linkType: 0x14000114 });
    const { frames } = await collectStdin(bytes);
    expect(frames[0]?.linkType).toBe(276);
  });

  test("keeps the length on the wire of a packet that the snaplen cut", async () => {
    const { frames } = await collectStdin(
      pcapFile([{ bytes: Buffer.from("cut"), timeUs: 1, wireLength: 1514 }]),
    );
    expect(frames[0]).toMatchObject({ wireLength: 1514, bytes: "cut" });
  });

  test("a length on the wire below the captured one is raised to it", async () => {
    const { frames } = await collectStdin(
      pcapFile([{ bytes: Buffer.from("abc"), timeUs: 1, wireLength: 0 }]),
    );
    expect(frames[0]?.wireLength).toBe(3);
  });

  test("reads a packet of the largest size and an empty one", async () => {
    const { frames, problems } = await collectStdin(
      pcapFile([
        { bytes: Buffer.alloc(262_144, 0x61), timeUs: 1 },
        { bytes: Buffer.alloc(0), timeUs: 2 },
        { bytes: Buffer.alloc(262_144, 0x62), timeUs: 3 },
      ]),
    );
    expect(problems).toEqual([]);
    expect(frames.map((frame) => frame.bytes.length)).toEqual([262_144, 0, 262_144]);
    expect(frames[2]?.bytes.endsWith("b")).toBe(true);
  });

  test("cut at every length, it keeps every whole packet and says where it broke off", async () => {
    const whole = pcapFile(packets);
    const ends = [24];
    for (const packet of packets) ends.push((ends.at(-1) ?? 0) + 16 + packet.bytes.length);
    for (let length = 1; length < whole.length; length++) {
      const { frames, problems } = await collectStdin(whole.subarray(0, length));
      expect(frames.length).toBe(
        ends.filter((end) => end <= length).length - (length < 24 ? 0 : 1),
      );
      expect(problems.length).toBe(ends.includes(length) ? 0 : 1);
    }
  });

  test("names packet, place and size of what is missing", async () => {
    const whole = pcapFile(packets);
    const { problems } = await collectStdin(whole.subarray(0, 24 + 16 + 20));
    const needed = 16 + (packets[0]?.bytes.length ?? 0);
    expect(problems).toEqual([
      `standard input: cut short: packet 1 at byte 24 needs ${needed} bytes, 36 are left; everything before it was read (its writer stopped early)`,
    ]);
  });

  test("stops at a record with an impossible length, after all packets before it", async () => {
    const bytes = Buffer.concat([
      pcapFile(packets),
      Buffer.alloc(64, 0xee),
      pcapRecord(packets[0]!),
    ]);
    const { frames, problems } = await collectStdin(bytes);
    expect(frames.length).toBe(packets.length);
    expect(problems).toEqual([
      expect.stringMatching(
        /^standard input: damaged: packet 6 at byte \d+ claims 4008636142 bytes/,
      ),
    ]);
  });

  test("a file of another major version is damage, not packets", async () => {
    const bytes = pcapFile(packets);
    bytes.writeUInt16LE(3, 4);
    const { frames, problems } = await collectStdin(bytes);
    expect(frames).toEqual([]);
    expect(problems[0]).toContain("pcap version 3.4 is not 2.x");
  });

  test("a file without packets is no problem", async () => {
    expect(await collectStdin(pcapHeader())).toEqual({ frames: [], problems: [] });
  });
});
