import { expect, test } from "vitest";
import { openSource } from "../../../src/capture/file-source.ts";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView, SKIP_REASON_NAMES } from "../../../src/decode/packet.ts";
import { sharedCaptures, sharedCapturesMissing } from "../../support/shared-captures.ts";

test.skipIf(sharedCapturesMissing !== "")(
  `every capture of the corpus has the packets that its index says ${sharedCapturesMissing}`,
  async () => {
    const captures = [...sharedCaptures("lab"), ...sharedCaptures("real")];
    expect(captures.length).toBeGreaterThan(200);
    const packet = new PacketView();
    const skipped = new Map<string, number>();
    for (const { path, packets } of captures) {
      const end = await openSource([path]).run((frame) => {
        const name = SKIP_REASON_NAMES[decodePacket(frame, packet)] ?? "?";
        skipped.set(name, (skipped.get(name) ?? 0) + 1);
      });
      expect([path, end.packets, end.problems]).toEqual([path, packets, []]);
    }
    expect(skipped.get("link.type_unknown")).toBeUndefined();
    expect(skipped.get("none")).toBeGreaterThan(100_000);
  },
);
