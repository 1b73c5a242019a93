import { expect, it } from "vitest";
import { PacketView } from "../../../src/decode/packet.ts";

it("copyFrom takes every field of the other view", () => {
  const other = new PacketView();
  const fields = other as unknown as Record<string, unknown>;
  let value = 100;
  for (const [name, initial] of Object.entries(fields)) {
    if (typeof initial === "number") fields[name] = value++;
    else if (typeof initial === "boolean") fields[name] = !initial;
    else fields[name] = name.endsWith("view") ? new DataView(new ArrayBuffer(1)) : Buffer.alloc(1);
  }
  const copy = new PacketView();
  copy.copyFrom(other);
  for (const [name, seen] of Object.entries(copy))
    expect([name, seen]).toEqual([name, fields[name]]);
});
