import { describe, expect, it } from "vitest";
import { Frame } from "../../src/capture/frame.ts";
import { configSchema } from "../../src/config/config.ts";
import { EveWriter } from "../../src/emit/eve/eve.ts";
import { SCHEMAS } from "../../src/emit/schemas.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import type { CallRecord } from "../../src/track/call-records/call-record.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { byAgent, hep3, hepChunk, type Seen } from "../support/hep.ts";
import { packetsOf, type RawPacket, type Wrap } from "../support/rewrap.ts";
import { shippedRules } from "../support/run-capture.ts";
import { inTunnel, TUNNELS, type Tunnel } from "../support/tunnels.ts";

type Line = Readonly<Record<string, unknown>>;

const ATTACK = "bruteforce/svcrack_dictionary.pcap";
const CALL = "benign/b02_call_two_way_rtp.pcap";

async function packets(name: string): Promise<RawPacket[]> {
  const path = bundledCaptures().find((capture) => capture.name === name)?.path ?? "";
  return packetsOf(path);
}

/** EVE lines of alerts and SIP messages, and calls, of packets that came that way. */
function written(all: readonly RawPacket[], sensor = "") {
  const config = configSchema().parse({ eve: { sensor } });
  const writer = new EveWriter({ ...config.eve, isReplay: true, interfaceName: "" });
  const alerts: Line[] = [];
  const messages: Line[] = [];
  const calls: CallRecord[] = [];
  const pipeline = new Pipeline({
    config,
    ruleSet: shippedRules(),
    outputs: {
      alert: (alert) => alerts.push(JSON.parse(writer.alert(alert))),
      sip: (record) => messages.push(JSON.parse(writer.sip(record))),
      call: (record) => calls.push(record),
    },
  });
  const frame = new Frame();
  for (const { bytes, linkType, timeUs } of all) {
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.start = 0;
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = timeUs;
    frame.linkType = linkType;
    frame.number++;
    pipeline.onFrame(frame);
  }
  pipeline.finish();
  return { alerts, messages, calls, rtcpPackets: pipeline.statistics.rtcpPackets };
}

describe("EVE tunnel, as Suricata writes it", () => {
  const cases: readonly [string, string, string, number][] = [
    ["VXLAN", "vxlan encapsulation", "UDP", 1],
    ["GENEVE", "geneve encapsulation", "UDP", 1],
    ["LISP", "lisp encapsulation", "UDP", 1],
    ["GRE", "gre tunnel", "GRE", 1],
    ["ERSPAN II", "gre tunnel", "GRE", 1],
    ["IP in IP", "ipv4 tunnel", "IPv4", 1],
    ["GTP-U", "gtp encapsulation", "UDP", 1],
  ];

  it.each(cases)("%s", async (name, source, proto, depth) => {
    const tunnel = TUNNELS[name] as Tunnel;
    expect(tunnel, `one of ${Object.keys(TUNNELS).join(", ")}`).toBeDefined();
    const { alerts, messages } = written((await packets(ATTACK)).flatMap(inTunnel(tunnel)));
    // What shows later than its packet does not know any more how that came.
    const seen = alerts.filter(({ tunnel }) => tunnel !== undefined);
    expect(seen.length).toBeGreaterThan(0);
    for (const alert of seen) {
      expect(alert.pkt_src).toBe(source);
      expect(alert.tunnel).toMatchObject({ proto, depth, pkt_src: "wire/pcap" });
      expect(alert.tunnel).not.toMatchObject({ src_ip: alert.src_ip });
    }
    expect(new Set(messages.map(({ pkt_src }) => pkt_src))).toEqual(new Set([source]));
  });

  it("a packet in none has none", async () => {
    const { alerts, messages } = written(await packets(ATTACK));
    for (const line of [...alerts, ...messages]) expect(line).not.toHaveProperty("tunnel");
    expect(new Set(messages.map(({ pkt_src }) => pkt_src))).toEqual(new Set(["wire/pcap"]));
  });

  it("nested ones count, and the outermost is told", async () => {
    const vxlan = inTunnel(TUNNELS.VXLAN as Tunnel);
    const gre = inTunnel(TUNNELS.GRE as Tunnel);
    const { alerts } = written((await packets(ATTACK)).flatMap(vxlan).flatMap(gre));
    const seen = alerts.filter(({ tunnel }) => tunnel !== undefined);
    expect(seen.length).toBeGreaterThan(0);
    for (const alert of seen) {
      expect(alert.tunnel).toMatchObject({ proto: "GRE", depth: 2 });
      expect(alert.pkt_src).toBe("vxlan encapsulation");
    }
  });

  it("the schema knows every source", () => {
    const schema = SCHEMAS.eve as { $defs: { packetSource: { enum: string[] } } };
    expect(schema.$defs.packetSource.enum).toEqual(
      expect.arrayContaining(cases.map(([, source]) => source)),
    );
  });
});

describe("what a capture agent has seen", () => {
  const asHep = (seen: Seen) => hep3(seen);

  it("names the agent as the sensor", async () => {
    const all = (await packets(CALL)).flatMap(byAgent(asHep));
    expect(new Set(written(all).messages.map(({ host }) => host))).toEqual(new Set(["hep:77"]));
    expect(new Set(written(all, "edge").messages.map(({ host }) => host))).toEqual(
      new Set(["edge/hep:77"]),
    );
    const plain = written(await packets(CALL), "edge").messages;
    expect(new Set(plain.map(({ host }) => host))).toEqual(new Set(["edge"]));
  });

  it("RTCP as JSON is read, and its score is in the call's record", async () => {
    const wrap: Wrap = byAgent((seen) => {
      const [first = 0] = seen.payload;
      if ((first & 0xc0) !== 0x80 || (seen.payload[1] ?? 0) !== 200) return hep3(seen);
      const { payload } = seen;
      const json = {
        sender_information: {
          ntp_timestamp_sec: payload.readUInt32BE(8),
          ntp_timestamp_usec: payload.readUInt32BE(12),
          rtp_timestamp: payload.readUInt32BE(16),
          packets: payload.readUInt32BE(20),
          octets: payload.readUInt32BE(24),
        },
        ssrc: payload.readUInt32BE(4),
        type: 200,
        report_count: 0,
        report_blocks: null,
      };
      const mos = Buffer.from([0x01, 0x37]);
      const told = { ...seen, payload: Buffer.from(JSON.stringify(json)) };
      return hep3(told, { type: 5, extra: [hepChunk(32, mos)] });
    });
    const raw = await packets(CALL);
    const plain = written(raw);
    const seen = written(raw.flatMap(wrap));
    expect(plain.rtcpPackets).toBeGreaterThan(0);
    expect(seen.rtcpPackets).toBe(plain.rtcpPackets);
    expect(plain.calls.map(({ agentMos }) => agentMos)).not.toContain(3.11);
    expect(seen.calls.map(({ agentMos }) => agentMos)).toContain(3.11);
  });
});
