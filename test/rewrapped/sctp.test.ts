import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import {
  accusation,
  deeds,
  dice,
  inSctpPieces,
  MADE_UP_SOURCES,
  overSctp,
  packetsOf,
  type RewrappedRun,
  runPackets,
} from "../support/rewrap.ts";

/** Start lines that are none for sure are not looked for in what SCTP carries, which may be anything. */
const HAS_ODD_STARTS = "malformed/torture_messages_udp.pcap";

describe("captures with SIP over SCTP say what they say over UDP (RFC 4168)", () => {
  for (const { name, path } of bundledCaptures()) {
    if (name === HAS_ODD_STARTS) continue;
    it(name, async () => {
      const packets = await packetsOf(path);
      const plain = runPackets(packets);
      const inside = runPackets(packets.flatMap(overSctp));
      const said = ({ alerts }: RewrappedRun) =>
        name === MADE_UP_SOURCES ? deeds(alerts) : alerts.map(accusation);
      expect(said(inside)).toEqual(said(plain));
      const { sipMessages } = plain.pipeline.statistics;
      expect(inside.pipeline.statistics.sipMessages).toBe(sipMessages);
      const random = dice(4);
      const cut = runPackets(packets.flatMap(inSctpPieces(1 + Math.floor(random() * 200), random)));
      expect(said(cut)).toEqual(said(plain));
      expect(cut.pipeline.statistics.sipMessages).toBe(sipMessages);
    });
  }
});
