import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { openSource } from "../../../src/capture/file-source.ts";
import { collect, collectStdin, folderWith, inPieces } from "../../support/captured.ts";
import { pcapFile, pcapngFile, somePackets } from "../../support/pcap-writer.ts";

const packets = somePackets(30);

describe("one run over several captures", () => {
  test("split in three files, or through standard input, it hands over the same frames", async () => {
    const whole = pcapFile(packets);
    const folder = folderWith({
      "whole.pcap": whole,
      "a.pcap": pcapFile(packets.slice(0, 10)),
      "b.pcapng": pcapngFile(packets.slice(10, 20), false),
      "c.pcap": pcapFile(packets.slice(20), { nanoseconds: true, littleEndian: false }),
    });
    const paths = ["a.pcap", "b.pcapng", "c.pcap"].map((name) => join(folder, name));
    const expected = await collect(openSource([join(folder, "whole.pcap")]));
    expect(expected.frames.length).toBe(30);
    expect(await collect(openSource(paths))).toEqual(expected);
    expect(await collect(openSource([...paths].reverse()))).toEqual(expected);
    expect(await collectStdin(whole)).toEqual(expected);
  });

  test("captures that overlap come out in time order, equal times in order of the arguments", async () => {
    const at = (offsets: number[], name: string) =>
      pcapFile(offsets.map((offset) => ({ bytes: Buffer.from(name), timeUs: offset })));
    const folder = folderWith({
      "a.pcap": at([10, 20, 20, 50], "a"),
      "b.pcap": at([15, 20, 60, 61, 62], "b"),
      "c.pcap": at([20, 50, 70], "c"),
    });
    const order = async (...names: string[]) => {
      const run = await collect(openSource(names.map((name) => join(folder, `${name}.pcap`))));
      expect(run.frames.map((frame) => frame.number)).toEqual(run.frames.map((_, i) => i + 1));
      return run.frames.map((frame) => `${frame.bytes}${frame.timeUs}`).join(" ");
    };
    expect(await order("a", "b", "c")).toBe("a10 b15 a20 a20 b20 c20 a50 c50 b60 b61 b62 c70");
    expect(await order("c", "b", "a")).toBe("a10 b15 c20 b20 a20 a20 c50 a50 b60 b61 b62 c70");
  });

  test("time that goes backwards inside a file is left as it is", async () => {
    const folder = folderWith({
      "a.pcap": pcapFile([5, 3, 9].map((timeUs) => ({ bytes: Buffer.from("a"), timeUs }))),
      "b.pcap": pcapFile([4, 6].map((timeUs) => ({ bytes: Buffer.from("b"), timeUs }))),
    });
    const { frames } = await collect(openSource([join(folder, "a.pcap"), join(folder, "b.pcap")]));
    expect(frames.map((frame) => `${frame.bytes}${frame.timeUs}`).join(" ")).toBe("b4 a5 a3 b6 a9");
  });

  test("hundreds of captures that overlap are merged with bounded open files, and it says so", async () => {
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 300; i++) {
      files[`${String(i).padStart(3, "0")}.pcap`] = pcapFile([
        { bytes: Buffer.from([i & 255]), timeUs: i },
        { bytes: Buffer.from([i & 255]), timeUs: 1000 + i },
      ]);
    }
    const { frames, problems } = await collect(openSource([folderWith(files)]));
    expect(frames.length).toBe(600);
    expect(problems).toEqual([expect.stringContaining("more than 256 captures overlap in time")]);
  });

  test("standard input is merged with files", async () => {
    const folder = folderWith({ "a.pcap": pcapFile(packets.filter((_, i) => i % 2 === 0)) });
    const stdin = inPieces(pcapFile(packets.filter((_, i) => i % 2 === 1)), 100);
    const { frames } = await collect(openSource([join(folder, "a.pcap"), "-"], { stdin }));
    expect(frames.map((frame) => frame.timeUs)).toEqual(packets.map((packet) => packet.timeUs));
  });
});

describe("folders", () => {
  test("are searched in order of names, to any depth; what is no capture is skipped and counted", async () => {
    const folder = folderWith({ "b.cap": pcapFile(packets.slice(0, 1)), "notes.txt": "Hello" });
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub", "a"), pcapFile(packets.slice(1, 2)));
    writeFileSync(join(folder, "sub", "empty.pcap"), "");
    symlinkSync(folder, join(folder, "sub", "loop"));
    const source = openSource([folder]);
    const { frames, problems } = await collect(source);
    expect(problems).toEqual([]);
    expect(frames.map((frame) => frame.timeUs)).toEqual([packets[0]?.timeUs, packets[1]?.timeUs]);
    expect(source.skippedFiles).toBe(2);
  });

  test("without a capture are a problem", async () => {
    const folder = folderWith({ "notes.txt": "Hello" });
    const { problems } = await collect(openSource([folder]));
    expect(problems).toEqual([`${folder}: no captures in it (1 other file)`]);
  });
});

