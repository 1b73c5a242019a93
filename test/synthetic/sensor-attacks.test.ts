import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { ethernet, ipv4, udp, udpPacket } from "../support/pcap-writer.ts";
import { accusation, dice, packetsOf, type RawPacket, runPackets } from "../support/rewrap.ts";

/** A call whose end a stranger forges: whoever has made the sensor forget the call is not found. */
const CALL = "bye_spoof/bye_third_party_to_callee.pcap";
const PART = "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n";
const ENDS = { srcPort: 5060, dstPort: 5060 };

function message(headers: string, body = ""): string {
  return [
    "INVITE sip:bob@example.com SIP/2.0",
    "Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKflood",
    "From: <sip:a@example.com>;tag=1",
    "To: <sip:b@example.com>",
    "Call-ID: flood@198.51.100.7",
    "CSeq: 1 INVITE",
    headers,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

function source(i: number): string {
  return `198.51.${100 + ((i >>> 8) & 7)}.${i & 255}`;
}

function segment(i: number, port: number, flags: number, seq: number, text = ""): Buffer {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(port, 0);
  tcp.writeUInt16BE(5060, 2);
  tcp.writeUInt32BE(seq >>> 0, 4);
  tcp[12] = 0x50;
  tcp[13] = flags;
  const data = Buffer.concat([tcp, Buffer.from(text, "latin1")]);
  return ethernet(ipv4(data, { src: source(i), dst: "10.0.0.1", protocol: 6 }));
}

function firstFragment(i: number): Buffer {
  const data = udp(PART, ENDS);
  const options = { src: source(i), dst: "10.0.0.1", protocol: 17, identification: i & 0xffff };
  const frame = ethernet(ipv4(data, options));
  frame.writeUInt16BE(0x2000, 14 + 6);
  frame.writeUInt16BE(i & 0xffff, 14 + 4);
  return frame;
}

/** So many VXLAN tunnels, one in the other, around a SIP message. */
function nested(depth: number): Buffer {
  let frame = udpPacket(message("X: y"), { ...ENDS, src: source(1), dst: "10.0.0.1" });
  for (let i = 0; i < depth; i++) {
    const header = Buffer.from([8, 0, 0, 0, 0, 0, i, 0]);
    const ports = { srcPort: 40_000, dstPort: 4789 };
    frame = udpPacket(Buffer.concat([header, frame]), {
      ...ports,
      src: `203.0.113.${i}`,
      dst: "203.0.113.99",
    });
  }
  return frame;
}

function* times<T>(count: number, make: (i: number) => T): IterableIterator<T> {
  for (let i = 0; i < count; i++) yield make(i);
}

const ATTACKS: Readonly<Record<string, () => Iterable<Buffer>>> = {
  "60,000 TCP connections with half a request, never closed": function* () {
    for (let i = 0; i < 60_000; i++) {
      yield segment(i & 2047, 1024 + (i >>> 5), 2, i);
      yield segment(i & 2047, 1024 + (i >>> 5), 0x18, i + 1, PART);
    }
  },
  "100,000 first fragments, never completed": () => times(100_000, firstFragment),
  "sequence numbers all over the window, again and again": function* () {
    const random = dice(1);
    yield segment(1, 4000, 2, 0);
    for (let i = 0; i < 40_000; i++) {
      const far = random() < 0.1 ? 2 ** 32 : random() < 0.5 ? 4_000_000 : 3000;
      yield segment(1, 4000, 0x18, Math.floor(random() * far), PART.repeat(1 + (i & 7)));
    }
  },
  "a header of 60 kB, 100 times": () =>
    times(100, (i) => {
      const text = message(`Subject: ${'<;="'.repeat(15_000)}`);
      return udpPacket(text, { ...ENDS, src: source(i), dst: "10.0.0.1" });
    }),
  "10,000 headers, 50 times": () =>
    times(50, (i) => {
      const text = message("v:a\r\n".repeat(10_000).trimEnd());
      return udpPacket(text, { ...ENDS, src: source(i), dst: "10.0.0.1" });
    }),
  "1,000 m= lines, 100 times": () =>
    times(100, (i) => {
      const lines = times(1000, (n) => `m=audio ${10_000 + 2 * n} RTP/AVP 0\r\n`);
      const sdp = `v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n${[...lines].join("")}`;
      const text = message("Content-Type: application/sdp", sdp);
      return udpPacket(text, { ...ENDS, src: source(i), dst: "10.0.0.1" });
    }),
  "tunnels nested to the limit and beyond, 5,000 times": () =>
    times(5_000, (i) => nested(1 + (i % 12))),
};

describe("a call that was there before is followed through attacks on the sensor", async () => {
  const path = bundledCaptures().find(({ name }) => name === CALL)?.path ?? "";
  const packets = await packetsOf(path);
  const bye = packets.findIndex(({ bytes }) => bytes.includes("BYE sip:"));
  const plain = runPackets(packets).alerts.map(accusation);

  it("the forged end is found without them", () => {
    expect(bye).toBeGreaterThan(10);
    expect(plain.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(ATTACKS))(
    "%s",
    (_, make) => {
      const { timeUs } = packets[bye - 1] as RawPacket;
      function* attacked(): IterableIterator<RawPacket> {
        yield* packets.slice(0, bye);
        for (const bytes of make()) yield { bytes, timeUs, linkType: 1 };
        yield* packets.slice(bye);
      }
      const before = process.memoryUsage.rss();
      const { alerts, pipeline } = runPackets(attacked());
      expect(alerts.map(accusation)).toEqual(expect.arrayContaining(plain));
      for (const { name, size, capacity } of pipeline.tables()) {
        expect([name, size <= capacity]).toEqual([name, true]);
      }
      // The ceiling of the default configuration.
      expect((process.memoryUsage.rss() - before) / 1_048_576).toBeLessThan(1024);
    },
    60_000,
  );
});
