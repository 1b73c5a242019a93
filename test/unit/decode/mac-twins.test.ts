import { describe, expect, it } from "vitest";
import { MacTwins, macKey, macKeyOf } from "../../../src/decode/mac-twins.ts";
import { PacketView } from "../../../src/decode/packet.ts";

const [ONE, OTHER, THIRD] = [0x0201, 0x0202, 0x0203];

function noted(times: number): MacTwins {
  const twins = new MacTwins();
  for (let i = 0; i < times; i++) twins.note(i % 2 === 0 ? ONE : OTHER, i % 2 === 0 ? OTHER : ONE);
  return twins;
}

describe("MacTwins", () => {
  it("takes two addresses for one after eight copies, in either order", () => {
    expect(noted(7).areSame(ONE, OTHER)).toBe(false);
    expect(noted(8).areSame(ONE, OTHER)).toBe(true);
    expect(noted(8).areSame(OTHER, ONE)).toBe(true);
  });

  it("makes no third address a twin of a twin", () => {
    const twins = noted(8);
    for (let i = 0; i < 8; i++) twins.note(OTHER, THIRD);
    expect(twins.areSame(ONE, THIRD)).toBe(false);
    expect(twins.areSame(OTHER, THIRD)).toBe(true);
  });

  it("takes no link without addresses for a twin", () => {
    const twins = new MacTwins();
    for (let i = 0; i < 20; i++) twins.note(0, ONE);
    expect(twins.areSame(0, ONE)).toBe(false);
  });
});

describe("keys of MAC addresses", () => {
  it("are the same from a packet and from a number", () => {
    const packet = new PacketView();
    packet.bytes = Buffer.from("fedcba987654", "hex");
    packet.view = new DataView(packet.bytes.buffer, packet.bytes.byteOffset, 6);
    packet.srcMacStart = 0;
    expect(macKeyOf(packet)).toBe(macKey(0xfedcba987654));
    packet.srcMacStart = -1;
    expect(macKeyOf(packet)).toBe(macKey(-1));
  });
});
