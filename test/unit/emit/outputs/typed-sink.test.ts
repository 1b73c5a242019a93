import { describe, expect, it } from "vitest";
import type { DeliveryRecord } from "../../../../src/emit/delivery/delivery-record.ts";
import { eveHeader } from "../../../../src/emit/eve/eve-header.ts";
import { TypedSink } from "../../../../src/emit/outputs/typed-sink.ts";
import { EVE_TYPES } from "../../../../src/emit/record-types.ts";
import { FakeSink, refusal } from "../delivery/fakes.ts";

const HEADER = {
  ...{ timeUs: 1_700_000_000_000_000, flowId: 1, packetNumber: 1, vlan: -1 },
  ...{ srcIp: "192.0.2.1", srcPort: 5060, destIp: "192.0.2.2", destPort: 5060 },
  ...{ proto: "UDP", ipVersion: 4 },
} as const;

function lineOf(type: string, interfaceName = ""): string {
  const settings = {
    ...{ isReplay: true, interfaceName, sensor: "", textMax: 256 },
    ...{ ipv6Compress: false, communityId: false, communityIdSeed: 0 },
  };
  return `${eveHeader(HEADER, type, settings)}}`;
}

function recordsOf(lines: readonly string[]): DeliveryRecord[] {
  return lines.map((line, i) => ({
    sequence: i + 1,
    severity: 1,
    alertId: `a${i}`,
    key: "",
    line,
  }));
}

/** Lines that the output behind gets of these, in one batch. */
async function handedOn(types: readonly string[], lines: readonly string[]): Promise<string[]> {
  const sink = new FakeSink();
  await new TypedSink(sink, types, "typed").send(recordsOf(lines));
  return sink.received.map(({ line }) => line);
}

describe("TypedSink", () => {
  it.each(EVE_TYPES)("knows %s records as they are written", async (type) => {
    const lines = EVE_TYPES.map((each) => lineOf(each));
    expect(await handedOn([type], lines)).toEqual([lineOf(type)]);
  });

  it("keeps the order, and sends no empty batch", async () => {
    const lines = ["call", "case", "alert", "case"].map((type) => lineOf(type));
    expect(await handedOn(["case", "call"], lines)).toEqual([lines[0], lines[1], lines[3]]);
    const sink = new FakeSink();
    await new TypedSink(sink, ["incident"], "typed").send(recordsOf(lines));
    expect(sink.batches).toEqual([]);
  });

  it("is not misled by a text that looks like a type", async () => {
    const text = 'x","event_type":"case';
    const named = lineOf("alert", text);
    const said = `${lineOf("alert").slice(0, -1)},"sip":${JSON.stringify({ user_agent: text })}}`;
    expect(await handedOn(["case"], [named, said])).toEqual([]);
    expect(await handedOn(["alert"], [named, said])).toEqual([named, said]);
  });

  it("hands on a record whose type cannot be told: left out, it would count as delivered", async () => {
    const lines = ['{"n":1}', "", '{"event_type":""}', lineOf("alert")];
    expect(await handedOn(["case"], lines)).toEqual(lines.slice(0, 3));
  });

  it("fails as the output behind it does", async () => {
    const sink = new FakeSink();
    sink.onSend = () => Promise.reject(refusal());
    const typed = new TypedSink(sink, ["case"], "typed");
    await expect(typed.send(recordsOf([lineOf("case")]))).rejects.toThrow("too large");
    await typed.send(recordsOf([lineOf("call")]));
  });
});
