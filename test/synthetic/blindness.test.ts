import { describe, expect, it } from "vitest";
import { defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { EventKind } from "../../src/track/facts/event-kind.ts";
import { ethernet, ipv4, udp } from "../support/pcap-writer.ts";
import { shippedRules } from "../support/run-capture.ts";
import { LiveCall, requestOf, stream } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, Wire } from "../support/wire.ts";

const ONE_WAY = 9107903;
const SILENT = 9107904;
const DROPS = 9107002;
const TABLE_FULL = 9107004;

const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const PHONE: Endpoint = { ip: "192.0.2.31", port: 5060 };
const PHONE6: Endpoint = { ip: "2001:db8::1:31", port: 5060 };
const PBX6: Endpoint = { ip: "2001:db8::10", port: 5060 };

function textsOf(alerts: readonly Alert[]): string[] {
  return alerts
    .filter(({ voip }) => voip.event?.startsWith("sensor."))
    .map(({ signature, srcIp, destIp }) => `${signature.sid} ${srcIp} > ${destIp}`);
}

/** Calls between a phone and its PBX, a minute each; `forth` and `back` say who is heard. */
function calls(
  wire: Wire,
  options: { count: number; forth?: boolean; back?: boolean; backPort?: number; ipv6?: boolean },
): void {
  const { count, forth = true, back = true, backPort, ipv6 = false } = options;
  for (let i = 0; i < count; i++) {
    const [phone, pbx] = ipv6 ? [PHONE6, PBX6] : [PHONE, PBX];
    const callerMedia = { ...phone, port: 10_000 + 2 * i };
    const calleeMedia = { ...pbx, port: 20_000 + 2 * i };
    const call = new LiveCall(wire, phone, pbx, { callerMedia, calleeMedia });
    wire.now += 0.1;
    if (forth) stream(wire, callerMedia, calleeMedia, { ssrc: 0x1000 + i, seconds: 10 });
    const sender = backPort === undefined ? calleeMedia : { ...calleeMedia, port: backPort + i };
    if (back) stream(wire, sender, callerMedia, { ssrc: 0x2000 + i, seconds: 10 });
    wire.now += 11;
    call.hangUp();
    wire.now += 49;
  }
  wire.now += 120;
  new LiveCall(wire, PHONE, PBX).hangUp(1);
}

