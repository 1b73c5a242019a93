import { expect, test } from "vitest";
import { Frame } from "../../../src/capture/frame.ts";
import { MergedDatagrams } from "../../../src/capture/merged-datagrams.ts";

/** An Ethernet frame with so many bytes, of that protocol over IPv4. */
function frameOf(bytes: number, protocol = 17, etherType = 0x0800): Frame {
  const frame = new Frame();
  frame.bytes = Buffer.alloc(Math.min(bytes, 2000));
  frame.bytes.writeUInt16BE(etherType, 12);
  frame.bytes[14 + (etherType === 0x0800 ? 9 : 6)] = protocol;
  frame.end = frame.bytes.length;
  frame.wireLength = bytes;
  return frame;
}

function told(frames: readonly Frame[], mtu = 1500): string[] {
  const lines: string[] = [];
  const merged = new MergedDatagrams("eth1", (line) => lines.push(line), mtu);
  for (const frame of frames) merged.look(frame);
  return lines;
}

test("a datagram beyond the MTU is told once, with the cure", () => {
  const lines = told([frameOf(1514), frameOf(2614), frameOf(2614)]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/2614 bytes, though the MTU is 1500: .*ethtool -K eth1 gro off lro off/);
  expect(told([frameOf(2614, 17, 0x86dd)])).toHaveLength(1);
});

test("full frames, VLAN tags, jumbo frames, TCP and an unknown MTU are fine", () => {
  expect(told([frameOf(1514), frameOf(1526), frameOf(60)])).toEqual([]);
  expect(told([frameOf(9014)], 9000)).toEqual([]);
  expect(told([frameOf(60_000, 6)])).toEqual([]);
  expect(told([frameOf(60_000)], 0)).toEqual([]);
  expect(told([frameOf(60_000, 17, 0x0806)])).toEqual([]);
});
