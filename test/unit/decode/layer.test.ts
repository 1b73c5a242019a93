import { expect, test } from "vitest";
import { IpProtocol, isLayer, Layer, stepOfProtocol } from "../../../src/decode/layer.ts";
import { SkipReason } from "../../../src/decode/packet.ts";

test("a step is a layer or a reason, never both", () => {
  expect(Object.values(SkipReason).some((reason) => isLayer(reason))).toBe(false);
  expect(Object.values(Layer).every((layer) => isLayer(layer))).toBe(true);
});

test.each([
  [IpProtocol.UDP, Layer.UDP],
  [IpProtocol.TCP, SkipReason.TCP],
  [IpProtocol.ICMP, SkipReason.ICMP],
  [IpProtocol.ICMPV6, SkipReason.ICMP],
  [IpProtocol.IPV4, Layer.IP_IN_IP],
  [IpProtocol.IPV6, Layer.IP_IN_IP],
  [IpProtocol.GRE, Layer.GRE],
  [IpProtocol.MPLS, Layer.IP_IN_IP],
  [132, SkipReason.SCTP],
])("after IP with protocol %i comes step %i", (protocol, step) => {
  expect(stepOfProtocol(protocol)).toBe(step);
});
