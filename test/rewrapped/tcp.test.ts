import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import {
  accusation,
  deeds,
  dice,
  MADE_UP_SOURCES,
  OverTcp,
  packetsOf,
  pieces,
  type RawPacket,
  type RewrappedRun,
  runPackets,
  shuffled,
  type Wrap,
} from "../support/rewrap.ts";

function verdict({ alerts }: RewrappedRun): string[] {
  return alerts.map(accusation);
}

/** Without when, and which fact fired: in a stream no Content-Length can be wrong and no head without end. */
function rules({ alerts }: RewrappedRun): string[] {
  return alerts.map(({ signature, srcIp, destIp }) => `${signature.sid} ${srcIp} ${destIp}`).sort();
}

const HAS_WRONG_ENDS = "malformed/torture_messages_udp.pcap";

function saidOf(name: string): (run: RewrappedRun) => string[] {
  if (name === MADE_UP_SOURCES) return ({ alerts }) => deeds(alerts);
  return name === HAS_WRONG_ENDS ? rules : verdict;
}

function rewrapped(packets: readonly RawPacket[], wrap: Wrap): RewrappedRun {
  return runPackets(packets.flatMap(wrap));
}

describe("captures with SIP over TCP say what they say over UDP", () => {
  for (const { name, path } of bundledCaptures()) {
    it(name, async () => {
      const packets = await packetsOf(path);
      const said = saidOf(name);
      const plain = runPackets(packets);
      const whole = rewrapped(packets, new OverTcp().wrap);
      expect(said(whole)).toEqual(said(plain));
      const { sipMessages } = plain.pipeline.statistics;
      if (said === verdict) expect(whole.pipeline.statistics.sipMessages).toBe(sipMessages);
      const random = dice(9);
      const cut = (payload: Buffer) => pieces(payload, 1 + Math.floor(random() * 400));
      const order = <T>(items: readonly T[]) => shuffled(items, random);
      expect(said(rewrapped(packets, new OverTcp(cut, order).wrap))).toEqual(said(plain));
    });
  }
});
