import { expect, it } from "vitest";
import { Frame } from "../../../src/capture/frame.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";
import { ethernet, ipv4, udpPacket, uint16 } from "../../support/pcap-writer.ts";
import { shippedRules } from "../../support/run-capture.ts";

/** What one packet may bring, some 4 KiB of messages, with some room. */
const TOLD_MAX = 40;
const START_US = 1_800_000_000_000_000;

function options(id: string): string {
  return [
    "OPTIONS sip:bob@192.0.2.2 SIP/2.0",
    `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${id}`,
    `From: <sip:alice@192.0.2.1>;tag=${id}`,
    "To: <sip:bob@192.0.2.2>",
    `Call-ID: ${id}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

function chunk(text: string): Buffer {
  const bytes = Buffer.alloc(16 + ((text.length + 3) & ~3));
  bytes[1] = 3;
  bytes.writeUInt16BE(16 + text.length, 2);
  bytes.write(text, 16, "latin1");
  return bytes;
}

/** One SCTP packet with these messages, each in a chunk. */
function bundle(texts: readonly string[]): Buffer {
  const ends = Buffer.concat([uint16(5060), uint16(5062), Buffer.alloc(8)]);
  return ethernet(ipv4(Buffer.concat([ends, ...texts.map(chunk)]), { protocol: 132 }));
}

/** One segment of a stream that nobody has seen begin. */
function segment(texts: readonly string[], seq: number): Buffer {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(5060, 0);
  tcp.writeUInt16BE(5062, 2);
  tcp.writeUInt32BE(seq, 4);
  tcp[12] = 0x50;
  tcp[13] = 16;
  return ethernet(ipv4(Buffer.concat([tcp, Buffer.from(texts.join(""))]), { protocol: 6 }));
}

function datagram(payload: string): Buffer {
  return udpPacket(payload);
}

/** Call-IDs in the order in which they were shown, and how many each packet has brought. */
function play(packets: readonly Buffer[]): { ids: string[]; brought: number[] } {
  const ids: string[] = [];
  const pipeline = new Pipeline({
    config: defaultConfig(),
    ruleSet: shippedRules(),
    outputs: {
      alert: () => {},
      packet: ({ bytes, payloadEnd, payloadStart }) => {
        const text = bytes.toString("latin1", payloadStart, payloadEnd);
        ids.push(/Call-ID: (\S+)/.exec(text)?.[1] ?? "media");
      },
    },
  });
  const frame = new Frame();
  const brought: number[] = [];
  for (const [i, bytes] of packets.entries()) {
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = START_US + 20 * i;
    frame.number = i + 1;
    const before = ids.length;
    pipeline.onFrame(frame);
    brought.push(ids.length - before);
  }
  pipeline.finish();
  return { ids, brought };
}

const IDS = Array.from({ length: 60 }, (_, i) => `id${String(i).padStart(3, "0")}`);
const MANY = IDS.map(options);
/** Another packet each, of hosts that have nothing to do with it. */
const OTHERS = Array.from({ length: 6 }, () =>
  udpPacket(Buffer.alloc(20), { src: "198.51.100.1", dst: "198.51.100.2" }),
);

it.each([
  ["chunks of an SCTP packet", bundle(MANY), bundle([options("last")])],
  ["merged datagrams", datagram(MANY.join("")), datagram(options("last"))],
])("%s go on with the next packets, before what comes behind them", (_, many, last) => {
  for (const between of [[], OTHERS, OTHERS.slice(0, 1)]) {
    const { ids, brought } = play([many, ...between, last]);
    expect(ids.filter((id) => id !== "media")).toEqual([...IDS, "last"]);
    expect(Math.max(...brought)).toBeLessThanOrEqual(TOLD_MAX);
    expect(brought[0]).toBeGreaterThan(0);
  }
});

it("merged datagrams beyond what is kept go on at once, in their order", () => {
  const all = Array.from({ length: 100 }, (_, i) => IDS.map((id) => `${id}x${100 + i}`));
  const { ids } = play(all.map((some) => datagram(some.map(options).join(""))));
  expect(ids).toEqual(all.flat());
});

it("messages that belong to no place of their stream are all shown", () => {
  const far = segment(MANY, 3_000_000_000);
  const { ids, brought } = play([segment([options("first")], 1), far, ...OTHERS]);
  expect(ids.filter((id) => id !== "media")).toEqual(["first", ...IDS]);
  expect(Math.max(...brought)).toBeLessThanOrEqual(TOLD_MAX);
});