describe("what cannot be read", () => {
  test("is one line that names file, reason and cure, and the rest is read", async () => {
    const folder = folderWith({
      "hello.txt": "Hello\nworld",
      "empty.pcap": "",
      "a.xz": Buffer.from("fd377a585a000004", "hex"),
      "short.pcap": pcapFile(packets).subarray(0, 23),
      "cut.pcap": pcapFile(packets).subarray(0, -1),
      "good.pcap": pcapFile(packets),
    });
    const path = (name: string) => join(folder, name);
    const names = [
      "hello.txt",
      "empty.pcap",
      "a.xz",
      "short.pcap",
      "cut.pcap",
      "good.pcap",
      "none",
    ];
    const { frames, problems } = await collect(openSource(names.map(path)));
    expect(frames.length).toBe(2 * packets.length - 1);
    expect(problems.map((problem) => problem.replace(folder, ""))).toEqual([
      "/none: no such file or folder; check the path",
      '/hello.txt: not a capture: starts with "Hello"; expected pcap or pcapng (optionally gzip or zstd)',
      "/empty.pcap: empty; expected pcap or pcapng",
      "/a.xz: not a capture: an xz file: decompress it first (xz -d)",
      "/short.pcap: cut short: the file header at byte 0 needs 24 bytes, 23 are left; everything before it was read (re-copy the file)",
      expect.stringMatching(
        /^\/cut.pcap: cut short: packet 30 at byte \d+ needs \d+ bytes, \d+ are left; /,
      ),
    ]);
  });

  test("standard input twice is a problem", async () => {
    const stdin = inPieces(pcapFile(packets), 1000);
    const { frames, problems } = await collect(openSource(["-", "-"], { stdin }));
    expect(frames.length).toBe(packets.length);
    expect(problems).toEqual(["standard input (-) can be read only once"]);
  });

  test("a stream that fails ends the run with its message", async () => {
    const bytes = pcapFile(packets);
    const stdin = new Readable({
      read() {
        this.push(bytes);
        this.destroy(new Error("the pipe broke"));
      },
    });
    const { problems } = await collect(openSource(["-"], { stdin }));
    expect(problems[0]).toContain("the pipe broke");
  });
});

describe("standard input", () => {
  test("gives the same frames in pieces of every size", async () => {
    const bytes = pcapngFile(somePackets(3));
    const expected = await collectStdin(bytes);
    expect(expected.frames.length).toBe(3);
    for (let size = 1; size <= bytes.length; size++) {
      expect(await collectStdin(bytes, size)).toEqual(expected);
    }
  });

  test("hands a packet over as soon as it is whole", async () => {
    const stdin = new Readable({ read() {} });
    let seen = 0;
    const run = openSource(["-"], { stdin }).run(() => seen++);
    const bytes = pcapFile(packets);
    const firstTwo = pcapFile(packets.slice(0, 2)).length;
    stdin.push(bytes.subarray(0, firstTwo + 5));
    await expect.poll(() => seen).toBe(2);
    stdin.push(bytes.subarray(firstTwo + 5));
    await expect.poll(() => seen).toBe(packets.length);
    stdin.push(null);
    expect((await run).packets).toBe(packets.length);
  });

  test("close() ends a run that waits for bytes, without a problem", async () => {
    const stdin = new Readable({ read() {} });
    const source = openSource(["-"], { stdin });
    let seen = 0;
    const run = source.run(() => seen++);
    stdin.push(pcapFile(packets).subarray(0, -3));
    await expect.poll(() => seen).toBe(packets.length - 1);
    source.close();
    expect(await run).toEqual({ packets: packets.length - 1, problems: [] });
  });

  test("close() from the handler stops at once", async () => {
    const source = openSource(["-"], { stdin: inPieces(pcapFile(packets), 1 << 20) });
    let seen = 0;
    const end = await source.run(() => {
      if (++seen === 3) source.close();
    });
    expect([seen, end.packets]).toEqual([3, 3]);
  });
});

test("an error of the handler reaches the caller", async () => {
  const source = openSource(["-"], { stdin: inPieces(pcapFile(packets), 1 << 20) });
  const run = source.run(() => {
    throw new Error("mine");
  });
  await expect(run).rejects.toThrow("mine");
});
