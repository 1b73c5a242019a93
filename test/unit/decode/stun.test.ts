import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { STUN_BINDING, StunClass, StunView } from "../../../src/decode/stun.ts";
import { frameOf } from "../../support/captured.ts";
import { udpPacket } from "../../support/pcap-writer.ts";

const COOKIE = [0x21, 0x12, 0xa4, 0x42];
/** The transaction id of RFC 5769 2.1. */
const ID = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

function message(type: number, attributes: readonly number[] = [], length = attributes.length) {
  return [type >> 8, type & 255, length >> 8, length & 255, ...COOKIE, ...ID, ...attributes];
}

function attribute(type: number, value: readonly number[]): number[] {
  const padding = Array<number>((4 - (value.length & 3)) & 3).fill(0x20);
  return [type >> 8, type & 255, value.length >> 8, value.length & 255, ...value, ...padding];
}

const ascii = (text: string) => [...Buffer.from(text, "latin1")];

function stunOf(payload: readonly number[], cutBytes = 0, view = new StunView()) {
  const bytes = udpPacket(String.fromCharCode(...payload));
  const packet = new PacketView();
  decodePacket(frameOf(bytes.subarray(0, bytes.length - cutBytes)), packet);
  const isStun = view.decode(packet);
  return { ...view, isStun, isSuccess: view.isSuccess };
}

/** RFC 5769 2.2: XOR-MAPPED-ADDRESS 192.0.2.1, port 32853. */
const XOR_MAPPED = attribute(0x20, [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);

describe("STUN (RFC 8489)", () => {
  test("class, method and transaction id (5)", () => {
    expect(stunOf(message(0x0001))).toMatchObject({
      isStun: true,
      isSuccess: false,
      messageClass: StunClass.REQUEST,
      method: STUN_BINDING,
      transactionHigh: 0xb7e7a701 | 0,
      transactionMiddle: 0xbc34d686 | 0,
      transactionLow: 0xfa87dfae | 0,
    });
    expect(stunOf(message(0x0101))).toMatchObject({ isSuccess: true, method: STUN_BINDING });
    expect(stunOf(message(0x0111)).messageClass).toBe(StunClass.ERROR);
    expect(stunOf(message(0x0011)).messageClass).toBe(StunClass.INDICATION);
    expect(stunOf(message(0x3eef)).method).toBe(0xfff);
    expect(stunOf(message(0x3eef)).messageClass).toBe(StunClass.REQUEST);
  });

  test.each([
    ["a length beyond the datagram", message(1, [], 8)],
    ["an attribute beyond the message", message(1, [0, 6, 0, 9, 1, 2, 3, 4])],
    ["a header that is too short", message(1).slice(0, 19)],
  ])("%s is malformed", (_, payload) => {
    expect(stunOf(payload).isStun).toBe(false);
  });

  test("attributes are padded to a multiple of four (14)", () => {
    const username = (text: string) => attribute(6, ascii(text));
    for (const text of ["", "a", "ab", "abc", "abcd"]) {
      expect(stunOf(message(1, [...username(text), ...XOR_MAPPED])).isStun, text).toBe(true);
      expect(stunOf(message(1, [...username(text), ...XOR_MAPPED.slice(0, -1)])).isStun).toBe(
        false,
      );
    }
  });

  test("what the capture cut is nobody's fault", () => {
    const payload = message(0x0101, [...attribute(6, ascii("a:b")), ...XOR_MAPPED]);
    for (let cut = 0; cut <= 32; cut++) {
      expect(stunOf(payload, cut), `${cut}`).toMatchObject({ isStun: cut <= payload.length - 20 });
    }
  });

  test("64 attributes are looked at", () => {
    const of = (count: number) => Array<number[]>(count).fill(attribute(0x8022, [])).flat();
    const broken = [0, 6, 0, 9];
    expect(stunOf(message(1, [...of(63), ...broken])).isStun).toBe(false);
    expect(stunOf(message(1, [...of(64), ...broken])).isStun).toBe(true);
  });
});
