import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { SequenceWatch, Watched } from "../../../../src/track/rtp/sequence-watch.ts";

interface Sent {
  readonly ms: number;
  readonly sequence: number;
  /** Stands for the payload's bytes. */
  readonly voice?: number;
  readonly isOtherWay?: boolean;
  readonly isAside?: boolean;
}

/** What a watch shows of these packets, each verdict once. */
function shown(sent: readonly Sent[]): Watched[] {
  const watch = new SequenceWatch();
  watch.begin(1, 0);
  const seen = new Set<Watched>();
  for (const packet of sent.toSorted((a, b) => a.ms - b.ms)) seen.add(look(watch, packet));
  seen.delete(Watched.NOTHING);
  return [...seen];
}

function look(watch: SequenceWatch, sent: Sent): Watched {
  const { ms, sequence, voice = 1, isOtherWay = false, isAside = false } = sent;
  const packet = new PacketView();
  const bytes = Buffer.alloc(20, voice);
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  packet.timeUs = 1_000_000_000 + ms * 1000;
  packet.payloadWireLength = bytes.length;
  const rtp = new RtpHeaderView();
  rtp.sequenceNumber = sequence & 0xffff;
  rtp.timestamp = sequence * 160;
  rtp.payloadEnd = bytes.length;
  return watch.packet(packet, rtp, isOtherWay, isAside);
}

function run(from: number, count: number, more: Partial<Sent> = {}, startMs = 0): Sent[] {
  return Array.from({ length: count }, (_, i) => ({
    ms: startMs + i * 20,
    sequence: from + i,
    ...more,
  }));
}

const OFFSETS = [-30, 0, 1, 2, 50, 99, 101, 5000, 30_000];

describe("somebody who writes into a stream", () => {
  it.each(OFFSETS)("by another way, %i ahead of it, is found", (offset) => {
    const rival = run(1000 + offset, 150, { voice: 2, isOtherWay: true }, 4);
    expect(shown([...run(1000, 200), ...rival])).toContain(Watched.OTHER_WAY);
  });

  it.each([0, 1, 2, 50, 99, -30])(
    "by its own way, %i ahead, is found by two payloads",
    (offset) => {
      const rival = run(1000 + offset, 150, { voice: 2 }, 4);
      expect(shown([...run(1000, 200), ...rival])).toEqual([Watched.TWO_PAYLOADS]);
    },
  );

  it.each([
    ["leaves out each second number", (i: number) => i % 2 === 0],
    ["writes two of five numbers", (i: number) => i % 5 < 2],
    ["writes pairs and jumps ahead", (i: number) => i % 3 !== 1],
  ])("by its own way, who %s as two threads would, is found", (_, isSent) => {
    for (const [offset, ms] of [
      [0, 4],
      [0, -4],
      [1, 4],
      [3, 12],
    ] as const) {
      const rival = run(1000 + offset, 200, { voice: 2 }, ms).filter((_, i) => isSent(i));
      expect(shown([...run(1000, 250), ...rival]), `${offset} ${ms}`).toContain(
        Watched.TWO_PAYLOADS,
      );
    }
  });

  it("by its own way, far off, is a second sequence", () => {
    const rival = run(30_000, 150, { voice: 2 }, 4);
    expect(shown([...run(1000, 200), ...rival])).toEqual([Watched.TWO_SEQUENCES]);
  });

  it("is found over the wrap of sequence numbers", () => {
    const rival = run(65_487, 150, { voice: 2, isOtherWay: true }, 4);
    expect(shown([...run(65_450, 200), ...rival])).toContain(Watched.OTHER_WAY);
  });

  it("by its own way is found though restarts are played beside it", () => {
    const rival = run(1001, 300, { voice: 2 }, 4);
    const burst = (at: number) =>
      Array.from({ length: 25 }, (_, i) => ({ ms: at + i / 10, sequence: 30_000 + i, voice: 3 }));
    const bursts = [500, 1500, 2500, 3500].flatMap((at) => burst(at));
    expect(shown([...run(1000, 300), ...rival, ...bursts])).toContain(Watched.TWO_PAYLOADS);
  });

  it("by another way is found though it takes up the numbers while the own sender pauses", () => {
    const sent: Sent[] = [];
    for (let spurt = 0; spurt < 12; spurt++) {
      const [from, ms] = [1000 + spurt * 20, spurt * 1200];
      sent.push(...run(from, 20, {}, ms));
      sent.push(...run(from + 20, 35, { voice: 2, isOtherWay: true }, ms + 404));
    }
    expect(shown(sent)).toContain(Watched.OTHER_WAY);
  });

  it("by another way is found though it writes thirty numbers at once, from the next one on", () => {
    const burst = (ms: number) =>
      Array.from({ length: 30 }, (_, i) => ({
        ...{ ms: ms + i / 10, sequence: 1001 + ms / 20 + i },
        ...{ voice: 2, isOtherWay: true },
      }));
    const bursts = Array.from({ length: 20 }, (_, i) => burst(1000 + i * 800)).flat();
    expect(shown([...run(1000, 1000), ...bursts])).toContain(Watched.OTHER_WAY);
  });

  it("with telephone events only is told as that", () => {
    const keys = run(1005, 150, { voice: 2, isOtherWay: true, isAside: true }, 4);
    expect(shown([...run(1000, 200), ...keys])).toEqual([Watched.OTHER_WAY_EVENTS]);
  });
});

