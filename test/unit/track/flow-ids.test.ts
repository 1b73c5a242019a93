import { expect, it } from "vitest";
import { HostNames } from "../../../src/decode/host-names.ts";
import { connectionIdOf, flowIdOfEnds } from "../../../src/track/flow-id.ts";
import { FlowIds } from "../../../src/track/flow-ids.ts";

const ENDS = {
  srcHost: 0x0a000001,
  srcPort: 5060,
  dstHost: 0x0a000002,
  dstPort: 5061,
  ipProtocol: 17,
  flowStartUs: 1_700_000_000_000_000,
};

it("gives what the hash would, whatever was asked before", () => {
  const names = new HostNames();
  const ids = new FlowIds(names);
  const many = [
    ENDS,
    { ...ENDS, dstPort: 5060, srcPort: 5061 },
    { ...ENDS, dstPort: 5062 },
    { ...ENDS, ipProtocol: 6 },
    { ...ENDS, flowStartUs: ENDS.flowStartUs + 1 },
    // The same low bits, of another network.
    { ...ENDS, srcHost: ENDS.srcHost + 2 ** 32 },
    { ...ENDS, dstHost: ENDS.dstHost + 2 ** 32 },
  ];
  for (const ends of [...many, ...many]) expect(ids.of(ends)).toBe(flowIdOfEnds(ends, names));
});

it("has none for a packet that was in no flow", () => {
  const ids = new FlowIds(new HostNames());
  expect(ids.of({ ...ENDS, flowStartUs: 0 })).toBe(0);
  expect(ids.of({ ...ENDS, srcHost: -1 })).toBe(0);
});

it("is one for both ways of a TCP connection that has no flow", () => {
  const names = new HostNames();
  const { flowStartUs: _, ...ends } = { ...ENDS, ipProtocol: 6 };
  const back = {
    ...ends,
    ...{ srcHost: ends.dstHost, srcPort: ends.dstPort },
    ...{ dstHost: ends.srcHost, dstPort: ends.srcPort },
  };
  const id = connectionIdOf(ends, names);
  expect(id).toBeGreaterThan(0);
  expect(connectionIdOf(back, names)).toBe(id);
  expect(connectionIdOf({ ...ends, srcPort: 5062 }, names)).not.toBe(id);
  expect(connectionIdOf({ ...ends, srcHost: -1 }, names)).toBe(0);
});
