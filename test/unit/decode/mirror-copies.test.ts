import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { MirrorCopies } from "../../../src/decode/mirror-copies.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { frameOf } from "../../support/captured.ts";
import { udpPacket } from "../../support/pcap-writer.ts";

const COPIES_MAX = 3;
const WINDOW_MS = 5;

class Mirror {
  readonly #copies = new MirrorCopies({ windowMs: WINDOW_MS, copiesMax: COPIES_MAX });
  readonly #packet = new PacketView();

  /** True when the packet that comes at that time is taken for a copy. */
  drops(ms: number, text = "OPTIONS", fields: Parameters<typeof udpPacket>[1] = {}): boolean {
    decodePacket(frameOf(udpPacket(text, fields)), this.#packet);
    this.#packet.timeUs = 1e15 + ms * 1000;
    return this.#copies.isCopy(this.#packet);
  }

  /** How many of so many equal packets, one each `stepMs`, are counted. */
  counted(packets: number, stepMs: number): number {
    let counted = 0;
    for (let i = 0; i < packets; i++) if (!this.drops(i * stepMs)) counted++;
    return counted;
  }
}

describe("copies of a mirror port", () => {
  test("as many as are allowed within the window, and not one more", () => {
    const mirror = new Mirror();
    const seen = [0, 0.1, 0.2, 0.3, 0.4].map((ms) => mirror.drops(ms));
    expect(seen).toEqual([false, true, true, true, false]);
  });

  test("with another TTL, checksum and MAC, as a router makes them", () => {
    const mirror = new Mirror();
    expect(mirror.drops(0, "x", { ttl: 64 })).toBe(false);
    expect(mirror.drops(1, "x", { ttl: 63 })).toBe(true);
  });

  test("not after the window, not with other bytes, ports or IP identification", () => {
    const mirror = new Mirror();
    mirror.drops(0);
    expect(mirror.drops(WINDOW_MS + 0.001)).toBe(false);
    for (const [text, fields] of [
      ["OPTIONs", {}],
      ["OPTIONS", { id: 9 }],
      ["OPTIONS", { srcPort: 9 }],
      ["OPTIONS", { dst: "10.0.0.9" }],
    ] as const) {
      expect(mirror.drops(WINDOW_MS + 0.1, text, fields)).toBe(false);
    }
  });

  test("each packet of a stream is shown twice: every second one is a copy", () => {
    const mirror = new Mirror();
    for (let i = 0; i < 1000; i++) {
      expect(mirror.drops(i * 20, `packet ${i}`)).toBe(false);
      expect(mirror.drops(i * 20 + 0.1, `packet ${i}`)).toBe(true);
    }
  });

  test("all of them, as many packets as may lie between, whatever the keys of the run", () => {
    const mirror = new Mirror();
    const all = Array.from({ length: 4000 }, (_, i) => `packet ${i}`);
    for (let round = 0; round < 3; round++) {
      const at = 1000 * round;
      expect(all.filter((text) => mirror.drops(at, text))).toEqual([]);
      expect(all.filter((text) => !mirror.drops(at + 1, text))).toEqual([]);
    }
  });

  test("none of a packet that too many others have followed", () => {
    const mirror = new Mirror();
    mirror.drops(0, "first");
    for (let i = 1; i < 8192; i++) mirror.drops(0, `packet ${i}`);
    expect(mirror.drops(1, "first")).toBe(true);
    mirror.drops(1, "one more");
    expect(mirror.drops(1, "first")).toBe(false);
  });

  test("a retransmission and its copies, each time anew (RFC 3261 17.1.1.2)", () => {
    const mirror = new Mirror();
    for (const ms of [0, 500, 1500, 3500]) {
      expect([mirror.drops(ms), mirror.drops(ms + 1)]).toEqual([false, true]);
    }
  });
});

describe("floods of equal packets are counted", () => {
  test.each([
    ["10,000 a second", 0.1],
    ["1,000 a second", 1],
    ["350 a second", 2.9],
    ["220 a second", 4.5],
  ])("%s", (_, stepMs) => {
    // What the first windows take for copies is all that is lost.
    expect(new Mirror().counted(1000, stepMs)).toBeGreaterThanOrEqual(1000 - 2 * COPIES_MAX);
  });

  test("and what comes once more after it has ended is a copy again", () => {
    const mirror = new Mirror();
    mirror.counted(100, 1);
    expect([mirror.drops(1000), mirror.drops(1001)]).toEqual([false, true]);
  });
});
