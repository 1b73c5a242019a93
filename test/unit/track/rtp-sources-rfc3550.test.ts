import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketView } from "../../../src/decode/packet.ts";
import { RtpHeaderView } from "../../../src/decode/rtp/header.ts";
import { RtpSourceTable } from "../../../src/track/rtp/rtp-sources.ts";

const SECOND_US = 1_000_000;

function packetAt(timeUs: number): PacketView {
  const packet = new PacketView();
  packet.timeUs = timeUs;
  return packet;
}

/** One source, fed by sequence numbers; 20 ms packets of 160 samples at 8 kHz unless said otherwise. */
class Feed {
  readonly table = new RtpSourceTable(8);
  readonly slot: number;
  timeUs = 1_000 * SECOND_US;
  #rtp = new RtpHeaderView();

  constructor(sequence: number, timestamp = 0) {
    this.#set(sequence, timestamp);
    this.slot = this.table.add(0, this.#rtp, packetAt(this.timeUs));
    this.table.update(this.slot, this.#rtp, this.timeUs);
  }

  send(sequence: number, timestamp = 0, afterUs = 20_000): void {
    this.timeUs += afterUs;
    this.#set(sequence, timestamp);
    this.table.update(this.slot, this.#rtp, this.timeUs);
  }

  get lost(): number {
    return this.table.lost(this.slot);
  }

  #set(sequence: number, timestamp: number): void {
    this.#rtp.ssrc = 1;
    this.#rtp.payloadType = 0;
    this.#rtp.sequenceNumber = sequence & 0xffff;
    this.#rtp.timestamp = timestamp | 0;
  }
}

describe("sequence numbers (RFC 3550 A.1, A.3)", () => {
  it("begins anew when a stream restarts under its SSRC, wherever it lands", () => {
    const start = fc.integer({ min: 0, max: 65_535 });
    const length = fc.integer({ min: 30, max: 200 });
    fc.assert(
      fc.property(start, length, start, length, (first, firstCount, second, secondCount) => {
        const feed = new Feed(first);
        for (let i = 1; i < firstCount; i++) feed.send(first + i);
        for (let i = 0; i < secondCount; i++) feed.send(second + i, 0, 20_000);
        // What overlaps looks as if it came twice; a step of a few hundred is one of loss.
        expect(feed.lost).toBeLessThanOrEqual(310);
      }),
      { numRuns: 2000 },
    );
  });

  it("is real when the network was away for long enough to lose so many", () => {
    const feed = new Feed(100);
    for (let i = 1; i < 500; i++) feed.send(100 + i);
    feed.send(600 + 2000, 0, 40_000_000);
    for (let i = 1; i < 100; i++) feed.send(2600 + i);
    expect(feed.lost).toBe(2000);
  });

  it("loses nothing over the wrap of 16 bits, several times", () => {
    const feed = new Feed(65_000);
    for (let i = 1; i < 200_000; i++) feed.send(65_000 + i);
    expect(feed.lost).toBe(0);
    expect(feed.table.expected(feed.slot)).toBe(200_000);
  });

  it("counts what is missing, also across the wrap", () => {
    const feed = new Feed(65_530);
    for (const sequence of [65_531, 65_535, 2, 3]) feed.send(sequence);
    // 65532..65534, 0 and 1 are missing.
    expect(feed.lost).toBe(5);
  });

  it("takes late packets as what was missing, and duplicates as negative loss", () => {
    const feed = new Feed(10);
    for (const sequence of [11, 14, 12, 13]) feed.send(sequence);
    expect(feed.lost).toBe(0);
    feed.send(13);
    expect(feed.lost).toBe(-1);
  });

  it("is right for any loss and any disorder within the limits of A.1", () => {
    const window = fc.array(fc.boolean(), { minLength: 60, maxLength: 400 });
    fc.assert(
      fc.property(fc.nat(65_535), window, fc.nat(1000), (first, isSent, seed) => {
        const sequences = isSent
          .map((sent, i) => (sent ? first + 1 + i : -1))
          .filter((s) => s >= 0);
        fc.pre(sequences.length > 40);
        // Neighbours swap places here and there.
        for (let i = 1; i < sequences.length; i++) {
          if ((i * 7919 + seed) % 11 !== 0) continue;
          const [a = 0, b = 0] = [sequences[i - 1], sequences[i]];
          sequences[i - 1] = b;
          sequences[i] = a;
        }
        const feed = new Feed(first);
        for (const sequence of sequences) feed.send(sequence);
        const highest = Math.max(first, ...sequences);
        expect(feed.lost).toBe(highest - first + 1 - (sequences.length + 1));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a sequence that jumps", () => {
  it.each([
    ["forward", 9000],
    ["backward", 200],
    ["over the wrap", 65_400],
  ])("is a restart, and loses nothing: jump %s", (_, to) => {
    const feed = new Feed(5000);
    for (let i = 1; i <= 100; i++) feed.send(5000 + i);
    for (let i = 0; i < 300; i++) feed.send(to + i);
    expect(feed.lost).toBe(0);
  });

  it("counts from the new sequence on after a jump backward: nothing is lost, nothing surplus", () => {
    const feed = new Feed(5000);
    for (let i = 1; i <= 100; i++) feed.send(5000 + i);
    for (let i = 0; i < 300; i++) feed.send(200 + i);
    expect(feed.lost).toBe(0);
    feed.send(200 + 302);
    expect(feed.lost).toBe(2);
  });
});

describe("the table", () => {
  it("is full at its capacity and reuses what was removed", () => {
    const table = new RtpSourceTable(2);
    const rtp = new RtpHeaderView();
    const first = table.add(0, rtp, packetAt(1));
    const second = table.add(1, rtp, packetAt(2));
    expect(table.add(2, rtp, packetAt(3))).toBe(-1);
    expect(table.victim()).toBe(first);
    const gone = table.ref(first);
    expect(table.slotOf(gone)).toBe(first);
    table.remove(first);
    expect(table.add(3, rtp, packetAt(4))).toBe(first);
    expect(table.slotOf(gone)).toBe(-1);
    expect([table.size, table.directedFlow(second)]).toEqual([2, 1]);
  });
});
