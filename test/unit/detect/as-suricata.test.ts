import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { Frame, LinkType } from "../../../src/capture/frame.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import type { Alert } from "../../../src/detect/alerts/alert.ts";
import { EveWriter } from "../../../src/emit/eve/eve.ts";
import type { FlowRecord, SipRecord } from "../../../src/emit/records.ts";
import { SCHEMAS } from "../../../src/emit/schemas.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";
import { loadText, PHONE, Rig, request, response, SERVER, START_US, udpDatagram } from "./rig.ts";

/** What a real Suricata does on the same packets, where it is not plain from its manual. */

const UNFOLDED = { incidents: { fold: false } };
const REGISTER = request("REGISTER");
const OPTIONS = request("OPTIONS");

const WRITER = new EveWriter({
  ipv6Compress: true,
  communityId: false,
  communityIdSeed: 0,
  sensor: "",
  textMax: 2048,
  interfaceName: "",
  isReplay: true,
});

describe("unique_on", () => {
  const filter = (counter: string) =>
    new Rig(
      `alert udp any any -> any any (msg:"r"; content:"REGISTER"; ${counter}; sid:1;)`,
      UNFOLDED,
    );

  it("with detection_filter alerts on every match once there are more values than the count", () => {
    const rig = filter("detection_filter:track by_src, count 1, seconds 60, unique_on src_port");
    const ports = [5060, 5060, 5062, 5062, 5060, 5062];
    const sids = ports.map((srcPort, at) => rig.send({ srcPort, payload: REGISTER, at }));
    expect(sids).toEqual([[], [], [1], [1], [1], [1]]);
  });

  it("with the types of threshold alerts on new values only", () => {
    const rig = filter(
      "threshold:type both, track by_src, count 2, seconds 60, unique_on src_port",
    );
    const ports = [5060, 5060, 5062, 5062, 5060, 5064];
    const sids = ports.map((srcPort, at) => rig.send({ srcPort, payload: REGISTER, at }));
    expect(sids).toEqual([[], [], [1], [], [], []]);
  });

  it("goes on alerting when a key has more values than are remembered", () => {
    const rig = filter("detection_filter:track by_dst, count 1, seconds 6000, unique_on src_ip");
    let alerts = 0;
    for (let i = 0; i < 3000; i++) {
      const src = `198.51.${i >> 8}.${i & 255}`;
      alerts += rig.send({ src, payload: REGISTER, at: i / 10 }).length;
    }
    expect(alerts).toBe(2999);
  });
});

describe("pass", () => {
  const rules = [
    'pass udp any any -> any any (msg:"site"; content:"OPTIONS"; startswith; sid:1;)',
    'alert udp any any -> any any (msg:"mark"; content:"OPTIONS"; startswith; xbits:set,seen,track ip_src,expire 60; noalert; sid:2;)',
    'alert udp any any -> any any (msg:"alerts"; content:"OPTIONS"; xbits:set,loud,track ip_src,expire 60; sid:3;)',
    'alert udp any any -> any any (msg:"plain"; content:"OPTIONS"; sid:4;)',
    'alert udp any any -> any any (msg:"reads"; content:"REGISTER"; xbits:isset,seen,track ip_src; sid:5;)',
    'alert udp any any -> any any (msg:"reads loud"; content:"REGISTER"; xbits:isset,loud,track ip_src; sid:6;)',
  ].join("\n");

  it("keeps alerts back and leaves rules that set bits their work", () => {
    const rig = new Rig(rules, UNFOLDED);
    expect(rig.send({ payload: OPTIONS })).toEqual([]);
    expect(rig.send({ payload: REGISTER, at: 1 })).toEqual([5, 6]);
  });

  it("on a fact does so too, and neither counts nor sets on_alert", () => {
    const rig = new Rig(
      [
        'pass sip any any -> any any (msg:"p"; app-layer-event:sip.auth_failed; sid:1;)',
        'alert sip any any -> any any (msg:"m"; app-layer-event:sip.auth_failed; xbits:set,m,track by_src,expire 9; noalert; sid:2;)',
        'alert sip any any -> any any (msg:"a"; app-layer-event:sip.auth_failed; xbits:set,a,track by_src,expire 9,on_alert; sid:3;)',
        'alert sip any any -> any any (msg:"r"; app-layer-event:sip.auth_ok; xbits:isset,m,track by_src; sid:4;)',
        'alert sip any any -> any any (msg:"s"; app-layer-event:sip.auth_ok; xbits:isset,a,track by_src; sid:5;)',
      ].join("\n"),
      UNFOLDED,
    );
    expect(rig.raise("sip.auth_failed")).toEqual([]);
    expect(rig.raise("sip.auth_ok", { at: 1 })).toEqual([4]);
  });
});

