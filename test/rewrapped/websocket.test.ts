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
  runPackets,
} from "../support/rewrap.ts";
import { webSocketSession } from "../support/websocket.ts";

const HAS_TCP = "benign/b14_register_options_over_tcp.pcap";
const HAS_WRONG_ENDS = "malformed/torture_messages_udp.pcap";

describe("captures with SIP over WebSocket say what they say over UDP", () => {
  for (const [i, { name, path }] of bundledCaptures().entries()) {
    // Its own TCP connections have the ends that datagrams would get.
    if (name === HAS_TCP) continue;
    const isPacked = i % 2 === 1;
    it(`${name}${isPacked ? ", packed" : ""}`, async () => {
      const packets = await packetsOf(path);
      const random = dice(i);
      const cut = (payload: Buffer) => pieces(payload, 1 + Math.floor(random() * 900));
      const session = webSocketSession(isPacked);
      const inside = packets.flatMap(new OverTcp(cut, undefined, session).wrap);
      const said = (raw: typeof packets) => {
        const { alerts, pipeline } = runPackets(raw);
        // A frame ends a message whose Content-Length is wrong, but this capture has repaired ones.
        const whole = name === MADE_UP_SOURCES ? deeds(alerts) : alerts.map(accusation);
        const lines = name === HAS_WRONG_ENDS ? [] : whole;
        return { lines, messages: pipeline.statistics.sipMessages };
      };
      expect(said(inside)).toEqual(said(packets));
    });
  }
});
