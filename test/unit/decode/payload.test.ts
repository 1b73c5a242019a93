import { expect, test } from "vitest";
import { PayloadKind } from "../../../src/decode/classify.ts";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { PayloadTag, PayloadView } from "../../../src/decode/payload.ts";
import { frameOf } from "../../support/captured.ts";
import { udpPacket } from "../../support/pcap-writer.ts";

const payload = new PayloadView();

function tagOf(text: string) {
  const packet = new PacketView();
  decodePacket(frameOf(udpPacket(text)), packet);
  const tag = payload.decode(packet);
  expect(tag).toBe(payload.tag);
  return { tag, looksLike: payload.looksLike };
}

const RTP = "\x80\x08\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03";
const BYE = "\x81\xcb\x00\x01\x00\x00\x00\x05";
const STUN = "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl";

test("the tag says what was decoded, and its view is filled", () => {
  expect(tagOf(RTP)).toEqual({ tag: PayloadTag.RTP, looksLike: PayloadKind.RTP });
  expect(payload.rtp.ssrc).toBe(3);
  expect(tagOf("OPTIONS sip:a@b SIP/2.0\r\n\r\n")).toEqual({
    tag: PayloadTag.SIP,
    looksLike: PayloadKind.TEXT,
  });
  expect(payload.sip.text(payload.sip.uri)).toBe("sip:a@b");
  expect(tagOf(BYE)).toEqual({ tag: PayloadTag.RTCP, looksLike: PayloadKind.RTCP });
  expect(payload.rtcp.byeSsrcs[0]).toBe(5);
  expect(tagOf(STUN)).toEqual({ tag: PayloadTag.STUN, looksLike: PayloadKind.STUN });
  expect(payload.stun.method).toBe(1);
  expect(tagOf(`\x16\xfe\xff${"\0".repeat(10)}`).tag).toBe(PayloadTag.DTLS);
  expect(tagOf("\r\n\r\n").tag).toBe(PayloadTag.KEEPALIVE);
});

test.each([
  ["an RTP extension beyond the end", `\x90${RTP.slice(1)}`, PayloadKind.RTP],
  ["an RTCP length beyond the end", `${BYE.slice(0, 3)}\x09${BYE.slice(4)}`, PayloadKind.RTCP],
  ["a STUN length beyond the end", `\x00\x01\x00\x08${STUN.slice(4)}`, PayloadKind.STUN],
  ["text that is no SIP", "GET / HTTP/1.1\r\n\r\n", PayloadKind.TEXT],
  ["anything else", "\xff\xff\xff\xff", PayloadKind.OTHER],
])("%s is none of them, but one knows what it looked like", (_, text, looksLike) => {
  expect(tagOf(text)).toEqual({ tag: PayloadTag.OTHER, looksLike });
});
