import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BpfMachine, readBpf } from "../../../src/capture/bpf-machine.ts";
import { openSource } from "../../../src/capture/file-source.ts";
import { numberOf } from "../../../src/capture/packet-place.ts";
import { NO_REPAIR, parseTimeScale, type TimeRepair } from "../../../src/capture/time-repair.ts";
import { inPieces } from "../../support/captured.ts";
import { folderOfFile } from "../../support/temporary-folder.ts";

const START_S = 1_700_000_000;

interface Layout {
  readonly magic?: number;
  /** Bytes of each record header beyond the ordinary 16. */
  readonly extra?: number;
  /** IXIA's file header ends with the bytes of all records. */
  readonly hasSize?: boolean;
  readonly linkType?: number;
  /** Parts of a second of packet i. */
  readonly fraction?: (i: number) => number;
  readonly seconds?: (i: number) => number;
}

/** A pcap of `count` packets whose bytes are all `0xe0 + i`. */
function pcapOf(count: number, layout: Layout = {}): Buffer {
  const { magic = 0xa1b2c3d4, extra = 0, linkType = 1 } = layout;
  const header = Buffer.alloc(24);
  header.writeUInt32LE(magic, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkType, 20);
  const parts = [header];
  for (let i = 0; i < count; i++) {
    const record = Buffer.alloc(16 + extra, 0x7f);
    const length = 40 + 7 * i;
    record.writeUInt32LE(layout.seconds?.(i) ?? START_S + i, 0);
    record.writeUInt32LE(layout.fraction?.(i) ?? 20_000 * i, 4);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    parts.push(record, Buffer.alloc(length, 0xe0 + i));
  }
  if (layout.hasSize === true) {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(parts.reduce((sum, { length }) => sum + length, -header.length));
    parts.splice(1, 0, size);
  }
  return Buffer.concat(parts);
}

interface Read {
  readonly lengths: number[];
  readonly firstBytes: number[];
  readonly times: number[];
  readonly numbers: number[];
  readonly notices: string[];
  readonly problems: readonly string[];
}

const file = join(folderOfFile(), "x.pcap");

async function read(bytes: Buffer, repair: Partial<TimeRepair> = {}, piece = 0): Promise<Read> {
  writeFileSync(file, bytes);
  const notices: string[] = [];
  const options = {
    repair: { ...NO_REPAIR, ...repair },
    onNotice: (line: string) => notices.push(line),
  };
  const source =
    piece === 0
      ? openSource([file], options)
      : openSource(["-"], { ...options, stdin: inPieces(bytes, piece) });
  const seen: Omit<Read, "notices" | "problems"> = {
    lengths: [],
    firstBytes: [],
    times: [],
    numbers: [],
  };
  const { problems } = await source.run((frame) => {
    seen.lengths.push(frame.end - frame.start);
    seen.firstBytes.push(frame.bytes[frame.start] ?? 0);
    seen.times.push(frame.timeUs);
    seen.numbers.push(numberOf(frame.place));
  });
  return { ...seen, notices, problems };
}

describe("pcap dialects are read as what they are", () => {
  const dialects: readonly [string, Layout][] = [
    ["libpcap", {}],
    ["Nokia", { extra: 4 }],
    ["Red Hat 6.1", { extra: 8 }],
    ["Kuznetsov", { magic: 0xa1b2cd34, extra: 8 }],
    ["SuSE 6.3", { magic: 0xa1b2cd34, extra: 12 }],
    ["IXIA's hardware", { magic: 0x1c0001ac, hasSize: true }],
    ["IXIA's software", { magic: 0x1c0001ab, hasSize: true }],
  ];
  for (const [name, layout] of dialects) {
    for (const count of [2, 3, 12]) {
      it(`${name}, ${count} packets, from a file and in pieces`, async () => {
        const bytes = pcapOf(count, layout);
        const whole = await read(bytes);
        expect(whole.problems).toEqual([]);
        expect(whole.lengths).toEqual(Array.from({ length: count }, (_, i) => 40 + 7 * i));
        expect(whole.firstBytes).toEqual(Array.from({ length: count }, (_, i) => 0xe0 + i));
        for (const piece of [1, 13, 57]) expect(await read(bytes, {}, piece)).toEqual(whole);
      });
    }
  }

  it("a damaged ordinary capture is not taken for a dialect", async () => {
    const bytes = pcapOf(6);
    bytes.writeUInt32LE(0x7fffffff, 24 + 16 + 40 + 16 + 47 + 8);
    const { lengths, problems } = await read(bytes);
    expect(lengths).toEqual([40, 47]);
    expect(problems.join()).toMatch(/packet 3 at byte \d+ claims 2147483647 bytes/);
  });
});

