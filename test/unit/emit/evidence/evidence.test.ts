import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../../../src/capture/file-source.ts";
import { decodePacket } from "../../../../src/decode/decode-packet.ts";
import { PacketView } from "../../../../src/decode/packet.ts";
import type { Alert } from "../../../../src/detect/alerts/alert.ts";
import { Evidence, type EvidenceOptions } from "../../../../src/emit/evidence/evidence.ts";
import type { EvidenceFile } from "../../../../src/emit/evidence/evidence-file.ts";
import { MessageKeys } from "../../../../src/track/transactions/message-keys.ts";
import { collect, folderWith, frameOf } from "../../../support/captured.ts";
import { udpPacket } from "../../../support/pcap-writer.ts";
import { alertOf } from "../records.ts";
import { missingForTmpfs, mountTmpfs } from "../spool/tmpfs.ts";

const START_US = 1_800_000_000_000_000;
const ATTACKER = "203.0.113.9";

/** Evidence in a folder of its own, fed with plain UDP packets of the attacker and of others. */
class Rig {
  readonly dir: string;
  readonly evidence: Evidence;
  readonly problems: string[] = [];
  readonly completed: [string, EvidenceFile][] = [];
  now = 0;
  number = 0;
  readonly #keys = new MessageKeys();
  readonly #packet = new PacketView();

  constructor(options: Partial<EvidenceOptions> = {}) {
    this.dir = options.dir ?? folderWith({});
    this.evidence = new Evidence({
      dir: this.dir,
      ringMib: 1,
      mediaBytes: 0,
      packetsMax: 5,
      afterS: 10,
      perRuleHour: 1000,
      totalMib: 1,
      findCall: () => undefined,
      onProblem: (problem) => this.problems.push(problem),
      onComplete: (alertId, file) => this.completed.push([alertId, file]),
      ...options,
    });
  }