describe("sensor.one_way", () => {
  it("is raised after four calls whose media is only seen one way, and names who is missing", () => {
    const wire = new Wire();
    calls(wire, { count: 5, back: false });
    const { alerts, alarms } = wire.run();
    expect(textsOf(alerts)).toEqual([`${ONE_WAY} 192.0.2.31 > 192.0.2.10`]);
    expect(alarms).toEqual([]);
    expect(alerts[0]?.voip.value).toBe(4);
    expect(alerts[0]?.evidence).toEqual([
      {
        what: "media from 192.0.2.10 to 192.0.2.31",
        expected: "packets, as the calls agreed on",
        seen: expect.stringMatching(/^none in \d calls/),
      },
    ]);
  });

  it("is raised for the other direction and for IPv6 too", () => {
    const wire = new Wire();
    calls(wire, { count: 5, forth: false, ipv6: true });
    expect(textsOf(wire.run().alerts)).toEqual([
      `${ONE_WAY} 2001:0db8:0000:0000:0000:0000:0000:0010 > 2001:0db8:0000:0000:0000:0000:0001:0031`,
    ]);
  });

  it("is not raised for three such calls: one-way audio happens", () => {
    const wire = new Wire();
    calls(wire, { count: 3, back: false });
    expect(wire.run().facts["sensor.one_way"]).toBeUndefined();
  });

  it("is not raised where media runs both ways, also from a port that receives nothing", () => {
    const both = new Wire();
    calls(both, { count: 6 });
    expect(both.run().facts["sensor.one_way"]).toBeUndefined();
    const asymmetric = new Wire();
    calls(asymmetric, { count: 6, backPort: 40_000 });
    expect(asymmetric.run().facts["sensor.one_way"]).toBeUndefined();
  });

  it("is not raised where SDP agreed on one direction (RFC 8866 6.7), as with a recorder", () => {
    const wire = new Wire();
    for (let i = 0; i < 6; i++) {
      const media = { ...PHONE, port: 10_000 + 2 * i };
      const sdp = audioSdp(media.ip, media.port).replace("a=sendrecv\r\n", "");
      const invite = requestOf(wire, PHONE, PBX, "INVITE", "201", {
        sdp: `${sdp}a=sendonly\r\n`,
      });
      wire.send(PHONE, PBX, invite.text);
      wire.send(PBX, PHONE, sipResponse(invite, 200, { toTag: "t" }), 0.1);
      stream(wire, media, { ...PBX, port: 20_000 + 2 * i }, { ssrc: i + 1, seconds: 10 });
      wire.now += 60;
    }
    wire.now += 120;
    new LiveCall(wire, PHONE, PBX).hangUp(1);
    expect(wire.run().facts["sensor.one_way"]).toBeUndefined();
  });

  it("is not raised for calls that were on hold and came back: who holds plays music one way", () => {
    for (const directions of [[], ["sendonly", "sendrecv"]]) {
      const wire = new Wire();
      for (let i = 0; i < 6; i++) {
        const callerMedia = { ...PHONE, port: 10_000 + 2 * i };
        const calleeMedia = { ...PBX, port: 20_000 + 2 * i };
        const call = new LiveCall(wire, PHONE, PBX, { callerMedia, calleeMedia });
        wire.now += 1;
        for (const direction of directions) {
          const sdp = audioSdp(callerMedia.ip, callerMedia.port).replace("sendrecv", direction);
          const answer = audioSdp(calleeMedia.ip, calleeMedia.port).replace(
            "sendrecv",
            direction === "sendonly" ? "recvonly" : direction,
          );
          const again = call.inDialog("INVITE", { sdp });
          wire.send(PHONE, PBX, again.text);
          wire.send(PBX, PHONE, sipResponse(again, 200, { sdp: answer }), 0.02);
          wire.now += 1;
        }
        stream(wire, callerMedia, calleeMedia, { ssrc: 0x1000 + i, seconds: 10 });
        wire.now += 11;
        call.hangUp();
        wire.now += 49;
      }
      wire.now += 120;
      new LiveCall(wire, PHONE, PBX).hangUp(1);
      // Without the hold it is.
      expect(wire.run().facts["sensor.one_way"]).toBe(directions.length === 0 ? 1 : undefined);
    }
  });

  it("is raised for a client that is answered and never seen asking", () => {
    const wire = new Wire();
    for (let i = 0; i < 40; i++) {
      const request = requestOf(wire, PHONE, PBX, "OPTIONS", "201");
      wire.send(PBX, PHONE, sipResponse(request, 200, { toTag: "t" }));
      wire.now += 1;
    }
    const { alerts, facts } = wire.run();
    expect(facts["sensor.one_way"]).toBe(1);
    expect(textsOf(alerts)).toEqual([`${ONE_WAY} 192.0.2.10 > 192.0.2.31`]);
  });

  it("is not raised for a client that is seen asking, whoever answers", () => {
    const wire = new Wire();
    for (let i = 0; i < 40; i++) {
      const request = requestOf(wire, PHONE, PBX, "OPTIONS", "201");
      wire.send(PHONE, PBX, request.text);
      wire.send({ ...PBX, ip: "192.0.2.11" }, PHONE, sipResponse(request, 200, { toTag: "t" }));
      wire.now += 1;
    }
    expect(wire.run().facts["sensor.one_way"]).toBeUndefined();
  });
});

