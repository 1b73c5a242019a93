import { describe, expect, it } from "vitest";
import { Frame, LinkType } from "../../../src/capture/frame.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";
import { ethernet } from "../../support/pcap-writer.ts";
import { loadText, PHONE, Rig, request, response, SERVER, START_US, udpDatagram } from "./rig.ts";

/** A rule of which only the options count. */
function rule(options: string, header = "udp any any -> any any"): string {
  return `alert ${header} (msg:"r"; ${options} sid:1;)`;
}

function errorOf(options: string, header?: string): string {
  const { messages } = loadText(rule(options, header));
  return messages.find(({ level }) => level === "error")?.text ?? "";
}

/** Datagrams, segments and ICMP messages through a whole pipeline; sids in order. */
function sidsOf(
  rules: string,
  datagrams: readonly Buffer[],
  gapUs = 10_000,
  linkType: number = LinkType.RAW,
): number[] {
  const sids: number[] = [];
  const pipeline = new Pipeline({
    config: { ...defaultConfig(), incidents: { ...defaultConfig().incidents, fold: false } },
    ruleSet: loadText(rules).ruleSet,
    outputs: { alert: ({ signature }) => sids.push(signature.sid) },
  });
  for (const [index, bytes] of datagrams.entries()) {
    const frame = new Frame();
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = START_US + index * gapUs;
    frame.linkType = linkType;
    frame.number = index + 1;
    pipeline.onFrame(frame);
  }
  pipeline.finish();
  return sids;
}

/** An IPv4 packet with another protocol than UDP over it. */
function ipPacket(protocol: number, body: Buffer): Buffer {
  const packet = udpDatagram({ payload: Buffer.alloc(body.length - 8) });
  packet[9] = protocol;
  body.copy(packet, 20);
  return packet;
}

function segment(flags: number, fields: { seq?: number; ack?: number; window?: number } = {}) {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(40_000, 0);
  tcp.writeUInt16BE(5060, 2);
  tcp.writeUInt32BE(fields.seq ?? 7, 4);
  tcp.writeUInt32BE(fields.ack ?? 0, 8);
  tcp[12] = 0x50;
  tcp[13] = flags;
  tcp.writeUInt16BE(fields.window ?? 1_024, 14);
  return ipPacket(6, tcp);
}

function icmp(type: number, code: number, id = 0, sequence = 0): Buffer {
  const message = Buffer.alloc(12);
  message[0] = type;
  message[1] = code;
  message.writeUInt16BE(id, 4);
  message.writeUInt16BE(sequence, 6);
  return ipPacket(1, message);
}

const datagram = (change: (ip: Buffer) => void = () => {}): Buffer => {
  const bytes = udpDatagram({ payload: "data" });
  change(bytes);
  return bytes;
};