it("captures one behind the other are one, each in its own order, unit and link type", async () => {
  const nanoseconds = pcapOf(2, { magic: 0xa1b23c4d, fraction: (i) => 20_000_000 * i });
  const bytes = Buffer.concat([pcapOf(3), nanoseconds, pcapOf(0), pcapOf(1, { linkType: 101 })]);
  const { lengths, numbers, problems, times } = await read(bytes);
  expect(problems).toEqual([]);
  expect(lengths).toEqual([40, 47, 54, 40, 47, 40]);
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
  expect(times[4]).toBe((START_S + 1) * 1e6 + 20_000);
});

/** The same pcap, written on a machine of the other byte order. */
function bigEndian(pcap: Buffer): Buffer {
  const bytes = Buffer.from(pcap);
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 8).swap16();
  bytes.subarray(8, 24).swap32();
  let at = 24;
  while (at < bytes.length) {
    const captured = bytes.readUInt32LE(at + 8);
    bytes.subarray(at, at + 16).swap32();
    at += 16 + captured;
  }
  return bytes;
}

/** One section, an Ethernet interface, and `count` packets. */
function pcapngOf(count: number, isBigEndian = false): Buffer {
  const block = (type: number, words: number[], data = Buffer.alloc(0)) => {
    const bytes = Buffer.alloc(12 + 4 * words.length + Math.ceil(data.length / 4) * 4);
    const all = [type, bytes.length, ...words];
    for (const [i, word] of all.entries()) bytes.writeUInt32LE(word, 4 * i);
    data.copy(bytes, 4 * all.length);
    bytes.writeUInt32LE(bytes.length, bytes.length - 4);
    for (let at = 0; isBigEndian && at < 4 * all.length; at += 4)
      bytes.subarray(at, at + 4).swap32();
    return isBigEndian ? trailerSwapped(bytes) : bytes;
  };
  // Words of 16 bits: version 1.0, link type 1; a big-endian word holds them the other way round.
  const halves = isBigEndian ? 0x0001_0000 : 1;
  const parts = [
    block(0x0a0d0d0a, [0x1a2b3c4d, halves, 0xffffffff, 0xffffffff]),
    block(1, [halves, 0]),
  ];
  for (let i = 0; i < count; i++) {
    const length = 40 + 7 * i;
    const timeUs = (START_S + i) * 1e6;
    const time = [Math.floor(timeUs / 2 ** 32), timeUs % 2 ** 32];
    parts.push(block(6, [0, ...time, length, length], Buffer.alloc(length, 0xe0 + i)));
  }
  return Buffer.concat(parts);
}

function trailerSwapped(bytes: Buffer): Buffer {
  bytes.subarray(bytes.length - 4).swap32();
  return bytes;
}