describe("sensor.drops", () => {
  const chatter = (wire: Wire) => {
    for (let i = 0; i < 200; i++) {
      const request = requestOf(wire, PHONE, PBX, "OPTIONS", "201");
      wire.send(PHONE, PBX, request.text);
      wire.send(PBX, PHONE, sipResponse(request, 200, { toTag: "t" }), 0.1);
      wire.now += 1;
    }
  };

  it("is raised for each minute with more than a percent lost, and alerts once an hour", () => {
    const wire = new Wire();
    chatter(wire);
    const { alerts, facts } = wire.run((pipeline, seconds) => {
      pipeline.statistics.captureDrops = Math.floor(seconds / 10);
    });
    expect(facts["sensor.drops"]).toBe(3);
    const [drops, ...more] = alerts.filter(({ signature }) => signature.sid === DROPS);
    expect(more).toEqual([]);
    expect(drops?.signature.severity).toBe(3);
    expect(drops?.voip.value).toBeGreaterThan(4);
    expect(drops?.srcIp).toBe("");
    expect(drops?.evidence[0]?.seen).toMatch(/^6 of 126 in 60 s \(4\.76 %\)$/);
  });

  it("is not raised for less than a percent, nor for drops of long ago", () => {
    const wire = new Wire();
    chatter(wire);
    const { facts } = wire.run((pipeline, seconds) => {
      pipeline.statistics.captureDrops = seconds > 1 ? 1 : 0;
    });
    expect(facts["sensor.drops"]).toBeUndefined();
  });
});

describe("sensor.table_full", () => {
  /** As many calls at once as there are phones, then a minute goes by. */
  function liveCalls(count: number): Wire {
    const config = defaultConfig();
    const wire = new Wire({ config: { ...config, limits: { ...config.limits, callsMax: 64 } } });
    for (let i = 0; i < count; i++) {
      const phone = { ...PHONE, ip: `192.0.2.${100 + i}` };
      const callerMedia = { ...phone, port: 10_000 };
      const calleeMedia = { ...PBX, port: 20_000 + 2 * i };
      new LiveCall(wire, phone, PBX, { callerMedia, calleeMedia });
      wire.now += 1;
    }
    wire.now += 70;
    const request = requestOf(wire, PHONE, PBX, "OPTIONS", "201");
    wire.send(PHONE, PBX, request.text);
    wire.send(PBX, PHONE, sipResponse(request, 200, { toTag: "t" }), 0.1);
    return wire;
  }

  it("is raised when calls that were answered had to be forgotten, and names the table", () => {
    const wire = liveCalls(100);
    const { alerts } = wire.run();
    const [full, ...more] = alerts.filter(({ signature }) => signature.sid === TABLE_FULL);
    expect(more).toEqual([]);
    expect(full?.signature.severity).toBe(3);
    expect(full?.evidence.map(({ what }) => what)).toContain("table calls");
    expect(wire.pipeline.tracker.watchdog.faults).toEqual([
      expect.stringMatching(/^full tables: .*calls/),
    ]);
  });

  it("is not raised while there is room", () => {
    expect(liveCalls(60).run().facts["sensor.table_full"]).toBeUndefined();
  });
});

describe("sensor.responses_unseen", () => {
  it("says in numbers what is not seen", () => {
    const wire = new Wire();
    for (let i = 0; i < 40; i++) {
      wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "OPTIONS", "201").text);
      wire.now += 1;
    }
    const told = wire.run().alerts.find(({ signature }) => signature.sid === 9107902);
    expect(told?.evidence).toEqual([
      { what: "responses of the server", expected: "some", seen: "none, and 32 requests to it" },
    ]);
  });
});

