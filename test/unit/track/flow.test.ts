import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FLOW_ESTABLISHED_TIMEOUT_US,
  FLOW_NEW_TIMEOUT_US,
  FlowTable,
} from "../../../src/track/flow.ts";
import { type PacketFields, packetView } from "../../support/packet-view.ts";

const THERE: PacketFields = { src: 2, dst: 1, srcPort: 5060, dstPort: 5062, timeUs: 1e6 };
const BACK: PacketFields = { src: 1, dst: 2, srcPort: 5062, dstPort: 5060, timeUs: 2e6 };

describe("FlowTable", () => {
  it("is one flow in both directions; who speaks first is the client", () => {
    const flows = new FlowTable(16);
    const slot = flows.track(packetView(THERE));
    expect(flows.isEstablished(slot)).toBe(false);
    expect(flows.track(packetView({ ...BACK, wireLength: 60 }))).toBe(slot);
    expect(flows.isEstablished(slot)).toBe(true);
    expect([flows.clientHost(slot), flows.clientPort(slot)]).toEqual([2, 5060]);
    expect([flows.serverHost(slot), flows.serverPort(slot)]).toEqual([1, 5062]);
    expect([flows.packets(slot, true), flows.packets(slot, false)]).toEqual([1, 1]);
    expect([flows.bytes(slot, true), flows.bytes(slot, false)]).toEqual([100, 60]);
    expect([flows.firstUs(slot), flows.lastUs(slot)]).toEqual([1e6, 2e6]);
  });

  it.each([{ srcPort: 5061 }, { dstPort: 5061 }, { src: 3 }, { dst: 3 }, { protocol: 6 }])(
    "is another flow with %o",
    (change) => {
      const flows = new FlowTable(16);
      const slot = flows.track(packetView(THERE));
      expect(flows.track(packetView({ ...THERE, ...change }))).not.toBe(slot);
    },
  );

  it("tells the directions of a host that talks to itself by the port", () => {
    const flows = new FlowTable(16);
    const there = packetView({ ...THERE, dst: 2 });
    const back = packetView({ ...THERE, dst: 2, srcPort: 5062, dstPort: 5060 });
    const slot = flows.track(there);
    expect(flows.track(back)).toBe(slot);
    expect([flows.isToServer(slot, there), flows.isToServer(slot, back)]).toEqual([true, false]);
  });

  it("swaps sides with their counters", () => {
    const flows = new FlowTable(16);
    const slot = flows.track(packetView(THERE));
    flows.swapSides(slot);
    expect(flows.clientHost(slot)).toBe(1);
    expect([flows.packets(slot, true), flows.packets(slot, false)]).toEqual([0, 1]);
    flows.track(packetView(BACK));
    expect([flows.packets(slot, true), flows.packets(slot, false)]).toEqual([1, 1]);
    expect(flows.isEstablished(slot)).toBe(true);
  });

  it.each([
    ["seen in one direction", FLOW_NEW_TIMEOUT_US, [THERE]],
    ["established", FLOW_ESTABLISHED_TIMEOUT_US, [THERE, { ...BACK, timeUs: THERE.timeUs }]],
  ] as const)("ends after the timeout, %s", (_, timeoutUs, packets) => {
    const flows = new FlowTable(16);
    const ended: string[] = [];
    flows.onEnd = (slot, reason) => ended.push(`${flows.clientPort(slot)} ${reason}`);
    for (const packet of packets) flows.track(packetView(packet));
    flows.expire(THERE.timeUs + timeoutUs);
    expect(ended).toEqual([]);
    flows.expire(THERE.timeUs + timeoutUs + 1);
    expect(ended).toEqual(["5060 timeout"]);
    expect(flows.size).toBe(0);
  });

  it("begins anew, with another generation, when a packet comes after the timeout", () => {
    const flows = new FlowTable(16);
    const before = flows.track(packetView(THERE));
    const generation = flows.generation(before);
    const after = flows.track(packetView({ ...BACK, timeUs: 1e6 + FLOW_NEW_TIMEOUT_US + 1 }));
    expect(flows.clientHost(after)).toBe(1);
    expect(after === before && flows.generation(after) === generation).toBe(false);
    expect(flows.created).toBe(2);
  });

  it("evicts the longest silent flow when it is full, and counts it", () => {
    const flows = new FlowTable(3);
    const ended: string[] = [];
    flows.onEnd = (slot, reason) => ended.push(`${flows.clientPort(slot)} ${reason}`);
    for (const [i, srcPort] of [1, 2, 3, 1, 4].entries()) {
      flows.track(packetView({ ...THERE, srcPort, timeUs: (i + 1) * 2e6 }));
    }
    expect(ended).toEqual(["2 forced"]);
    expect([flows.size, flows.evictions, flows.created]).toEqual([3, 1, 4]);
    flows.shutdown();
    expect(ended.slice(1).sort()).toEqual(["1 shutdown", "3 shutdown", "4 shutdown"]);
  });

  it("does as a Map does: probe chains stay whole through deletion (backward shift)", () => {
    const step = fc.record({ port: fc.nat(24), pauseUs: fc.constantFrom(0, 1, 2e6, 16e6, 31e6) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(step, { maxLength: 80 }),
        (capacity, steps) => {
          const flows = new FlowTable(capacity);
          /** Last packet and count by port, in order of the last packet, as the list keeps it. */
          const model = new Map<number, { lastUs: number; packets: number }>();
          const dropped: number[] = [];
          flows.onEnd = (slot) => dropped.push(flows.clientPort(slot));
          let nowUs = 1e6;
          for (const { port, pauseUs } of steps) {
            nowUs += pauseUs + 1;
            flows.expire(nowUs);
            flows.track(packetView({ ...THERE, srcPort: port, timeUs: nowUs }));
            for (const gone of dropped.splice(0)) expect(model.delete(gone)).toBe(true);
            const packets = (model.get(port)?.packets ?? 0) + 1;
            model.set(port, { lastUs: nowUs, packets });
            expect(flows.size).toBe(model.size);
          }
          for (const [port, { lastUs, packets }] of model) {
            // Looking a flow up counts a packet to it; one that was lost would be made anew.
            const created = flows.created;
            const slot = flows.track(packetView({ ...THERE, srcPort: port, timeUs: lastUs }));
            expect(flows.created).toBe(created);
            expect(flows.packets(slot, true)).toBe(packets + 1);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