  /** A packet of 42 bytes and the payload's. */
  packet(fields: { src?: string; linkType?: number; payload?: string; wireLength?: number } = {}) {
    const { src = ATTACKER, payload = `packet ${this.number + 1}` } = fields;
    const frame = frameOf(udpPacket(payload, { src, dst: "10.0.0.2" }), 1);
    frame.timeUs = START_US + Math.round(this.now * 1e6);
    frame.number = ++this.number;
    frame.wireLength = fields.wireLength ?? frame.end - frame.start;
    decodePacket(frame, this.#packet);
    this.#packet.linkType = fields.linkType ?? 1;
    this.evidence.record(this.#packet, null, this.#keys);
  }

  packets(count: number): void {
    for (let i = 0; i < count; i++) this.packet();
  }

  /** An alert about the attacker, by the packet recorded last. */
  alert(id: number, changes: Partial<Alert> = {}): EvidenceFile | null {
    return this.evidence.alert(
      alertOf({
        alertId: idOf(id),
        timeUs: START_US + Math.round(this.now * 1e6),
        packetNumber: this.number,
        srcIp: ATTACKER,
        appProto: "",
        voip: {},
        ...changes,
      }),
    );
  }

  pathOf(id: number): string {
    return join(this.dir, `${idOf(id)}.pcap`);
  }

  async numbersIn(id: number): Promise<number[]> {
    const { frames, problems } = await collect(openSource([this.pathOf(id)]));
    expect(problems).toEqual([]);
    return frames.map(({ bytes }) => Number(/packet (\d+)/.exec(bytes)?.[1]));
  }
}

function idOf(id: number): string {
  return id.toString(16).padStart(32, "0");
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe("the file of an alert", () => {
  it("holds the most recent packets up to the alert at once, and grows with what follows", async () => {
    const rig = new Rig();
    rig.packets(8);
    rig.packet({ src: "198.51.100.1" });
    rig.packets(1);
    const file = rig.alert(1);
    expect(file).toEqual({
      path: rig.pathOf(1),
      packets: 5,
      bytes: statSync(rig.pathOf(1)).size,
      sha256: sha256(rig.pathOf(1)),
      isComplete: false,
    });
    expect(await rig.numbersIn(1)).toEqual([5, 6, 7, 8, 10]);
    rig.packets(2);
    rig.packet({ src: "198.51.100.1" });
    rig.packets(9);
    expect(await rig.numbersIn(1)).toEqual([5, 6, 7, 8, 10, 11, 12, 14, 15, 16]);
    expect(rig.completed).toEqual([[idOf(1), rig.evidence.find(idOf(1))]]);
    expect(rig.evidence.find(idOf(1))).toEqual({
      path: rig.pathOf(1),
      packets: 10,
      bytes: statSync(rig.pathOf(1)).size,
      sha256: sha256(rig.pathOf(1)),
      isComplete: true,
    });
  });

  it("ends with the packet time that belongs to the alert, also on a silent link", async () => {
    const rig = new Rig();
    rig.packets(1);
    rig.alert(1);
    rig.now = 10;
    rig.packets(1);
    rig.now = 10.001;
    rig.packets(1);
    expect(await rig.numbersIn(1)).toEqual([1, 2]);
    rig.alert(2);
    rig.evidence.advance(START_US + 20_002_000);
    expect(rig.completed.map(([id]) => id)).toEqual([idOf(1), idOf(2)]);
  });

  it("is whole and true to what `find` says at any time", () => {
    const rig = new Rig();
    rig.packets(1);
    rig.alert(1);
    for (let i = 0; i < 4; i++) {
      rig.packets(1);
      const file = rig.evidence.find(idOf(1));
      expect(file?.packets).toBe(2 + i);
      expect(file?.sha256).toBe(sha256(rig.pathOf(1)));
    }
  });

  it("always holds the packet that fired, even of another host", async () => {
    const rig = new Rig();
    rig.packets(9);
    rig.packet({ src: "198.51.100.1" });
    rig.alert(1);
    expect(await rig.numbersIn(1)).toEqual([6, 7, 8, 9, 10]);
  });

  it("keeps lengths on the wire, microseconds and link type", async () => {
    const rig = new Rig();
    rig.now = 1.234567;
    rig.packet({ linkType: 1, wireLength: 1500 });
    rig.alert(1);
    const { frames } = await collect(openSource([rig.pathOf(1)]));
    expect(frames).toMatchObject([{ wireLength: 1500, timeUs: START_US + 1_234_567, linkType: 1 }]);
  });

  it("holds no packet of another link type, and counts those", async () => {
    const rig = new Rig();
    rig.packet({ linkType: 113 });
    rig.packet({ linkType: 1 });
    rig.alert(1);
    rig.packet({ linkType: 113 });
    rig.packet({ linkType: 1 });
    rig.evidence.close();
    expect(await rig.numbersIn(1)).toEqual([2, 4]);
    expect(rig.evidence.counters.otherLink).toBe(2);
  });

  it("may be read by its group and by nobody else", () => {
    const rig = new Rig();
    rig.packets(1);
    rig.alert(1);
    expect(statSync(rig.pathOf(1)).mode & 0o777 & ~0o640).toBe(0);
  });

  it("is not made for an id that is no hash", () => {
    const rig = new Rig();
    rig.packets(1);
    expect(rig.evidence.alert(alertOf({ alertId: "../../etc/cron.d/x" }))).toBeNull();
    expect(readdirSync(rig.dir)).toEqual([]);
  });

  it("is not written through a symbolic link", () => {
    const rig = new Rig();
    writeFileSync(join(rig.dir, "victim"), "precious");
    symlinkSync(join(rig.dir, "victim"), rig.pathOf(1));
    rig.packets(1);
    expect(rig.alert(1)).toBeNull();
    expect(readFileSync(join(rig.dir, "victim"), "utf8")).toBe("precious");
    expect(rig.problems).toHaveLength(1);
  });
});

describe("what stands in the way at the place of a file", () => {
  const kinds: readonly [string, (path: string) => void, RegExp][] = [
    ["a FIFO that nobody reads", makeFifo, /it is no file; remove it/],
    ["a folder", (path) => mkdirSync(path), /it is a folder; remove it/],
  ];
  it.each(kinds)("%s is said, and nothing waits for it", (_, make, said) => {
    const rig = new Rig();
    make(rig.pathOf(1));
    rig.packets(1);
    expect(rig.alert(1)).toBeNull();
    expect(rig.problems).toEqual([expect.stringMatching(said)]);
  });

  it("a FIFO that somebody reads gets nothing", () => {
    const rig = new Rig();
    makeFifo(rig.pathOf(1));
    const reader = openSync(rig.pathOf(1), constants.O_RDONLY | constants.O_NONBLOCK);
    rig.packets(1);
    expect(rig.alert(1)).toBeNull();
    expect(rig.problems).toHaveLength(1);
    expect(readSync(reader, Buffer.alloc(64))).toBe(0);
    closeSync(reader);
  });
});

function makeFifo(path: string): void {
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
}

describe("a storm of alerts", () => {
  it("gets so many files a rule and hour of packet time", () => {
    const rig = new Rig({ perRuleHour: 3 });
    for (let i = 0; i < 10; i++) {
      rig.packets(1);
      rig.alert(i);
    }
    expect(readdirSync(rig.dir)).toHaveLength(3);
    expect(rig.evidence.counters).toMatchObject({ files: 3, refused: { ruleLimit: 7 } });
    const { signature } = alertOf();
    expect(rig.alert(20, { signature: { ...signature, sid: 7 } })).not.toBeNull();
    rig.now = 3600;
    rig.packets(1);
    expect(rig.alert(21)).not.toBeNull();
  });

  it("has a bounded number of files open; one beyond ends with its alert", async () => {
    const rig = new Rig({ openMax: 2 });
    for (const id of [1, 2, 3]) {
      rig.packets(1);
      rig.alert(id);
    }
    expect(rig.evidence.counters).toMatchObject({ open: 2, closedEarly: 1 });
    rig.packets(1);
    rig.evidence.close();
    expect(await rig.numbersIn(2)).toEqual([1, 2, 3, 4]);
    expect(await rig.numbersIn(3)).toEqual([1, 2, 3]);
  });

  it("never takes more room than all files may; the oldest go", () => {
    const rig = new Rig({ packetsMax: 100, afterS: 0 });
    for (let i = 1; i <= 40; i++) {
      for (let k = 0; k < 60; k++) rig.packet({ payload: "x".repeat(1000) });
      expect(rig.alert(i)).not.toBeNull();
      const bytes = readdirSync(rig.dir).reduce(
        (sum, n) => sum + statSync(join(rig.dir, n)).size,
        0,
      );
      expect(bytes).toBe(rig.evidence.counters.folderBytes);
      expect(bytes).toBeLessThanOrEqual(1_048_576);
    }
    const { removed, folderFiles } = rig.evidence.counters;
    expect(removed).toBeGreaterThan(20);
    expect(folderFiles).toBe(40 - removed);
    expect(existsSync(rig.pathOf(removed))).toBe(false);
    expect(existsSync(rig.pathOf(removed + 1))).toBe(true);
    expect(rig.evidence.find(idOf(removed))).toBeUndefined();
    expect(rig.evidence.find(idOf(removed + 1))).toBeDefined();
  });
});

describe("what an earlier run left", () => {
  it("counts towards the room, goes by age, and nothing else in the folder is touched", () => {
    const dir = folderWith({ "notes.pcap": "mine", README: "x" });
    for (const [i, id] of [3, 1, 2].entries()) {
      const path = join(dir, `${idOf(id)}.pcap`);
      writeFileSync(path, Buffer.alloc(400_000));
      utimesSync(path, 1000 + i, 1000 + i);
    }
    const rig = new Rig({ dir });
    expect(readdirSync(dir).sort()).toEqual([
      ...[1, 2].map((id) => `${idOf(id)}.pcap`),
      "README",
      "notes.pcap",
    ]);
    expect(rig.evidence.counters.removed).toBe(1);
  });

  it("is a valid capture even when the process was killed within a write", async () => {
    const rig = new Rig();
    rig.packets(5);
    rig.alert(1);
    const whole = statSync(rig.pathOf(1)).size;
    truncateSync(rig.pathOf(1), whole - 3);
    new Rig({ dir: rig.dir });
    expect(await rig.numbersIn(1)).toEqual([1, 2, 3, 4]);
  });
});

describe("a fault of the disk", () => {
  it("is one line; alerts go on without evidence until the fault ends", async () => {
    const rig = new Rig();
    rig.packets(1);
    rig.alert(1);
    rmSync(rig.dir, { recursive: true });
    rig.packets(1);
    expect(rig.alert(2)).toBeNull();
    expect(rig.alert(3)).toBeNull();
    expect(rig.problems).toEqual([
      `cannot write evidence to ${rig.pathOf(2)}: the folder is gone; make it again; alerts go on without evidence`,
    ]);
    expect(rig.evidence.counters.refused.fault).toBe(2);
    mkdirSync(rig.dir);
    await expect.poll(() => rig.alert(4)).not.toBeNull();
    expect(rig.evidence.problem).toBe("");
  });

  it("at the start is one line with the cure", () => {
    const dir = folderWith({ file: "" });
    expect(() => new Rig({ dir: join(dir, "file") })).toThrow(
      /^cannot keep evidence in .*file: it is a file; give a folder$/,
    );
    expect(() => new Rig({ dir: join(dir, "file", "x") })).toThrow(/not a folder/);
  });
});

const reason = missingForTmpfs();

describe.skipIf(reason !== "")(`a full disk ${reason}`, () => {
  it("keeps open files whole as they are and makes no new ones, until there is room", async () => {
    const disk = mountTmpfs(262_144);
    const rig = new Rig({ dir: join(disk, "evidence"), packetsMax: 50 });
    rig.packets(3);
    rig.alert(1);
    expect(() => writeFileSync(join(disk, "filler"), Buffer.alloc(1_000_000))).toThrow(/ENOSPC/);
    for (let i = 0; i < 40; i++)
      rig.packet({ payload: `packet ${rig.number + 1} ${"x".repeat(900)}` });
    expect(rig.alert(2)).toBeNull();
    expect(existsSync(rig.pathOf(2))).toBe(false);
    expect(rig.problems).toEqual([
      expect.stringMatching(/no space left on the device; make room; alerts go on without/),
    ]);
    const [, file] = rig.completed[0] ?? [];
    expect(rig.completed).toHaveLength(1);
    expect(await rig.numbersIn(1)).toHaveLength(file?.packets ?? 0);
    expect(file).toMatchObject({ sha256: sha256(rig.pathOf(1)), isComplete: true });
    rmSync(join(disk, "filler"));
    await expect.poll(() => rig.alert(3)).not.toBeNull();
    expect(rig.evidence.problem).toBe("");
  });
});