describe("sensor.unread", () => {
  const UNREAD = 9107906;
  const SIPS: Endpoint = { ...PBX, port: 5061 };

  /** A TCP segment as TLS has it (RFC 8446 5.1). */
  function segment(data: Uint8Array, options: { from: Endpoint; to: Endpoint }): Buffer {
    const header = Buffer.alloc(20);
    header.writeUInt16BE(options.from.port, 0);
    header.writeUInt16BE(options.to.port, 2);
    header[12] = 0x50;
    const { from, to } = options;
    const body = Buffer.concat([header, data]);
    return ethernet(ipv4(body, { src: from.ip, dst: to.ip, protocol: 6 }));
  }

  function records(port: number, type: number): Wire {
    const wire = new Wire();
    for (let i = 0; i < 200; i++) {
      const to = { ...SIPS, port };
      const data = Buffer.from([type, 3, 3, 0, 40, ...Array.from({ length: 40 }, () => i)]);
      wire.frame(segment(data, { from: { ...PHONE, port: 40_000 }, to }));
      wire.now += 1;
    }
    return wire;
  }

  it("is raised each minute for TLS on the port of SIP, and alerts once an hour", () => {
    const { alerts, facts } = records(5061, 23).run();
    expect(facts["sensor.unread"]).toBe(4);
    expect(alerts.map(({ signature }) => signature.sid)).toEqual([UNREAD]);
    expect(alerts[0]?.signature.severity).toBe(4);
    expect(alerts[0]?.evidence).toEqual([
      { what: "SIP over TLS (port 5061)", expected: "none", seen: "10 packets" },
    ]);
  });

  it("says that the peers of TURN over TLS are not seen", () => {
    const { alerts } = records(5349, 23).run();
    expect(alerts.map(({ signature }) => signature.sid)).toEqual([UNREAD]);
    expect(alerts[0]?.evidence).toEqual([
      {
        what: "TURN over TLS (port 5349): its peers are not seen",
        expected: "none",
        seen: "10 packets",
      },
    ]);
  });

  it.each([
    ["TLS on another port", 443, 23],
    ["what is no TLS record", 5061, 65],
  ])("is not raised for %s", (_, port, type) => {
    expect(records(port, type).run().facts["sensor.unread"]).toBeUndefined();
  });

  it("is raised for messages that the snaplen cut, and shows in what the sensor sees", () => {
    for (const [bytes, facts] of [
      [1500, undefined],
      [200, 1],
      [68, 1],
    ] as const) {
      const wire = new Wire({ snaplen: bytes });
      for (let i = 0; i < 20; i++) {
        const request = requestOf(wire, PHONE, PBX, "OPTIONS", "201");
        wire.send(PHONE, PBX, request.text);
        wire.now += 1;
      }
      expect(wire.run().facts["sensor.unread"], `${bytes}`).toBe(facts);
      const seen =
        facts === undefined ? [] : [expect.stringMatching(/^not read: SIP messages cut/)];
      expect(wire.pipeline.tracker.watchdog.faults, `${bytes}`).toEqual(seen);
    }
  });

  /** Twenty requests, each as a frame that `wrap` makes of its IP packet. */
  function wrapped(wrap: (ip: Buffer) => Buffer): Wire {
    const wire = new Wire();
    for (let i = 0; i < 20; i++) {
      const { text } = requestOf(wire, PHONE, PBX, "OPTIONS", "201");
      const ends = { src: PHONE.ip, dst: PBX.ip, srcPort: PHONE.port, dstPort: PBX.port };
      wire.frame(wrap(ipv4(udp(Buffer.from(text), ends), ends)));
      wire.now += 1;
    }
    return wire;
  }

  const OUTER = { src: "198.18.0.1", dst: "198.18.0.2", srcPort: 40_000, dstPort: 9_999 };
  const HEAD = Buffer.from([9, 9, 9, 9, 0, 0, 0, 1]);

  it.each<[string, (ip: Buffer) => Buffer]>([
    ["IP protocol", (ip) => ethernet(ipv4(Buffer.concat([HEAD, ip]), { ...OUTER, protocol: 115 }))],
    ["UDP port", (ip) => ethernet(ipv4(udp(Buffer.concat([HEAD, ip]), OUTER), OUTER))],
    ["UDP port, without a header of its own", (ip) => ethernet(ipv4(udp(ip, OUTER), OUTER))],
    [
      "UDP port, behind a header that begins with a letter",
      (ip) => ethernet(ipv4(udp(Buffer.concat([Buffer.from("HEP3\0\x09"), ip]), OUTER), OUTER)),
    ],
    [
      "GRE type",
      (ip) =>
        ethernet(
          ipv4(Buffer.concat([Buffer.from([0, 0, 0x99, 0x99]), ip]), { ...OUTER, protocol: 47 }),
        ),
    ],
    ["link", (ip) => Buffer.concat([Buffer.alloc(12, 2), Buffer.from([0x99, 0x99]), HEAD, ip])],
  ])("is raised for SIP in a tunnel of an unknown %s", (_, wrap) => {
    const { alerts, facts } = wrapped(wrap).run();
    expect(facts["sensor.unread"]).toBe(1);
    expect(alerts.map(({ signature }) => signature.sid)).toEqual([UNREAD]);
    expect(alerts[0]?.evidence).toEqual([
      {
        what: "SIP in a tunnel, or behind headers, that are not known",
        expected: "none",
        seen: "10 packets",
      },
    ]);
  });

  it("is not raised for what only names SIP: logs, pages, and start lines without headers", () => {
    for (const text of [
      "\x01<14>proxy: OPTIONS sip:a@b SIP/2.0 from 10.0.0.1",
      "\x01speaks SIP/2.0\r\n\r\n",
      "\x01SIP/2.0 200 OK\r\n\r\n",
      "proxy: OPTIONS sip:a@b SIP/2.0 from 10.0.0.1",
    ]) {
      const wire = new Wire();
      for (let i = 0; i < 20; i++) {
        wire.send(PHONE, { ...PBX, port: 9_999 }, Buffer.from(text));
        wire.now += 1;
      }
      expect([text, wire.run().facts["sensor.unread"]]).toEqual([text, undefined]);
    }
  });

  it("is nothing of a stray packet", () => {
    const wire = new Wire({ snaplen: 200 });
    for (let i = 0; i < 9; i++) {
      wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "OPTIONS", "201").text);
      wire.now += 1;
    }
    expect(wire.run().facts["sensor.unread"]).toBeUndefined();
  });
});

