import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { hostKeyOfText } from "../../../src/decode/host-text.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { iceUserKey } from "../../../src/decode/sdp.ts";
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
const user = (text: string) => iceUserKey(Buffer.from(text, "latin1"), 0, text.length);

function stunOf(payload: readonly number[], cutBytes = 0, view = new StunView()) {
  const bytes = udpPacket(String.fromCharCode(...payload));
  const packet = new PacketView();
  decodePacket(frameOf(bytes.subarray(0, bytes.length - cutBytes)), packet);
  const isStun = view.decode(packet);
  return { ...view, isStun, isSuccess: view.isSuccess };
}

/** RFC 5769 2.2 and 2.3: XOR-MAPPED-ADDRESS 192.0.2.1 and 2001:db8:..., port 32853. */
const XOR_IPV4 = [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
const XOR_IPV6 = [
  0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe,
  0xd2, 0xb9, 0xd9,
];

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

  test("XOR-MAPPED-ADDRESS of both families (14.2, RFC 5769 2.2, 2.3)", () => {
    expect(stunOf(message(0x0101, attribute(0x20, XOR_IPV4)))).toMatchObject({
      mappedHost: hostKeyOfText("192.0.2.1"),
      mappedPort: 32853,
    });
    expect(stunOf(message(0x0101, attribute(0x20, XOR_IPV6)))).toMatchObject({
      mappedHost: hostKeyOfText("2001:db8:1234:5678:11:2233:4455:6677"),
      mappedPort: 32853,
    });
  });

  test("MAPPED-ADDRESS counts where the other is missing (14.1)", () => {
    const plain = attribute(1, [0, 1, 0x10, 0x20, 10, 0, 0, 1]);
    expect(stunOf(message(0x0101, plain))).toMatchObject({
      mappedHost: hostKeyOfText("10.0.0.1"),
      mappedPort: 0x1020,
    });
    for (const both of [
      [...plain, ...attribute(0x20, XOR_IPV4)],
      [...attribute(0x20, XOR_IPV4), ...plain],
    ]) {
      expect(stunOf(message(0x0101, both)).mappedHost).toBe(hostKeyOfText("192.0.2.1"));
    }
  });

  test("USERNAME names both ICE users (RFC 8445 7.2.2)", () => {
    const names = (text: string) => stunOf(message(1, attribute(6, ascii(text))));
    expect(names("evtj:h6vY")).toMatchObject({
      hasUsername: true,
      receiverUser: user("evtj"),
      senderUser: user("h6vY"),
    });
    expect(names("alone")).toMatchObject({ hasUsername: true, receiverUser: user("alone") });
    expect(names(":")).toMatchObject({ hasUsername: true, receiverUser: 0, senderUser: 0 });
    expect(stunOf(message(1)).hasUsername).toBe(false);
  });

  test.each([
    ["a length beyond the datagram", message(1, [], 8)],
    ["an attribute beyond the message", message(1, [0, 6, 0, 9, 1, 2, 3, 4])],
    ["a header that is too short", message(1).slice(0, 19)],
  ])("%s is malformed", (_, payload) => {
    expect(stunOf(payload).isStun).toBe(false);
  });

  test("what the capture cut is nobody's fault", () => {
    const payload = message(0x0101, [...attribute(6, ascii("a:b")), ...attribute(0x20, XOR_IPV4)]);
    for (let cut = 0; cut <= 32; cut++) {
      expect(stunOf(payload, cut), `${cut}`).toMatchObject({ isStun: cut <= payload.length - 20 });
    }
    expect(stunOf(payload, 12)).toMatchObject({ hasUsername: true, mappedPort: 0 });
  });

  test("addresses of no family or too short tell nothing", () => {
    for (const value of [
      [0, 1, 2],
      [0, 2, ...XOR_IPV4.slice(2)],
      [0, 3, ...XOR_IPV6.slice(2)],
    ]) {
      expect(stunOf(message(0x0101, attribute(0x20, value)))).toMatchObject({
        isStun: true,
        mappedHost: -1,
        mappedPort: 0,
      });
    }
  });

  test("a view keeps nothing of the message before; 64 attributes are looked at", () => {
    const view = new StunView();
    const full = message(0x0101, [...attribute(6, ascii("a:b")), ...attribute(0x20, XOR_IPV4)]);
    stunOf(full, 0, view);
    expect(stunOf(message(1), 0, view)).toEqual(stunOf(message(1)));
    const empty = Array<number[]>(64).fill(attribute(0x8022, [])).flat();
    expect(stunOf(message(1, [...empty, ...attribute(6, ascii("a:b"))]))).toMatchObject({
      isStun: true,
      hasUsername: false,
    });
  });
});
