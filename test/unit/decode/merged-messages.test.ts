import { describe, expect, it } from "vitest";
import { Frame, LinkType } from "../../../src/capture/frame.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";
import { loadText, request, START_US, udpDatagram } from "../detect/rig.ts";

const RULES = [
  'alert sip any any -> any any (msg:"r"; sip.method; content:"REGISTER"; sid:1;)',
  'alert sip any any -> any any (msg:"i"; sip.method; content:"INVITE"; sid:2;)',
].join("\n");

/** A REGISTER of so many bytes. */
function register(user: string, bytes = 500): string {
  const empty = request("REGISTER", { user, headers: ["X-Pad: "] });
  return request("REGISTER", { user, headers: [`X-Pad: ${"x".repeat(bytes - empty.length)}`] });
}

/** RTP packets of 160 bytes of audio, one behind the other. */
function rtp(count: number, change: (packet: Buffer, i: number) => void = () => {}): Buffer {
  const packets = Array.from({ length: count }, (_, i) => {
    const packet = Buffer.alloc(172, 0xd5);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE((65_530 + i) & 0xffff, 2);
    packet.writeUInt32BE(160 * i, 4);
    packet.writeUInt32BE(0xd5d5cafe, 8);
    change(packet, i);
    return packet;
  });
  return Buffer.concat(packets);
}

/** Accounts that rules saw REGISTERs or INVITEs of, in order, and datagrams and messages that were counted. */
function seen(payload: string | Buffer) {
  const users: string[] = [];
  const pipeline = new Pipeline({
    config: { ...defaultConfig(), incidents: { ...defaultConfig().incidents, fold: false } },
    ruleSet: loadText(RULES).ruleSet,
    outputs: { alert: ({ voip }) => users.push(voip.fromUser ?? "") },
  });
  const bytes = udpDatagram({ payload });
  const frame = new Frame();
  frame.bytes = bytes;
  frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  frame.end = bytes.length;
  frame.wireLength = bytes.length;
  frame.timeUs = START_US;
  frame.linkType = LinkType.RAW;
  frame.number = 1;
  pipeline.onFrame(frame);
  const { bytes: counted, packets, rtpPackets, udpPackets } = pipeline.statistics;
  pipeline.finish();
  return { users, packets, counted, rtpPackets, udpPackets, length: bytes.length };
}

describe("datagrams that a network card has merged", () => {
  it("are read one by one", () => {
    const five = ["101", "102", "103", "104", "105"];
    const { counted, length, packets, users } = seen(five.map((user) => register(user)).join(""));
    expect(users).toEqual(five);
    expect(packets).toBe(1);
    expect(counted).toBe(length);
  });

  it("the last may be shorter", () => {
    const merged = register("101") + register("102") + register("103") + register("104", 420);
    expect(seen(merged).users).toEqual(["101", "102", "103", "104"]);
  });

  it("are not made of what the wire can carry: a receiver ignores what follows a body (RFC 4475 3.1.1.8)", () => {
    expect(seen(register("101") + register("102")).users).toEqual(["101"]);
  });

  it("are not made of messages of other lengths, or of other bytes", () => {
    const long = register("101", 900);
    expect(seen(long + register("102", 1_000)).users).toEqual(["101"]);
    expect(seen(long + "x".repeat(900)).users).toEqual(["101"]);
    expect(seen(register("101") + register("102") + "y".repeat(600)).users).toEqual(["101"]);
  });

  it("are at most as many as a card merges", () => {
    const tiny = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    const { users } = seen(tiny.repeat(1_000) + register("101"));
    expect(users).toEqual([]);
  });

  it("RTP packets are read one by one, over the end of their numbers, the last one shorter", () => {
    expect(seen(rtp(12))).toMatchObject({ packets: 1, rtpPackets: 12, udpPackets: 12 });
    expect(seen(rtp(40).subarray(0, -100)).rtpPackets).toBe(40);
    const { counted, length } = seen(rtp(64));
    expect(counted).toBe(length);
  });

  it("RTP that holds its own SSRC, or another stream's packet, is one packet", () => {
    const odd: Record<string, Buffer> = {
      "SSRC all over": Buffer.concat([rtp(1), rtp(1).subarray(8, 12), Buffer.alloc(60_000, 0xd5)]),
      "a number twice": rtp(12, (packet, i) => packet.writeUInt16BE(i === 5 ? 4 : i, 2)),
      "another SSRC": rtp(12, (packet, i) => packet.writeUInt32BE(i === 5 ? 1 : 2, 8)),
      "a header's half": rtp(12).subarray(0, 172 * 11 + 6),
      "more than a card merges": rtp(65),
      "as long as the wire carries": rtp(8),
    };
    for (const [name, payload] of Object.entries(odd)) {
      expect([name, seen(payload).udpPackets]).toEqual([name, 1]);
    }
  });
});