describe("an empty datagram", () => {
  it.each(['content:!"SIP"', 'pcre:!"/SIP/"', "isdataat:!1"])("does not match %s", (match) => {
    const rig = new Rig(`alert udp any any -> any any (msg:"r"; ${match}; sid:1;)`, UNFOLDED);
    expect(rig.send({ payload: "" })).toEqual([]);
    expect(rig.send({ payload: "x" })).toEqual([1]);
  });

  it("matches a rule that asks for no payload", () => {
    const rig = new Rig('alert udp any any -> any any (msg:"r"; dsize:0; sid:1;)', UNFOLDED);
    expect(rig.send({ payload: "" })).toEqual([1]);
  });
});

describe("alerts of one packet", () => {
  const rules = Array.from(
    { length: 20 },
    (_, i) =>
      `alert udp any any -> any any (msg:"r"; content:"REGISTER"; priority:${i === 19 ? 1 : 2}; sid:${i + 1};)`,
  ).join("\n");

  it("are fifteen at most, the gravest among them, and the rest is counted", () => {
    const rig = new Rig(rules, UNFOLDED);
    const sids = rig.send({ payload: REGISTER });
    expect(sids).toHaveLength(15);
    expect(sids[0]).toBe(20);
    expect(rig.engine.counters.overflow).toBe(5);
  });

  it("are as many as the option says, also after a reload", () => {
    const load = loadText(rules);
    const rig = new Rig({ ...load, ruleSet: { ...load.ruleSet, packetAlertsMax: 3 } }, UNFOLDED);
    expect(rig.send({ payload: REGISTER })).toHaveLength(3);
    rig.engine.reload({ ...load.ruleSet, packetAlertsMax: 18 }, START_US + 1e6);
    expect(rig.send({ payload: REGISTER, at: 2 })).toHaveLength(18);
  });
});

/** An ICMP error from the server about a datagram of the phone. */
function unreachable(quoted: Buffer): Buffer {
  const icmp = Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), quoted]);
  const ip = Buffer.from(udpDatagram({ src: SERVER, dst: PHONE }).subarray(0, 20));
  ip[9] = 1;
  ip.writeUInt16BE(20 + icmp.length, 2);
  return Buffer.concat([ip, icmp]);
}

interface Records {
  readonly alerts: Alert[];
  readonly flows: FlowRecord[];
  readonly messages: SipRecord[];
}

/** Raw IP packets through the whole pipeline, a second apart. */
function run(rules: string, packets: readonly Buffer[]): Records {
  const records: Records = { alerts: [], flows: [], messages: [] };
  const config = defaultConfig();
  config.incidents.fold = false;
  const pipeline = new Pipeline({
    config,
    ruleSet: loadText(rules).ruleSet,
    outputs: {
      alert: (alert) => records.alerts.push(alert),
      flow: (flow) => records.flows.push(flow),
      sip: (message) => records.messages.push(message),
    },
  });
  packets.forEach((bytes, i) => {
    const frame = new Frame();
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = START_US + i * 1e6;
    frame.linkType = LinkType.RAW;
    frame.number = i + 1;
    pipeline.onFrame(frame);
  });
  pipeline.finish();
  return records;
}

describe("an ICMP error that quotes a SIP request", () => {
  const rules = [
    'alert ip any any -> any any (msg:"ip"; content:"REGISTER sip"; sid:1;)',
    'alert udp any any -> any any (msg:"udp"; content:"REGISTER sip"; sid:2;)',
    'alert sip any any -> any any (msg:"sip"; content:"REGISTER sip"; sid:3;)',
    'alert icmp any any -> any any (msg:"icmp"; content:"REGISTER sip"; sid:4;)',
    'alert ip6 any any -> any any (msg:"ip6"; content:"REGISTER sip"; sid:5;)',
    'alert ip any any -> any 5060 (msg:"port"; content:"REGISTER sip"; sid:6;)',
  ].join("\n");

  it("is seen by rules on ip and icmp, and by no other", () => {
    const { alerts } = run(rules, [unreachable(udpDatagram({ payload: REGISTER }))]);
    expect(alerts.map(({ signature, proto }) => [signature.sid, proto])).toEqual([
      [1, "ICMP"],
      [4, "ICMP"],
    ]);
    expect(alerts[0]).toMatchObject({ srcIp: SERVER, destIp: PHONE, srcPort: 0, packetNumber: 1 });
  });

  it("may be cut anywhere", () => {
    const whole = unreachable(udpDatagram({ payload: REGISTER }));
    for (let end = 20; end < whole.length; end += 41) {
      expect(run(rules, [whole.subarray(0, end)]).alerts.length).toBeLessThanOrEqual(2);
    }
  });
});

