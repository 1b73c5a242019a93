import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { enumQuestionIn } from "../../../src/decode/dns.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { PeerScope, readTurn } from "../../../src/decode/turn.ts";
import { frameOf } from "../../support/captured.ts";
import { udpPacket } from "../../support/pcap-writer.ts";
import { turn } from "../../support/turn.ts";

const ID = Buffer.from("b7e7a701bc34d686fa87dfae", "hex");

function packetOf(payload: Uint8Array): PacketView {
  const packet = new PacketView();
  decodePacket(frameOf(udpPacket(Buffer.from(payload).toString("latin1"))), packet);
  return packet;
}

const peersOf = (...peers: string[]) =>
  readTurn(packetOf(turn({ method: "channel", kind: "request", id: ID, peers }))).peers;

describe("what a client asks a TURN relay for (RFC 8656)", () => {
  it.each([
    ["198.51.100.7", PeerScope.PUBLIC],
    ["10.1.2.3", PeerScope.PRIVATE],
    ["100.64.0.1", PeerScope.PRIVATE],
    ["172.31.255.255", PeerScope.PRIVATE],
    ["172.32.0.0", PeerScope.PUBLIC],
    ["127.0.0.1", PeerScope.LOOPBACK],
    ["0.0.0.0", PeerScope.INSIDE],
    ["169.254.169.254", PeerScope.INSIDE],
    ["224.0.0.1", PeerScope.INSIDE],
    ["255.255.255.255", PeerScope.INSIDE],
  ])("%s is of scope %i", (address, scope) => {
    expect(peersOf(address)).toMatchObject([{ address, port: 0x1f90 ^ 0x2112 ^ 0x2112, scope }]);
  });

  it.each([
    ["2001:db8::1", PeerScope.PUBLIC],
    ["fd00::1", PeerScope.PRIVATE],
    ["fe80::1", PeerScope.INSIDE],
    ["::1", PeerScope.LOOPBACK],
    ["ff02::1", PeerScope.INSIDE],
    ["::ffff:7f00:1", PeerScope.INSIDE],
    ["::ffff:a00:1", PeerScope.PRIVATE],
  ])("%s is of scope %i", (address, scope) => expect(peersOf(address)[0]?.scope).toBe(scope));

  it("is no more than sixteen addresses, and whether it is signed", () => {
    const peers = Array.from({ length: 40 }, (_, n) => `10.0.0.${n}`);
    expect(peersOf(...peers)).toHaveLength(16);
    const error = turn({ method: "allocate", kind: "error", id: ID, code: 437, user: "a" });
    expect(readTurn(packetOf(error))).toMatchObject({
      errorCode: 437,
      hasUser: true,
      isSigned: true,
    });
  });

  it("is read of any bytes without a throw", () => {
    const whole = turn({ method: "channel", kind: "request", id: ID, peers: ["::1", "10.0.0.1"] });
    for (let cut = 20; cut <= whole.length; cut++) readTurn(packetOf(whole.subarray(0, cut)));
    for (let n = 0; n < 2000; n++) {
      const bytes = randomBytes(20 + (n % 100));
      whole.copy(bytes, 0, 0, 2);
      expect(readTurn(packetOf(bytes)).peers.length).toBeLessThanOrEqual(16);
    }
  });
});

function question(labels: readonly string[], type: number, flags = 0x0100): Buffer {
  const name = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  const head = [7, 7, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 0];
  return Buffer.from([...head, ...name, 0, type >> 8, type & 255, 0, 1]);
}

describe("a DNS question for a telephone number (RFC 6116)", () => {
  const digits = [..."9876543210"];
  const of = (bytes: Uint8Array) => enumQuestionIn(packetOf(bytes));

  it("is the number turned round", () => {
    expect(of(question([...digits, "e164", "arpa"], 35))).toEqual({
      ...{ isResponse: false, isUnknown: false, number: "0123456789", tree: "e164.arpa" },
    });
    expect(of(question([...digits, "E164", "ARPA"], 255, 0x8183))).toMatchObject({
      ...{ isResponse: true, isUnknown: true },
    });
    expect(of(question([...digits, "enum", "carrier", "example"], 35))?.tree).toBe(
      "enum.carrier.example",
    );
  });

  it.each([
    ["an address", ["1", "0", "0", "127", "in-addr", "arpa"], 12],
    ["an IPv6 address", [...digits, ...digits, ...digits, "8", "b", "ip6", "arpa"], 35],
    ["a name", ["www", "example", "com"], 1],
    ["SRV", ["_sip", "_udp", "example", "com"], 33],
    ["too short a number", ["1", "2", "3", "e164", "arpa"], 35],
    ["another type in another tree", [...digits, "example", "com"], 1],
  ])("is not %s", (_, labels, type) => expect(of(question(labels, type))).toBeNull());

  it("is read of any bytes without a throw", () => {
    const whole = question([...digits, "e164", "arpa"], 35);
    for (let cut = 0; cut < whole.length; cut++) expect(of(whole.subarray(0, cut))).toBeNull();
    for (let n = 0; n < 2000; n++) of(Buffer.concat([whole.subarray(0, 12), randomBytes(n % 80)]));
  });
});
