import { describe, expect, it } from "vitest";
import { CALLEE, CALLER, type CallSide } from "../../../../src/track/calls/calls.ts";
import { NO_SUBJECT } from "../../../../src/track/facts/event.ts";
import { Rank } from "../../../../src/track/hosts/standing.ts";
import { Claim, type ClaimingCall } from "../../../../src/track/media/media-claim.ts";
import { Claims } from "../../../../src/track/media/media-claims.ts";
import { MediaEndpoint } from "../../../../src/track/media/media-endpoints.ts";
import { isOwnOf } from "../../../../src/track/media/media-marks.ts";

const PHONE = 0x0a000001;
const OTHER = 0x0a000002;
const STRANGER = 0xcb007142;
const NOW = 1_000_000_000;

function call(rank: Rank, hosts: number[], isLive = true): ClaimingCall & { isLive: boolean } {
  const has = (host: number) => hosts.includes(host);
  return {
    rank,
    isLive,
    parties: { has, wasHeard: has },
    subject: NO_SUBJECT,
    endpoints: [],
    addEndpoint: () => {},
    sideOfEndpoint: () => CALLER,
  };
}

function claim(claims: Claims, by: ClaimingCall, side: CallSide = CALLER): void {
  claims.add(new Claim(by, side));
  claims.settle(NOW, NOW);
}

describe("an address that several calls name", () => {
  it("stays its call's when an offer names it, and when a stranger's answered call does", () => {
    const claims = new Claims();
    const own = call(Rank.PARTY, [PHONE, OTHER]);
    claim(claims, own);
    claim(claims, call(Rank.SEEN, [STRANGER]));
    expect(claims.owner?.call).toBe(own);
    claim(claims, call(Rank.PARTY, [STRANGER]));
    expect(claims.owner?.call).toBe(own);
  });

  it("is the answered call's when another was only an offer, whichever came first", () => {
    const claims = new Claims();
    claim(claims, call(Rank.SEEN, [STRANGER]));
    const own = call(Rank.ACCEPTED, [PHONE]);
    claim(claims, own);
    expect(claims.owner?.call).toBe(own);
  });

  it("is the next call's when the first has ended, or when nothing was sent there for long", () => {
    const claims = new Claims();
    const first = call(Rank.PARTY, [PHONE]);
    claim(claims, first);
    const second = call(Rank.ACCEPTED, [PHONE]);
    claim(claims, second);
    expect(claims.owner?.call).toBe(first);
    claims.settle(NOW - 60_000_000, NOW);
    expect(claims.owner?.call).toBe(second);
    second.isLive = false;
    const third = call(Rank.SEEN, [PHONE]);
    claim(claims, third);
    expect(claims.owner?.call.isLive).toBe(true);
  });

  it("is never lost to a flood of offers", () => {
    const claims = new Claims();
    const own = call(Rank.PARTY, [PHONE]);
    claim(claims, own);
    for (let i = 0; i < 1000; i++) claim(claims, call(Rank.SEEN, [STRANGER]));
    expect(claims.owner?.call).toBe(own);
    expect(claims.list.length).toBeLessThanOrEqual(4);
  });
});

describe("a sender is the stream's own", () => {
  function shared(receivers: ClaimingCall[], senders: ClaimingCall[]): boolean {
    const [to, from] = [new Claims(), new Claims()];
    for (const by of receivers) claim(to, by);
    for (const by of senders) claim(from, by, CALLEE);
    return to.isSharedWith(from, PHONE);
  }

  const own = call(Rank.PARTY, [PHONE, OTHER]);

  it("when the receiver's call names it, or another call of the receiver's host", () => {
    expect(shared([own], [own])).toBe(true);
    const second = call(Rank.ACCEPTED, [PHONE, 5]);
    expect(shared([own, second], [second])).toBe(true);
  });

  it("not when a call of strangers names both ends, answered or not", () => {
    for (const rank of [Rank.SEEN, Rank.PARTY]) {
      const theirs = call(rank, [STRANGER]);
      expect(shared([own, theirs], [theirs])).toBe(false);
    }
  });
});

describe("media that goes on after BYE", () => {
  function isProof(other: ClaimingCall): boolean {
    const endpoint = new MediaEndpoint(PHONE, 4000);
    const own = call(Rank.PARTY, [PHONE]);
    claim(endpoint, own);
    claim(endpoint, other);
    return isOwnOf(endpoint, own);
  }

  it("proves nothing at an address that another answered call of the host uses", () => {
    expect(isProof(call(Rank.ACCEPTED, [PHONE]))).toBe(false);
  });

  it("is proof although a stranger names the address, in an offer or in a call of his own", () => {
    expect(isProof(call(Rank.SEEN, [PHONE]))).toBe(true);
    expect(isProof(call(Rank.PARTY, [STRANGER]))).toBe(true);
  });

  it("is proof when the other call is over", () => {
    expect(isProof(call(Rank.PARTY, [PHONE], false))).toBe(true);
  });
});
