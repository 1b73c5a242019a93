import { expect, it } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { namesInDns } from "../../../src/decode/dns-names.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { frameOf } from "../../support/captured.ts";
import { udpPacket } from "../../support/pcap-writer.ts";

const A = 1;
const CNAME = 5;
const PTR = 12;
const AAAA = 28;

function name(text: string): Buffer {
  const labels = text === "" ? [] : text.split(".");
  const parts = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")]),
  );
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(300, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

/** Points to the question's name. */
const ASKED = Buffer.from([0xc0, 12]);

function answer(asked: string, records: readonly Buffer[], flags = 0x8180): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, name(asked), Buffer.from([0, 1, 0, 1]), ...records]);
}

function namesIn(payload: Buffer, srcPort = 53): string[] {
  const names: string[] = [];
  const packet = new PacketView();
  const frame = udpPacket(payload, { src: "192.0.2.53", dst: "192.0.2.1", srcPort });
  decodePacket(frameOf(frame), packet);
  namesInDns(packet, (ip, text) => names.push(`${ip} ${text}`));
  return names;
}

const ip = Buffer.from([198, 51, 100, 7]);

it("gives an address the name that was asked for, through its aliases (RFC 1035)", () => {
  const alias = record(ASKED, CNAME, name("edge7.cdn.example"));
  const address = record(name("edge7.cdn.example"), A, ip);
  expect(namesIn(answer("SIP.carrier.example", [alias, address]))).toEqual([
    "198.51.100.7 sip.carrier.example",
  ]);
  const six = Buffer.from("20010db8000000000000000000000007", "hex");
  const [aaaa = ""] = namesIn(answer("six.example", [record(ASKED, AAAA, six)]));
  expect(aaaa).toMatch(/^2001:0?db8:.*:0*7 six\.example$/);
  const reverse = record(ASKED, PTR, name("gw.example"));
  expect(namesIn(answer("7.100.51.198.in-addr.arpa", [reverse]))).toEqual([
    "198.51.100.7 gw.example",
  ]);
});

it("believes no record that was not asked for, no failure and nobody but a name server's port", () => {
  const other = record(name("other.example"), A, ip);
  expect(namesIn(answer("a.example", [other]))).toEqual([]);
  const own = record(ASKED, A, ip);
  expect(namesIn(answer("a.example", [own], 0x8183))).toEqual([]);
  expect(namesIn(answer("a.example", [own], 0x0100))).toEqual([]);
  expect(namesIn(answer("a.example", [own]), 5060)).toEqual([]);
});

it("takes no name that steers a terminal or a page, and no pointer that leads on or round", () => {
  for (const asked of ["\x1b[2J.example", "<script>.example", "\u00e9.example", "a b.example"])
    expect(namesIn(answer(asked, [record(ASKED, A, ip)]))).toEqual([]);
  for (const pointer of [[0xc0, 31], [0xff, 0xff], [0xc0]])
    expect(namesIn(answer("a.example", [record(Buffer.from(pointer), A, ip)]))).toEqual([]);
  const whole = answer("a.example", [
    record(ASKED, A, ip),
    record(ASKED, CNAME, name("b.example")),
  ]);
  // Cut at each place, it is read as far as it goes.
  for (let end = 0; end < whole.length; end++)
    expect(namesIn(whole.subarray(0, end)).length).toBeLessThanOrEqual(1);
});