describe("two captures one behind the other, of whichever format and byte order", () => {
  const writers: readonly [string, Buffer][] = [
    ["pcap", pcapOf(3)],
    ["big-endian pcap", bigEndian(pcapOf(3))],
    ["big-endian pcap of nanoseconds", bigEndian(pcapOf(3, { magic: 0xa1b23c4d }))],
    ["pcapng", pcapngOf(3)],
    ["big-endian pcapng", pcapngOf(3, true)],
  ];
  for (const [first, a] of writers) {
    for (const [second, b] of writers) {
      it(`${first}, then ${second}`, async () => {
        const whole = await read(Buffer.concat([a, b, a]));
        expect(whole.problems).toEqual([]);
        expect(whole.notices).toEqual([]);
        expect(whole.lengths).toEqual([40, 47, 54, 40, 47, 54, 40, 47, 54]);
        expect(whole.numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        expect(await read(Buffer.concat([a, b, a]), {}, 13)).toEqual(whole);
      });
    }
  }

  it("junk behind a capture is none", async () => {
    const { lengths, problems } = await read(Buffer.concat([pcapOf(2), Buffer.alloc(60, 0xff)]));
    expect(lengths).toEqual([40, 47]);
    expect(problems.join()).toMatch(/damaged: packet 3 at byte \d+ claims 4294967295 bytes/);
  });
});

describe("times that cannot be right are told at once, with the cure, and the cure works", () => {
  const right = Array.from({ length: 5 }, (_, i) => (START_S + i) * 1e6 + 20_000 * i);

  it("nanoseconds in a file of microseconds", async () => {
    const bytes = pcapOf(5, { fraction: (i) => 20_000_000 * i });
    const { notices } = await read(bytes);
    expect(notices).toEqual([
      expect.stringMatching(/x\.pcap: packet 2 has 20000000 microseconds.*--time-scale ns$/),
    ]);
    const cured = await read(bytes, parseTimeScale("ns") ?? {});
    expect(cured.times).toEqual(right);
    expect(cured.notices).toEqual([]);
  });

  it("none at all, and all the same", async () => {
    const zero = pcapOf(5, { seconds: () => 0, fraction: () => 0 });
    expect((await read(zero)).notices.join()).toMatch(/have no times.*--assume-rate 50/);
    const same = pcapOf(5, { seconds: () => START_S, fraction: () => 7 });
    expect((await read(same)).notices.join()).toMatch(/have all the same time/);
    const cured = await read(zero, { ratePerS: 50 });
    expect(cured.times).toEqual([0, 20_000, 40_000, 60_000, 80_000]);
  });

  it("another century", async () => {
    const late = pcapOf(2, { seconds: () => 4_200_000_000 });
    expect((await read(late)).notices.join()).toMatch(/of the year 2103.*--time-scale/);
    expect((await read(late, parseTimeScale("0.4") ?? {})).notices).toEqual([]);
  });

  it("and a healthy capture, one packet, or one that counts from its own start is none of them", async () => {
    for (const bytes of [pcapOf(5), pcapOf(1), pcapOf(5, { seconds: (i) => i })]) {
      expect((await read(bytes)).notices).toEqual([]);
    }
  });

  it.each(["", "x", "0", "-1", "1e99", "Infinity", "ns "])("%j is no scale", (text) => {
    expect(parseTimeScale(text)).toBeNull();
  });
});

const hasTcpdump = spawnSync("tcpdump", ["--version"]).error === undefined;

describe.skipIf(!hasTcpdump && process.env.CI !== "true")("a filter program", () => {
  const packet = Buffer.from(
    `ffffffffffff020000000001${"0800"}${"450000280000400040110000"}0a0000010a000002${"13c413c400140000"}${"52454749535445520d0a0d0a"}`,
    "hex",
  );
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const frame = { view, start: 0, end: packet.length, wireLength: packet.length };

  it.each([
    ["udp port 5060", true],
    ["udp port 5061", false],
    ["src host 10.0.0.1 and dst net 10.0.0.0/8", true],
    ["udp[8:4] = 0x52454749", true],
    ["ip[0] & 0xf != 5", false],
    ["greater 60", false],
    ["less 60", true],
    ["ip6 or tcp", false],
    ["udp[4:2] - 8 = 12 and ip[8] * 2 = 128 and ip[8] / 4 = 16 and ip[8] << 1 = 128", true],
  ])("%j", (expression, verdict) => {
    const { stdout } = spawnSync("tcpdump", ["-ddd", "-y", "EN10MB", "--", expression], {
      encoding: "latin1",
    });
    const program = readBpf(stdout);
    expect(program).not.toBeNull();
    const machine = new BpfMachine(program ?? []);
    expect(machine.accepts(frame)).toBe(verdict);
    // A packet that was cut short is refused where the filter reads beyond it.
    expect(machine.accepts({ ...frame, end: 10, wireLength: 10 })).toBe(expression === "less 60");
  });

  it.each(["", "x", "2\n6 0 0 1", "1\n6 0 -1 1", "1\n6 0 0", "99999999\n"])(
    "%j is none",
    (text) => {
      expect(readBpf(text)).toBeNull();
    },
  );
});

it("IXIA's pcap of the other byte order is read, and its file header waited for", async () => {
  const bytes = pcapOf(2, { magic: 0x1c0001ac });
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length - 24);
  const swapped = Buffer.concat([
    bigEndian(bytes).subarray(0, 24),
    size,
    bigEndian(bytes).subarray(24),
  ]);
  for (const piece of [0, 1, 26]) {
    expect((await read(swapped, {}, piece)).lengths).toEqual([40, 47]);
  }
  const { lengths, problems } = await read(swapped.subarray(0, 26));
  expect(lengths).toEqual([]);
  expect(problems.join()).toMatch(/the file header/);
});