describe("EVE", () => {
  it("names attacker and victim where the rule has a target", () => {
    const rig = new Rig(
      [
        'alert udp any any -> any any (msg:"d"; content:"REGISTER"; target:dest_ip; sid:1;)',
        'alert udp any any -> any any (msg:"s"; content:"REGISTER"; target:src_ip; sid:2;)',
        'alert udp any any -> any any (msg:"n"; content:"REGISTER"; sid:3;)',
      ].join("\n"),
      UNFOLDED,
    );
    rig.send({ payload: REGISTER, srcPort: 5061 });
    const [atDst, atSrc, none] = rig.alerts.map((alert) => JSON.parse(WRITER.alert(alert)).alert);
    const phone = { ip: PHONE, port: 5061 };
    const server = { ip: SERVER, port: 5060 };
    expect([atDst.source, atDst.target]).toEqual([phone, server]);
    expect([atSrc.source, atSrc.target]).toEqual([server, phone]);
    expect([none.source, none.target]).toEqual([undefined, undefined]);
  });

  it("is as the schema says, with ends, bits and ICMP", () => {
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(SCHEMAS.eve);
    const rules = [
      'alert ip any any -> any any (msg:"icmp"; content:"REGISTER sip"; target:dest_ip; sid:1;)',
      'alert sip any any -> any any (msg:"bits"; sip.method; content:"REGISTER"; flowbits:set,reg; target:src_ip; sid:2;)',
    ].join("\n");
    const register = udpDatagram({ payload: REGISTER });
    const { alerts, flows, messages } = run(rules, [register, unreachable(register)]);
    const lines = [
      ...alerts.map((alert) => WRITER.alert(alert)),
      ...flows.map((flow) => WRITER.flow(flow)),
      ...messages.map((message) => WRITER.sip(message)),
    ];
    expect(alerts.map(({ signature }) => signature.sid)).toEqual([2, 1, 1]);
    for (const line of lines) {
      validate(JSON.parse(line));
      expect(validate.errors ?? [], line).toEqual([]);
    }
  });

  it("shows the bits of the flow in alerts, messages and the flow, and nothing without any", () => {
    const { alerts, flows, messages } = run(
      [
        'alert sip any any -> any any (msg:"sets"; sip.method; content:"REGISTER"; flowbits:set,reg; sid:1;)',
        'alert sip any any -> any any (msg:"reads"; sip.stat_code; content:"401"; flowbits:isset,reg; flowbits:set,asked; sid:2;)',
      ].join("\n"),
      [
        udpDatagram({ payload: OPTIONS, srcPort: 5062 }),
        udpDatagram({ payload: REGISTER }),
        udpDatagram({ src: SERVER, dst: PHONE, payload: response(401, "Unauthorized") }),
      ],
    );
    expect(alerts.map((alert) => JSON.parse(WRITER.alert(alert)).metadata)).toEqual([
      { flowbits: ["reg"] },
      { flowbits: ["asked", "reg"] },
    ]);
    expect(messages.map((message) => JSON.parse(WRITER.sip(message)).metadata)).toEqual([
      undefined,
      { flowbits: ["reg"] },
      { flowbits: ["asked", "reg"] },
    ]);
    expect(flows.map((flow) => JSON.parse(WRITER.flow(flow)).metadata)).toEqual(
      expect.arrayContaining([undefined, { flowbits: ["asked", "reg"] }]),
    );
  });
});

describe("differences on purpose", () => {
  it("a <> rule with the same port on both ends alerts once a packet, and counts once", () => {
    const rig = new Rig(
      'alert udp any any <> any 5060 (msg:"r"; content:"REGISTER"; threshold:type threshold, track by_src, count 2, seconds 60; sid:1;)',
      UNFOLDED,
    );
    expect([0, 1, 2, 3].map((at) => rig.send({ payload: REGISTER, at }))).toEqual([
      [],
      [1],
      [],
      [1],
    ]);
  });

  it("xbits:set on a bit that is set begins its time anew", () => {
    const rig = new Rig(
      [
        'alert udp any any -> any any (msg:"s"; content:"OPTIONS"; xbits:set,b,track ip_src,expire 10; noalert; sid:1;)',
        'alert udp any any -> any any (msg:"r"; content:"REGISTER"; xbits:isset,b,track ip_src; sid:2;)',
      ].join("\n"),
      UNFOLDED,
    );
    rig.send({ payload: OPTIONS });
    rig.send({ payload: OPTIONS, at: 8 });
    expect(rig.send({ payload: REGISTER, at: 15 })).toEqual([2]);
    expect(rig.send({ payload: REGISTER, at: 19 })).toEqual([]);
  });
});