describe("headers of a packet", () => {
  const TTL_63 = datagram((ip) => {
    ip[8] = 63;
  });
  const ID_7 = datagram((ip) => ip.writeUInt16BE(7, 4));
  const TOS_184 = datagram((ip) => {
    ip[1] = 0xb8;
  });

  it.each([
    ["ttl:<64;", TTL_63, datagram()],
    ["ttl:64;", datagram(), TTL_63],
    ["ttl:60<>64;", TTL_63, datagram()],
    ["id:7;", ID_7, datagram()],
    ["tos:184;", TOS_184, datagram()],
    ["tos:!184;", datagram(), TOS_184],
    ["sameip;", udpDatagram({ src: SERVER, dst: SERVER, payload: "x" }), datagram()],
  ])("%s", (options, matching, other) => {
    expect(sidsOf(rule(options), [matching])).toEqual([1]);
    expect(sidsOf(rule(options), [other])).toEqual([]);
  });

  it.each([
    ["ip_proto:17;", datagram(), icmp(8, 0)],
    ["ip_proto:udp;", datagram(), icmp(8, 0)],
    ["ip_proto:!udp;", icmp(8, 0), datagram()],
    ["ip_proto:icmp;", icmp(8, 0), datagram()],
  ])("%s", (options, matching, other) => {
    expect(sidsOf(rule(options, "ip any any -> any any"), [matching])).toEqual([1]);
    expect(sidsOf(rule(options, "ip any any -> any any"), [other])).toEqual([]);
  });

  it.each([
    ["itype:3;", icmp(3, 1), icmp(8, 0)],
    ["itype:>4;", icmp(8, 0), icmp(3, 1)],
    ["itype:3; icode:1;", icmp(3, 1), icmp(3, 3)],
    ["icmp_id:77;", icmp(8, 0, 77), icmp(8, 0, 78)],
    ["icmp_seq:5;", icmp(0, 0, 1, 5), icmp(0, 0, 5, 1)],
    ["icmp_id:0;", icmp(8, 0, 0), icmp(3, 0, 0)],
  ])("%s", (options, matching, other) => {
    expect(sidsOf(rule(options, "icmp any any -> any any"), [matching])).toEqual([1]);
    expect(sidsOf(rule(options, "icmp any any -> any any"), [other])).toEqual([]);
  });

  it.each([
    ["flags:S;", segment(2), segment(18)],
    ["flags:S,12;", segment(2 | 0xc0), segment(18)],
    ["flags:+S;", segment(18), segment(16)],
    ["flags:*SF;", segment(1), segment(16)],
    ["flags:!SA;", segment(2), segment(18)],
    ["flags:0;", segment(0), segment(2)],
    ["tcp.flags:R;", segment(4), segment(2)],
    ["seq:9;", segment(2, { seq: 9 }), segment(2)],
    ["ack:11;", segment(16, { ack: 11 }), segment(16)],
    ["window:512;", segment(2, { window: 512 }), segment(2)],
  ])("%s", (options, matching, other) => {
    expect(sidsOf(rule(options, "tcp any any -> any any"), [matching])).toEqual([1]);
    expect(sidsOf(rule(options, "tcp any any -> any any"), [other])).toEqual([]);
  });

  describe("VLAN tags", () => {
    const tagged = (...ids: number[]) =>
      ethernet(datagram(), { tags: ids.map((id) => [0x8100, id] as const) });
    const isFound = (options: string, ids: readonly number[]) =>
      sidsOf(rule(options), [tagged(...ids)], 0, LinkType.ETHERNET).length === 1;

    it.each<[options: string, matching: number[][], others: number[][]]>([
      ["vlan.id:300;", [[300], [5, 300], [5, 6, 300]], [[], [301], [5, 6]]],
      ["vlan.id:300,any;", [[300], [5, 300]], [[]]],
      ["vlan.id:!300;", [[301], [300, 301]], [[300], []]],
      ["vlan.id:<300,0;", [[299, 400]], [[300, 200], []]],
      ["vlan.id:>=200,1;", [[5, 200]], [[200, 5], [200]]],
      ["vlan.id:7,2;", [[5, 6, 7]], [[7], [5, 7]]],
      ["vlan.id:7,-1;", [[7], [5, 7], [5, 6, 7], [5, 6, 7, 8]], [[7, 5]]],
      ["vlan.id:7,-2;", [[7, 5]], [[5, 7], [7]]],
      ["vlan.id:>100,all;", [[101], [101, 102, 103]], [[101, 5], []]],
      ["vlan.id:100-200;", [[101]], [[100], [200]]],
      ["vlan.id:0x12c;", [[300]], [[12]]],
      ["vlan.layers:0;", [[]], [[1]]],
      ["vlan.layers:2;", [[1, 2]], [[1], [1, 2, 3]]],
      [
        "vlan.layers:>2;",
        [
          [1, 2, 3],
          [1, 2, 3, 4],
        ],
        [[1, 2]],
      ],
    ])("%s", (options, matching, others) => {
      for (const ids of matching) expect([ids, isFound(options, ids)]).toEqual([ids, true]);
      for (const ids of others) expect([ids, isFound(options, ids)]).toEqual([ids, false]);
    });
  });

  it("counts a segment once where the mirror shows it twice", () => {
    const rules = rule("flags:S;", "tcp any any -> any any");
    expect(sidsOf(rules, [segment(2), segment(2)], 1)).toEqual([1]);
    expect(sidsOf(rules, [segment(2), segment(2)])).toEqual([1, 1]);
  });

  it.each([
    ["ttl:many;", "is not a size"],
    ["flags:X;", "is none of"],
    ["itype:<0;", "no size is below 0"],
    ["tag:what;", "tag is session"],
    ["vlan.id:4096;", "a VLAN id is 0 to 4095"],
    ["vlan.id:200abc;", "is not a size"],
    ["vlan.id:600,abc;", "is no layer"],
    ["vlan.id:600,3;", "is no layer"],
    ["vlan.id:123,-4;", "is no layer"],
    ["vlan.id:1,2,3;", "vlan.id is ID or ID,LAYER"],
    ['flags:S; sip.method; content:"INVITE";', "TCP headers are those of segments"],
  ])("%s is refused with the place", (options, text) => {
    expect(errorOf(options)).toContain(text);
  });
});

