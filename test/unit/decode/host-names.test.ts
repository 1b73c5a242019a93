import { isIP } from "node:net";
import { expect, test } from "vitest";
import { hostKeyV4, hostKeyV6, NO_HOST } from "../../../src/decode/host.ts";
import { HostNames } from "../../../src/decode/host-names.ts";
import { PacketView } from "../../../src/decode/packet.ts";

const PREFIX = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0];

/** A packet from `2001:db8::A` to `2001:db8::B`, as far as names need one. */
function packetOf(a: number, b: number): PacketView {
  const bytes = Buffer.alloc(32);
  bytes.set(PREFIX, 0);
  bytes.writeUInt32BE(a, 12);
  bytes.set(PREFIX, 16);
  bytes.writeUInt32BE(b, 28);
  const packet = new PacketView();
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  packet.ipVersion = 6;
  packet.dstAddressStart = 16;
  packet.srcHost = hostKeyV6(bytes, 0);
  packet.dstHost = hostKeyV6(bytes, 16);
  return packet;
}

function rememberSource(names: HostNames, packet: PacketView): void {
  names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
}

test("IPv4 needs no memory, and no host has no text", () => {
  const view = new DataView(Uint8Array.of(192, 0, 2, 1).buffer);
  expect(new HostNames(1).text(hostKeyV4(view, 0))).toBe("192.0.2.1");
  expect(new HostNames(1).text(NO_HOST)).toBe("");
});

test("an address is remembered in Suricata's long form", () => {
  const names = new HostNames(4);
  const packet = packetOf(0xff, 1);
  rememberSource(names, packet);
  packet.bytes.fill(0xaa);
  expect(names.text(packet.srcHost)).toBe("2001:0db8:0000:0000:0000:0000:0000:00ff");
});

test("what was forgotten is still an address that every receiver can read", () => {
  const names = new HostNames(4);
  const first = packetOf(1, 1);
  for (let host = 1; host <= 100; host++) rememberSource(names, packetOf(host, 1));
  expect([names.size, names.capacity, names.evictions]).toEqual([4, 4, 96]);
  expect(isIP(names.text(first.srcHost))).toBe(6);
  expect(names.text(packetOf(100, 1).srcHost)).toMatch(/:0064$/);
});

test("a flood of media from made-up addresses pushes out nobody who spoke SIP", () => {
  const names = new HostNames(64);
  const call = packetOf(1, 2);
  names.rememberSip(call);
  for (let host = 1000; host < 11_000; host++) rememberSource(names, packetOf(host, 1));
  expect(names.text(call.srcHost)).toMatch(/:0001$/);
  expect(names.text(call.dstHost)).toMatch(/:0002$/);
});

test("a flood of SIP pushes out who has been silent for longest", () => {
  const names = new HostNames(64);
  const [quiet, busy] = [packetOf(1, 2), packetOf(3, 4)];
  names.rememberSip(quiet);
  for (let host = 1000; host < 2000; host++) {
    names.rememberSip(busy);
    names.rememberSip(packetOf(host, 4));
  }
  expect(names.text(busy.srcHost)).toMatch(/:0003$/);
  expect(names.text(quiet.srcHost)).toBe("0000:0000:0000:0000:0000:0000:0000:0000");
});
