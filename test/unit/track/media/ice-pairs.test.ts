import { describe, expect, it } from "vitest";
import { PacketView } from "../../../../src/decode/packet.ts";
import { StunClass, StunView } from "../../../../src/decode/stun.ts";
import { IcePairs } from "../../../../src/track/media/ice-pairs.ts";

const A = { host: 0x0a000001, port: 4000 };
const B = { host: 0x0a000002, port: 5000 };
type End = typeof A;

class Pairs {
  readonly pairs = new IcePairs();
  timeUs = 1_000_000_000;

  send(from: End, to: End, messageClass: StunClass, id: number, isTrusted = true): void {
    const packet = new PacketView();
    packet.srcHost = from.host;
    packet.srcPort = from.port;
    packet.dstHost = to.host;
    packet.dstPort = to.port;
    packet.timeUs = this.timeUs;
    const stun = new StunView();
    stun.method = 1;
    stun.messageClass = messageClass;
    stun.transactionLow = id;
    this.pairs.packet(packet, stun, isTrusted);
  }

  get isProven(): boolean {
    return this.pairs.isProven(B.host, B.port, A.host, A.port);
  }
}

describe("a pair of addresses (RFC 8445 7.2.5.3.1)", () => {
  it("is proven, both ways, by the success that repeats the check's transaction id", () => {
    const pairs = new Pairs();
    pairs.send(A, B, StunClass.REQUEST, 7);
    expect(pairs.isProven).toBe(false);
    pairs.send(B, A, StunClass.SUCCESS, 7);
    expect(pairs.isProven).toBe(true);
    expect(pairs.pairs.isProven(A.host, A.port, B.host, B.port)).toBe(true);
    expect(pairs.pairs.isProven(A.host, A.port, B.host, 5001)).toBe(false);
  });

  it.each<[string, (pairs: Pairs) => void]>([
    ["checks alone", (pairs) => pairs.send(A, B, StunClass.REQUEST, 7)],
    ["an answer that nobody asked for", (pairs) => pairs.send(B, A, StunClass.SUCCESS, 7)],
    [
      "an answer to another check",
      (pairs) => {
        pairs.send(A, B, StunClass.REQUEST, 7);
        pairs.send(B, A, StunClass.SUCCESS, 8);
      },
    ],
    [
      "the asker's own answer",
      (pairs) => {
        pairs.send(A, B, StunClass.REQUEST, 7);
        pairs.send(A, B, StunClass.SUCCESS, 7);
      },
    ],
    [
      "an error",
      (pairs) => {
        pairs.send(A, B, StunClass.REQUEST, 7);
        pairs.send(B, A, StunClass.ERROR, 7);
      },
    ],
    [
      "an answer by another way than its sender's",
      (pairs) => {
        pairs.send(A, B, StunClass.REQUEST, 7);
        pairs.send(B, A, StunClass.SUCCESS, 7, false);
      },
    ],
    [
      "an answer that comes a minute late",
      (pairs) => {
        pairs.send(A, B, StunClass.REQUEST, 7);
        pairs.timeUs += 60_000_000;
        pairs.send(B, A, StunClass.SUCCESS, 7);
      },
    ],
  ])("is not proven by %s", (_, play) => {
    const pairs = new Pairs();
    play(pairs);
    expect(pairs.isProven).toBe(false);
  });
});