describe("a pass rule that looks into packets", () => {
  const fact = 'alert sip any any -> any any (msg:"f"; app-layer-event:sip.user_unknown; sid:2;)';

  it.each([
    ["ttl:64;", [2]],
    ["flow.pkts_toserver:>0;", [2]],
    ["flowint:n,notset;", [2]],
    ["sameip;", []],
    ["", []],
  ])("%s keeps back no fact, one on hosts alone does", (options, sids) => {
    const pass = `pass ip any any -> any any (msg:"p"; ${options} sid:1;)`;
    const rig = new Rig(`${pass}\n${fact}`);
    expect(rig.raise("sip.user_unknown", { src: PHONE, dst: PHONE })).toEqual(sids);
  });
});

describe("counts and numbers of a flow", () => {
  const send = (rig: Rig, at: number, isFromServer = false) =>
    rig.send({
      payload: isFromServer ? response(200, "OK") : request("OPTIONS"),
      ...(isFromServer && { src: SERVER, dst: PHONE }),
      at,
    });

  it("flow.pkts, flow.bytes and flow.age count the packet at hand", () => {
    const both = (options: string) => {
      const rig = new Rig(rule(options), { incidents: { fold: false } });
      return [send(rig, 0), send(rig, 0.5, true), send(rig, 2.5), send(rig, 3)].map(
        (sids) => sids.length,
      );
    };
    expect(both("flow.pkts_toserver:>1;")).toEqual([0, 0, 1, 1]);
    expect(both("flow.pkts:toclient,1;")).toEqual([0, 1, 1, 1]);
    expect(both("flow.pkts:either,3;")).toEqual([0, 0, 0, 1]);
    expect(both("flow.bytes_toclient:>10;")).toEqual([0, 1, 1, 1]);
    expect(both("flow.age:>=3;")).toEqual([0, 0, 0, 1]);
    expect(both("app-layer-protocol:sip;")).toEqual([1, 1, 1, 1]);
    expect(both("app-layer-protocol:!sip;")).toEqual([0, 0, 0, 0]);
  });

  it("flowint: what is changed by one rule is compared by the next; a test alone changes nothing", () => {
    const rules = [
      'alert udp any any -> any any (msg:"adds"; content:"OPTIONS"; flowint:seen,+,2; noalert; sid:1;)',
      'alert udp any any -> any any (msg:"more"; content:"OPTIONS"; flowint:seen,>,3; sid:2;)',
      'alert udp any any -> any any (msg:"unset"; content:"OPTIONS"; flowint:other,notset; sid:3;)',
      'alert udp any any -> any any (msg:"never"; content:"OPTIONS"; flowint:own,+,1; flowint:own,>,0; sid:4;)',
      'alert udp any any -> any any (msg:"same"; content:"OPTIONS"; flowint:seen,==,limit; sid:5;)',
      'alert udp any any -> any any (msg:"sets"; content:"OPTIONS"; flowint:limit,=,4; noalert; sid:6;)',
    ].join("\n");
    const rig = new Rig(rules, { incidents: { fold: false } });
    expect(send(rig, 0)).toEqual([3]);
    expect(send(rig, 1)).toEqual([2, 3, 5]);
    expect(send(rig, 2)).toEqual([2, 3]);
    const other = rig.send({ srcPort: 5070, payload: request("OPTIONS"), at: 3 });
    expect(other).toEqual([3]);
  });

  it("flowint is unsigned and of 32 bits", () => {
    const rules = [
      'alert udp any any -> any any (msg:"below"; content:"OPTIONS"; flowint:n,-,1; noalert; sid:1;)',
      'alert udp any any -> any any (msg:"wraps"; content:"OPTIONS"; flowint:n,==,4294967295; sid:2;)',
    ].join("\n");
    const rig = new Rig(rules, { incidents: { fold: false } });
    expect(send(rig, 0)).toEqual([2]);
    expect(send(rig, 1)).toEqual([]);
  });

  it.each([
    ["flowint:a,+;", "flowint is NAME,OPERATOR,NUMBER"],
    ["flowint:a,plus,1;", "is not known"],
    ["flowint:a b,+,1;", "is no name"],
    ["flow.pkts:sideways,3;", "toserver|toclient|either"],
    ["flow.age:old;", "is not a size"],
  ])("%s is refused", (options, text) => {
    expect(errorOf(options)).toContain(text);
  });
});
