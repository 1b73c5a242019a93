import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { collectStdin } from "../../support/captured.ts";
import { pcapFile, pcapngFile, somePackets } from "../../support/pcap-writer.ts";

const packets = somePackets(200);
const plain = pcapFile(packets);

/**
 * A Zstandard frame of raw and run-length blocks (RFC 8878 3.1.1), which needs no compressor. The
 * compressed block type is tested with `zstd` where it is installed.
 */
function zstdFrame(bytes: Uint8Array, blockBytes = 1000): Buffer {
  const parts = [Buffer.from("28b52ffd0450", "hex")];
  for (let at = 0; at < bytes.length || at === 0; at += blockBytes) {
    const piece = bytes.subarray(at, at + blockBytes);
    const isLast = at + blockBytes >= bytes.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((piece.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(header, Buffer.from(piece));
  }
  // The checksum is not verified.
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function zstdRunLength(blocks: number, blockBytes: number): Buffer {
  const block = Buffer.alloc(4);
  block.writeUIntLE((blockBytes << 3) | (1 << 1), 0, 3);
  const parts = [Buffer.from("28b52ffd0050", "hex")];
  for (let i = 0; i < blocks; i++) parts.push(block);
  return Buffer.concat(parts);
}

function zstdTool(bytes: Buffer, ...options: string[]): Buffer | null {
  try {
    return execFileSync("zstd", ["-c", ...options], {
      input: bytes,
      stdio: ["pipe", "pipe", "ignore"],
    });
  } catch {
    return null;
  }
}

describe("gzip", () => {
  test("is recognised by its magic and gives the frames of the plain capture", async () => {
    const expected = await collectStdin(plain);
    for (const size of [1, 7, 100, 100_000]) {
      expect(await collectStdin(gzipSync(plain), size)).toEqual(expected);
    }
    expect(await collectStdin(gzipSync(pcapngFile(packets)))).toEqual(expected);
  });

  test("members in a row are one capture", async () => {
    const bytes = Buffer.concat([
      gzipSync(plain.subarray(0, 1001)),
      gzipSync(plain.subarray(1001)),
    ]);
    expect(await collectStdin(bytes)).toEqual(await collectStdin(plain));
  });

  test("cut anywhere, it keeps what came before and says that the gzip data is cut", async () => {
    const noise = pcapFile(
      somePackets(300).map((packet) => ({ ...packet, bytes: randomBytes(900) })),
    );
    const bytes = gzipSync(noise);
    const { frames, problems } = await collectStdin(bytes.subarray(0, 150_000));
    expect(frames.length).toBeGreaterThan(140);
    expect(problems).toEqual([
      expect.stringMatching(/^standard input: the gzip data is cut short after packet \d+; /),
    ]);
  });

  test("cut at every length, it never fails in another way", async () => {
    const bytes = gzipSync(pcapFile(somePackets(3)));
    for (let length = 3; length < bytes.length; length++) {
      const { frames, problems } = await collectStdin(bytes.subarray(0, length));
      expect(frames.length).toBeLessThanOrEqual(3);
      expect(problems.length).toBe(1);
    }
  });

  test("damaged in the middle, it keeps what came well before", async () => {
    const noise = pcapFile(
      somePackets(300).map((packet) => ({ ...packet, bytes: randomBytes(900) })),
    );
    const bytes = gzipSync(noise, { level: 9, strategy: 2 });
    bytes.fill(0xff, 150_000, 150_400);
    const { frames, problems } = await collectStdin(bytes);
    expect(frames.length).toBeGreaterThan(100);
    expect(problems.length).toBe(1);
  });

  test("gzip inside gzip is not unpacked without end", async () => {
    const { problems } = await collectStdin(gzipSync(gzipSync(plain)));
    expect(problems[0]).toContain("a gzip file inside another");
  });

  test("a bomb that is no capture is given up after its first bytes", async () => {
    const { frames, problems } = await collectStdin(gzipSync(Buffer.alloc(50_000_000)));
    expect(frames).toEqual([]);
    expect(problems[0]).toContain("not a capture: starts with bytes 00000000");
  });
});

describe("zstd", () => {
  test("is recognised by its magic and gives the frames of the plain capture", async () => {
    const expected = await collectStdin(plain);
    for (const size of [1, 7, 100, 100_000]) {
      expect(await collectStdin(zstdFrame(plain), size)).toEqual(expected);
    }
  });

  test("frames in a row, with skippable ones between, are one capture", async () => {
    const skippable = Buffer.from("502a4d180500000068656c6c6f", "hex");
    const bytes = Buffer.concat([
      skippable,
      zstdFrame(plain.subarray(0, 5000)),
      skippable,
      zstdFrame(plain.subarray(5000), 77),
    ]);
    expect(await collectStdin(bytes)).toEqual(await collectStdin(plain));
  });

  test("compressed blocks of the zstd tool are read", async (context) => {
    for (const options of [["-3"], ["-19", "--check"], ["--long=24"], ["--single-thread", "-1"]]) {
      const bytes = zstdTool(plain, ...options);
      if (bytes === null) return context.skip("zstd is not installed");
      expect(await collectStdin(bytes, 333)).toEqual(await collectStdin(plain));
    }
  });

  test("cut at every length, it keeps the packets before and says that it is cut", async () => {
    const bytes = zstdFrame(pcapFile(somePackets(5)), 100);
    let most = 0;
    for (let length = 4; length < bytes.length; length++) {
      const { frames, problems } = await collectStdin(bytes.subarray(0, length));
      expect(frames.length).toBeGreaterThanOrEqual(most);
      most = Math.max(most, frames.length);
      expect(problems.length).toBe(1);
      expect(problems[0]).toContain("the zstd data is cut short");
    }
    expect(most).toBe(5);
  });

  test.each([
    ["a reserved block type", "28b52ffd005007000000", "bad block header"],
    ["a block longer than 128 KiB", "28b52ffd0050ffff7f00", "bad block header"],
    ["a compressed block of nothing", "28b52ffd0050050000", "empty"],
    ["a window of 2 TiB", "28b52ffd00f801000000", "window"],
    ["a content size of 2^63", "28b52ffde000000000000000800100000000", "window"],
    ["a dictionary", "28b52ffd01500101000000", "dictionary"],
    ["nothing after its magic", "28b52ffd", "cut short"],
  ])("%s is a line, not a crash", async (_, hex, message) => {
    const { problems } = await collectStdin(Buffer.from(hex, "hex"));
    expect(problems.length).toBe(1);
    expect(problems[0]).toContain(message);
  });

  test("a bomb of zero bytes is given up after its first block", async () => {
    const { problems } = await collectStdin(zstdRunLength(100_000, 128 * 1024));
    expect(problems[0]).toContain("not a capture: starts with bytes 00000000");
  });
});
