import { expect, it } from "vitest";
import { communityId } from "../../../src/emit/community-id.ts";

// Vectors of the specification's baseline (github.com/corelight/community-id-spec, seed 0).
const TCP = {
  srcIp: "128.232.110.120",
  srcPort: 34855,
  destIp: "66.35.250.204",
  destPort: 80,
  protocol: 6,
};
const UDP = {
  srcIp: "192.168.1.52",
  srcPort: 54585,
  destIp: "8.8.8.8",
  destPort: 53,
  protocol: 17,
};

it("agrees with the published vectors in both directions", () => {
  for (const [flow, id] of [
    [TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="],
    [UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="],
  ] as const) {
    const back = {
      ...flow,
      srcIp: flow.destIp,
      srcPort: flow.destPort,
      destIp: flow.srcIp,
      destPort: flow.srcPort,
    };
    expect(communityId(flow, 0)).toBe(id);
    expect(communityId(back, 0)).toBe(id);
  }
  expect(communityId(TCP, 1)).toBe("1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
});

it("does not depend on how an IPv6 address is written, and is empty without addresses", () => {
  const flow = {
    srcIp: "2001:db8::1",
    srcPort: 1,
    destIp: "2001:db8::2",
    destPort: 2,
    protocol: 17,
  };
  const long = { ...flow, srcIp: "2001:0db8:0000:0000:0000:0000:0000:0001" };
  expect(communityId(flow, 0)).toBe(communityId(long, 0));
  expect(communityId({ ...flow, srcIp: "::?" }, 0)).toBe("");
});
