import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/config.ts";
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
import { SESSION_KEYS, tlsSession } from "../support/tls-session.ts";
import { webSocketSession } from "../support/websocket.ts";

const HAS_TCP = "benign/b14_register_options_over_tcp.pcap";
const HAS_WRONG_ENDS = "malformed/torture_messages_udp.pcap";
const folder = mkdtempSync(join(tmpdir(), "sipsentry-"));
const keyLog = join(folder, "sip.keys");
writeFileSync(keyLog, SESSION_KEYS);
const config = configSchema().parse({ capture: { keyLog } });
afterAll(() => rmSync(folder, { recursive: true }));

describe("captures with SIP over TLS say what they say over UDP, once the keys are there", () => {
  for (const [i, { name, path }] of bundledCaptures().entries()) {
    // Its own TCP connections have the ends that datagrams would get.
    if (name === HAS_TCP) continue;
    const version = i % 2 === 0 ? "1.2" : "1.3";
    it(`${name}, TLS ${version}`, async () => {
      const packets = await packetsOf(path);
      const random = dice(i);
      const cut = (payload: Buffer) => pieces(payload, 1 + Math.floor(random() * 900));
      const session = tlsSession(version, 1 + Math.floor(random() * 600));
      const inside = packets.flatMap(new OverTcp(cut, undefined, session).wrap);
      const said = (raw: typeof packets) => {
        const { alerts, pipeline } = runPackets(raw, { config });
        // A stream has no other end of a message than Content-Length.
        const whole = name === MADE_UP_SOURCES ? deeds(alerts) : alerts.map(accusation);
        const lines = name === HAS_WRONG_ENDS ? [] : whole;
        // Two of the made-up requests go from an end to itself, where no TLS can be.
        const isCounted = name !== HAS_WRONG_ENDS && name !== MADE_UP_SOURCES;
        const messages = isCounted ? pipeline.statistics.sipMessages : 0;
        return { lines, messages };
      };
      expect(said(inside)).toEqual(said(packets));
    });
  }

  it("and over a WebSocket in TLS", async () => {
    const { path = "" } = bundledCaptures().find(({ name }) => /bye_spoof/.test(name)) ?? {};
    const packets = await packetsOf(path);
    const outer = tlsSession("1.3");
    const inner = webSocketSession(false);
    const started = new Set<string>();
    const session = {
      ...outer,
      encode(payload: Buffer, isClient: boolean, ends: string): Buffer {
        const first = started.has(ends)
          ? Buffer.alloc(0)
          : isClient
            ? inner.question
            : inner.answer;
        started.add(ends);
        const frames = inner.encode(payload, isClient, ends);
        return outer.encode(Buffer.concat([first, frames]), isClient, ends);
      },
    };
    const inside = packets.flatMap(new OverTcp(undefined, undefined, session).wrap);
    const { alerts } = runPackets(inside, { config });
    expect(alerts.map(accusation)).toEqual(runPackets(packets).alerts.map(accusation));
  });
});