describe("sensor.silent", () => {
  const START_US = 1_800_000_000_000_000;

  function pipelineOf(silenceS = 60): { pipeline: Pipeline; alerts: Alert[] } {
    const config = defaultConfig();
    const alerts: Alert[] = [];
    const pipeline = new Pipeline({
      config: { ...config, watchdog: { ...config.watchdog, silenceS } },
      ruleSet: shippedRules(),
      outputs: { alert: (alert) => alerts.push(alert) },
    });
    return { pipeline, alerts };
  }

  /** As live capture does on a silent link: a second at a time. */
  function tick(pipeline: Pipeline, seconds: number): void {
    for (let i = 0; i <= seconds; i++) pipeline.advance(START_US + i * 1e6);
  }

  it("is raised after a minute without a packet, also where none ever came, then as it doubles", () => {
    const { pipeline, alerts } = pipelineOf();
    tick(pipeline, 59);
    expect(pipeline.factCounts[EventKind.SENSOR_SILENT]).toBe(0);
    tick(pipeline, 250);
    expect(pipeline.factCounts[EventKind.SENSOR_SILENT]).toBe(3);
    expect(textsOf(alerts)).toEqual([`${SILENT}  > `]);
    expect(alerts[0]?.evidence[0]?.seen).toBe("none for 60 s, and none before");
    pipeline.finish();
    expect(pipeline.statistics.lastUs).toBe(pipeline.statistics.firstUs);
  });

  it("is never raised when watchdog.silenceS is 0", () => {
    const { pipeline } = pipelineOf(0);
    tick(pipeline, 1_000);
    expect(pipeline.factCounts[EventKind.SENSOR_SILENT]).toBe(0);
  });

  it("is not raised by a gap in a capture file", () => {
    const wire = new Wire();
    for (let i = 0; i < 3; i++) {
      new LiveCall(wire, PHONE, PBX).hangUp(1);
      wire.now += 4_000;
    }
    expect(wire.run().facts["sensor.silent"]).toBeUndefined();
  });
});
