import { expect, it } from "vitest";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { PayloadRole } from "../../../../src/decode/sdp-media.ts";
import { isAside, NoiseBudget } from "../../../../src/track/rtp/rtp-aside.ts";

function aside(payloadType: number, bytes: number, role: PayloadRole = PayloadRole.NONE): boolean {
  const rtp = new RtpHeaderView();
  rtp.payloadType = payloadType;
  rtp.payloadEnd = bytes;
  return isAside(rtp, { [payloadType]: role });
}

it.each([
  ["comfort noise (RFC 3389)", 13, 1, PayloadRole.NONE, true],
  ["its old number", 19, 6, PayloadRole.NONE, true],
  ["an event that nobody announced (RFC 4733)", 101, 4, PayloadRole.NONE, true],
  ["two announced events in one packet", 97, 8, PayloadRole.TELEPHONE_EVENT, true],
  ["voice", 0, 160, PayloadRole.NONE, false],
  ["voice of a low rate", 18, 20, PayloadRole.NONE, false],
  ["voice dressed as an event", 101, 160, PayloadRole.TELEPHONE_EVENT, false],
  ["voice dressed as noise", 13, 160, PayloadRole.COMFORT_NOISE, false],
  ["silence of a dynamic codec", 111, 3, PayloadRole.MEDIA, false],
])("%s", (_, type, bytes, role, isOne) => {
  expect(aside(type, bytes, role)).toBe(isOne);
});

it("noise each 100 ms is noise, and so are a few at once; fifty a second are not", () => {
  const taken = (everyUs: number, count: number) => {
    const budget = new NoiseBudget();
    let packets = 0;
    for (let i = 0; i < count; i++) if (budget.take(1_000_000_000 + i * everyUs)) packets++;
    return packets;
  };
  expect(taken(100_000, 300)).toBe(300);
  expect(taken(20_000, 8)).toBe(8);
  expect(taken(20_000, 500)).toBeLessThan(120);
});