describe("nobody else writes into a stream", () => {
  it("whose packets come twice by another way, late, before or behind their originals", () => {
    for (const late of [7, -7, 45]) {
      const copies = run(1000, 200, { isOtherWay: true }, late);
      const verdicts = shown([...run(1000, 200), ...copies]);
      expect(verdicts.filter((verdict) => verdict !== Watched.HANDOVER)).toEqual([]);
    }
  });

  it("that two threads with one counter send: a number twice, and the next one never", () => {
    for (const every of [2, 3, 7]) {
      const sent: Sent[] = [];
      for (let i = 0, sequence = 1000; i < 1000; i++, sequence++) {
        sent.push({ ms: i * 10, sequence, voice: 1 + (i % 7) });
        if (i % every === 0) sent.push({ ms: i * 10 + 0.05, sequence: sequence++, voice: 9 });
      }
      expect(shown(sent), `each ${every}.`).toEqual([]);
    }
  });

  it("that begins anew under its SSRC, where the mirror has lost some packets", () => {
    const isSeen = ({ ms }: Sent) => (ms / 20) % 13 !== 5;
    const first = run(0, 175).filter(isSeen);
    const second = run(0, 600, { voice: 2 }, 3500).filter(isSeen);
    expect(shown([...first, ...second])).toEqual([]);
  });

  it("that two routers share out packet by packet", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 200, maxLength: 400 }), (ways) => {
        const sent = ways.map((isOtherWay, i) => ({ ms: i * 20, sequence: 1000 + i, isOtherWay }));
        expect(shown(sent).filter((verdict) => verdict !== Watched.HANDOVER)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("that two routers share out, one of them up to 60 ms slower", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 300, maxLength: 400 }),
        fc.integer({ min: -60, max: 60 }),
        (ways, laterMs) => {
          const sent = ways.map((isOtherWay, i) => ({
            ms: 1000 + i * 20 + (isOtherWay ? laterMs : 0),
            sequence: 1000 + i,
            voice: i % 200,
            isOtherWay,
          }));
          const verdicts = shown([...sent]);
          expect(verdicts.filter((verdict) => verdict !== Watched.HANDOVER)).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("that two routers share out by bursts of a quarter to three quarters of a second", () => {
    const lengths = fc.array(fc.integer({ min: 12, max: 38 }), { minLength: 40, maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: -60, max: 60 }), (bursts, laterMs) => {
        const ways = bursts.flatMap((length, i) => new Array<boolean>(length).fill(i % 2 === 1));
        const sent = ways.map((isOtherWay, i) => ({
          ms: 1000 + i * 20 + (isOtherWay ? laterMs : 0),
          sequence: 1000 + i,
          voice: i % 200,
          isOtherWay,
        }));
        expect(shown(sent).filter((verdict) => verdict !== Watched.HANDOVER)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("whose packets are late, lost or sent again", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 200, maxLength: 400 }), (fates) => {
        const sent: Sent[] = [];
        for (const [i, fate] of fates.entries()) {
          const at = { ms: i * 20, sequence: 1000 + i, voice: i % 200 };
          if (fate === 0) continue;
          sent.push(fate === 1 ? { ...at, ms: at.ms + 65 } : at);
          if (fate === 2) sent.push({ ...at, ms: at.ms + 33 });
        }
        expect(shown(sent)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("that changes its router once: the old way falls silent", () => {
    const after = run(1100, 100, { isOtherWay: true }, 2000);
    expect(shown([...run(1000, 100), ...after])).toEqual([Watched.HANDOVER]);
  });

  it("that restarts a little behind", () => {
    expect(shown([...run(1000, 200), ...run(1100, 300, { voice: 2 }, 4000)])).toEqual([]);
  });

  it("that restarts far off", () => {
    expect(shown([...run(1000, 200), ...run(40_000, 300, { voice: 2 }, 4000)])).toEqual([]);
  });

  it("with digits that have a sequence of their own", () => {
    const keys = run(40_000, 100, { voice: 3, isAside: true }, 7);
    expect(shown([...run(1000, 200), ...keys])).toEqual([]);
  });
});
