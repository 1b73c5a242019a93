import { describe, expect, it } from "vitest";
import { AppProto } from "../../../src/track/app-proto.ts";
import { PHONE, Rig, request, response, SERVER, START_US } from "./rig.ts";

const HEADER = "alert udp any any -> any any";
const SIP = "alert sip any any -> any any";

describe("packet rules", () => {
  it("alerts with the packet's addresses, in its direction", () => {
    const rig = new Rig(
      'alert udp any any -> any 5060 (msg:"hello"; content:"abc"; sid:7; rev:3;)',
    );
    expect(rig.send({ payload: "xabcx", srcPort: 40_000, at: 1.5 })).toEqual([7]);
    expect(rig.alerts[0]).toMatchObject({
      timeUs: START_US + 1_500_000,
      packetNumber: 1,
      srcIp: PHONE,
      srcPort: 40_000,
      destIp: SERVER,
      destPort: 5060,
      proto: "UDP",
      ipVersion: 4,
      direction: "to_server",
      signature: { sid: 7, rev: 3, msg: "hello", action: "allowed", severity: 3 },
      flow: { pktsToServer: 1, pktsToClient: 0, clientIp: PHONE, serverIp: SERVER },
    });
    expect(rig.send({ payload: "xabcx", dstPort: 5061 })).toEqual([]);
  });

  it("counts REGISTERs by source as the rule of the issue says", () => {
    const rig = new Rig(
      'alert udp any any -> any 5060 (msg:"SIP brute force attempt"; content:"REGISTER"; threshold: type both, track by_src, count 10, seconds 60; sid:100001;)',
    );
    const fired: number[] = [];
    for (let i = 1; i <= 100; i++)
      if (rig.send({ payload: request("REGISTER"), at: i }).length > 0) fired.push(i);
    // Windows [1,61] and [62,122]: one alert at the tenth match of each.
    expect(fired).toEqual([10, 71]);
    expect(rig.alerts[0]?.voip.counter).toEqual({
      type: "both",
      track: "by_src",
      key: PHONE,
      count: 10,
      seconds: 60,
    });
  });

  it("matches IPv6 packets by their addresses", () => {
    const rig = new Rig('alert ip6 2001:db8:1::/48 any -> any any (content:"a"; sid:1;)');
    expect(rig.send({ src: "2001:db8:1::7", dst: "2001:db8:2::1", payload: "a" })).toEqual([1]);
    expect(rig.alerts[0]).toMatchObject({
      srcIp: "2001:0db8:0001:0000:0000:0000:0000:0007",
      ipVersion: 6,
    });
    expect(rig.send({ src: "2001:db8:2::7", dst: "2001:db8:2::1", payload: "a" })).toEqual([]);
    expect(rig.send({ payload: "a" })).toEqual([]);
  });

  it("<> matches both ways", () => {
    const rig = new Rig(`alert udp ${PHONE} any <> any 5060 (content:"a"; sid:1;)`);
    expect(rig.send({ payload: "a", srcPort: 9, dstPort: 5060 })).toEqual([1]);
    expect(rig.send({ src: SERVER, dst: PHONE, payload: "a", srcPort: 5060, dstPort: 9 })).toEqual([
      1,
    ]);
    expect(rig.send({ src: SERVER, dst: PHONE, payload: "a", srcPort: 9, dstPort: 5060 })).toEqual(
      [],
    );
  });

  it("flow: sides are those of the first packet, and a flow is established once both were seen", () => {
    const rig = new Rig(
      [
        `${HEADER} (flow:to_server; content:"a"; sid:1;)`,
        `${HEADER} (flow:from_server; content:"a"; sid:2;)`,
        `${HEADER} (flow:established; content:"a"; sid:3;)`,
        `${HEADER} (flow:not_established; content:"a"; sid:4;)`,
        `${HEADER} (flow:only_stream; content:"a"; sid:5;)`,
      ].join("\n"),
    );
    expect(rig.send({ payload: "a" })).toEqual([1, 4]);
    expect(rig.send({ src: SERVER, dst: PHONE, payload: "a" })).toEqual([2, 3]);
    expect(rig.send({ payload: "a" })).toEqual([1, 3]);
  });

  it("dsize is the datagram's payload", () => {
    const rig = new Rig(`${HEADER} (dsize:2<>5; sid:1;)\n${HEADER} (dsize:5; sid:2;)`);
    expect([2, 3, 4, 5].map((n) => rig.send({ payload: "a".repeat(n) }))).toEqual([
      [],
      [1],
      [1],
      [2],
    ]);
  });

  it("a matching pass rule stops later alerts of that packet", () => {
    const rig = new Rig(
      `${HEADER} (content:"a"; sid:1;)\npass udp ${PHONE} any -> any any (content:"ab"; sid:2;)`,
    );
    expect(rig.send({ payload: "ax" })).toEqual([1]);
    expect(rig.send({ payload: "ab" })).toEqual([]);
    expect(rig.send({ payload: "ab", src: "203.0.113.9" })).toEqual([1]);
  });

  it("writes at most 15 alerts for a packet and counts the rest", () => {
    const rig = new Rig(
      Array.from({ length: 20 }, (_, i) => `${HEADER} (content:"a"; sid:${i + 1};)`).join("\n"),
    );
    expect(rig.send({ payload: "a" }).length).toBe(15);
    expect(rig.engine.counters).toMatchObject({ alerts: 15, overflow: 5 });
  });

  it("noalert and flowbits: state of the flow, which dies with it", () => {
    const rig = new Rig(
      `${HEADER} (content:"login"; flowbits:set,in; flowbits:noalert; sid:1;)\n${HEADER} (content:"data"; flowbits:isset,in|other; sid:2;)\n${HEADER} (content:"data"; flowbits:isnotset,in; sid:3;)`,
    );
    expect(rig.send({ payload: "data", at: 0 })).toEqual([3]);
    expect(rig.send({ payload: "login", at: 1 })).toEqual([]);
    expect(rig.send({ payload: "data", at: 2 })).toEqual([2]);
    expect(rig.send({ payload: "data", at: 3, srcPort: 9999 })).toEqual([3]);
    expect(rig.send({ payload: "data", at: 400 })).toEqual([3]);
  });

  it("xbits expire on packet time, 30 s unless said otherwise", () => {
    const rig = new Rig(
      `${HEADER} (content:"s"; xbits:set,a,track ip_src; xbits:set,b,track ip_pair,expire 100; noalert; sid:1;)\n${HEADER} (content:"t"; xbits:isset,a,track ip_src; sid:2;)\n${HEADER} (content:"t"; xbits:isset,b,track ip_pair; sid:3;)`,
    );
    rig.send({ payload: "s", at: 0 });
    expect(rig.send({ payload: "t", at: 30 })).toEqual([2, 3]);
    expect(rig.send({ payload: "t", at: 31 })).toEqual([3]);
    expect(rig.send({ payload: "t", at: 32, src: SERVER, dst: PHONE })).toEqual([3]);
    expect(rig.send({ payload: "t", at: 101 })).toEqual([]);
  });

  it("xbits are set under a threshold; with on_alert only when the alert is written", () => {
    const rules = (option: string) =>
      `${HEADER} (content:"s"; xbits:set,a,track ip_src${option}; threshold:type both, track by_src, count 3, seconds 60; sid:1;)\n${HEADER} (content:"t"; xbits:isset,a,track ip_src; sid:2;)`;
    const plain = new Rig(rules(""));
    plain.send({ payload: "s" });
    expect(plain.send({ payload: "t" })).toEqual([2]);
    const onAlert = new Rig(rules(",on_alert"));
    onAlert.send({ payload: "s", at: 1 });
    expect(onAlert.send({ payload: "t", at: 1 })).toEqual([]);
    onAlert.send({ payload: "s", at: 2 });
    expect(onAlert.send({ payload: "s", at: 3 })).toEqual([1]);
    expect(onAlert.send({ payload: "t", at: 4 })).toEqual([2]);
  });

  it("hostbits are kept by host, source unless said otherwise", () => {
    const rig = new Rig(
      `${HEADER} (content:"s"; hostbits:set,bad; noalert; sid:1;)\n${HEADER} (content:"t"; hostbits:isset,bad,dst; sid:2;)\n${HEADER} (content:"t"; hostbits:isset,bad,both; sid:3;)`,
    );
    rig.send({ payload: "s", at: 0 });
    expect(rig.send({ payload: "t", src: SERVER, dst: PHONE, at: 299 })).toEqual([2, 3]);
    expect(rig.send({ payload: "t", src: SERVER, dst: PHONE, at: 301 })).toEqual([]);
  });

  it("backoff and by_flow counters die with the flow", () => {
    const rig = new Rig(
      `${HEADER} (content:"a"; threshold:type backoff, track by_flow, count 2, multiplier 2; sid:1;)`,
    );
    const fired = (at: number) => rig.send({ payload: "a", at }).length;
    expect([0, 1, 2, 3].map(fired)).toEqual([0, 1, 0, 1]);
    expect([100, 101, 102, 103].map(fired)).toEqual([0, 1, 0, 1]);
  });
});

describe("message rules", () => {
  it("alerts once per message whatever the number of values that match", () => {
    const rig = new Rig(`${SIP} (sip.via; content:"SIP/2.0"; sid:1;)`);
    expect(
      rig.send({ payload: request("OPTIONS", { headers: ["Via: SIP/2.0/UDP 1.2.3.4"] }) }),
    ).toEqual([1]);
    expect(rig.alerts[0]).toMatchObject({
      txId: 0,
      appProto: "sip",
      sip: {
        method: "OPTIONS",
        version: "SIP/2.0",
        requestLine: `OPTIONS sip:100@${SERVER} SIP/2.0`,
      },
      voip: { callId: "call-1", fromUser: "100" },
    });
  });

  it("one value of a multi-valued buffer satisfies all matches that follow it", () => {
    const rig = new Rig(
      `${SIP} (sip.contact; content:"a"; content:"b"; sid:1;)\n${SIP} (sip.contact; content:"a"; sip.contact; content:"b"; sid:2;)`,
    );
    expect(
      rig.send({ payload: request("INVITE", { headers: ["Contact: a", "Contact: b"] }) }),
    ).toEqual([2]);
    expect(rig.send({ payload: request("INVITE", { headers: ["m: ab"] }) })).toEqual([1, 2]);
  });

  it.each([
    ["sip.method", "REGISTER"],
    ["sip.uri", `sip:100@${SERVER}`],
    ["sip.request_line", `REGISTER sip:100@${SERVER} SIP/2.0`],
    ["sip.protocol", "SIP/2.0"],
    ["sip.from", `<sip:100@${SERVER}>\\;tag=a1`],
    ["sip.call_id", "call-1"],
    ["sip.cseq", "1 REGISTER"],
    ["sip.from_user", "100"],
    ["sip.to_user", "100"],
    ["sip.uri_user", "100"],
    ["sip.auth_user", "bob"],
    ["sip.realm", "pbx"],
    ["sip.user_agent", "friendly"],
    ["sip.body", "v=0"],
    ["sip.content_length", "3"],
  ])("%s is exactly %s", (buffer, value) => {
    const rig = new Rig(`${SIP} (${buffer}; content:"${value}"; startswith; endswith; sid:1;)`);
    const headers = ['Authorization: Digest username="bob", realm="pbx"', "user-agent: friendly"];
    expect(rig.send({ payload: request("REGISTER", { headers, body: "v=0" }) })).toEqual([1]);
  });

  it("response buffers exist in responses only", () => {
    const rig = new Rig(
      [
        `${SIP} (sip.stat_code; content:"404"; sid:1;)`,
        `${SIP} (sip.stat_msg; content:"Not Found"; bsize:9; sid:2;)`,
        `${SIP} (sip.response_line; content:"SIP/2.0 404"; startswith; sid:3;)`,
        `${SIP} (sip.method; absent; sid:4;)`,
        `${SIP} (sip.method; absent:or_else; content:"INVITE"; sid:5;)`,
        `${SIP} (sip.header_names; content:"|0d 0a|Call-ID|0d 0a|CSeq|0d 0a|"; sid:6;)`,
      ].join("\n"),
    );
    expect(rig.send({ payload: response(404, "Not Found") })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(rig.send({ payload: request("INVITE") })).toEqual([5, 6]);
    expect(rig.send({ payload: request("BYE") })).toEqual([6]);
  });

  it("pkt_data goes back to the payload", () => {
    const rig = new Rig(
      `${SIP} (sip.method; content:"INVITE"; pkt_data; content:!"Contact"; sid:1;)`,
    );
    expect(rig.send({ payload: request("INVITE") })).toEqual([1]);
    expect(rig.send({ payload: request("INVITE", { headers: ["Contact: <sip:a@b>"] }) })).toEqual(
      [],
    );
  });

  it("an alert sip rule with plain content runs on each packet of a SIP flow", () => {
    const rig = new Rig(`${SIP} (content:"|0d 0a 0d 0a|"; sid:1;)\n${SIP} (dsize:4; sid:2;)`);
    expect(rig.send({ payload: "\r\n\r\n" })).toEqual([]);
    expect(rig.send({ payload: request("OPTIONS") })).toEqual([1]);
    expect(rig.send({ payload: "\r\n\r\n" })).toEqual([1, 2]);
  });

  it("a request from the flow's server side is seen (deviation from Suricata's side-bound parser)", () => {
    const rig = new Rig(`${SIP} (sip.method; content:"OPTIONS"; sid:1;)`);
    rig.send({ payload: request("REGISTER") });
    expect(rig.send({ src: SERVER, dst: PHONE, payload: request("OPTIONS") })).toEqual([1]);
  });

  it("tracks by account, AOR and call of the message", () => {
    for (const track of [
      "by_account",
      "by_aor",
      "by_call",
      "by_client",
      "by_server",
      "by_client_account",
    ]) {
      const rig = new Rig(
        `${SIP} (sip.method; content:"REGISTER"; threshold:type both, track ${track}, count 2, seconds 60; sid:1;)`,
      );
      expect(rig.send({ payload: request("REGISTER") })).toEqual([]);
      expect(rig.send({ payload: request("REGISTER") })).toEqual([1]);
    }
  });

  it("by_client is the one that asked, for requests and responses alike", () => {
    const rig = new Rig(
      `${SIP} (sip.protocol; content:"SIP"; threshold:type both, track by_client, count 2, seconds 60; sid:1;)`,
    );
    expect(rig.send({ payload: request("REGISTER") })).toEqual([]);
    expect(rig.send({ src: SERVER, dst: PHONE, payload: response(401, "Unauthorized") })).toEqual([
      1,
    ]);
    expect(rig.alerts[0]?.voip.counter?.key).toBe(PHONE);
  });
});

describe("event rules", () => {
  it("alerts on a fact: source is the offender, destination its victim", () => {
    const rig = new Rig(
      `${SIP} (msg:"guess"; app-layer-event:sip.auth_failed; event_value:>=5; sid:1;)`,
    );
    expect(rig.raise("sip.auth_failed", { value: 4 })).toEqual([]);
    expect(
      rig.raise("sip.auth_failed", {
        value: 5,
        src: "203.0.113.9",
        at: 2,
        subject: { account: "bob@pbx" },
      }),
    ).toEqual([1]);
    expect(rig.alerts[0]).toMatchObject({
      srcIp: "203.0.113.9",
      destIp: SERVER,
      packetNumber: 0,
      flowId: 0,
      direction: "",
      appProto: "sip",
      timeUs: START_US + 2_000_000,
      voip: { event: "sip.auth_failed", value: 5, account: "bob@pbx" },
    });
  });

  it("header addresses are those of the fact, IPv6 by remembered text", () => {
    const rig = new Rig(
      "alert sip 2001:db8::/32 any -> any any (app-layer-event:sip.request; sid:1;)",
    );
    rig.send({ src: "2001:db8::5", dst: "2001:db8::1", payload: "x" });
    rig.names.remember(rig.packet.srcHost, rig.packet.view, rig.packet.srcAddressStart);
    expect(rig.raise("sip.request", { src: "2001:db8::5", dst: "2001:db8::1" })).toEqual([1]);
    expect(rig.raise("sip.request", { src: "2001:db9::5", dst: "2001:db8::1" })).toEqual([]);
  });

  it("has the message's buffers when the fact came with one", () => {
    const rig = new Rig(
      `${SIP} (app-layer-event:sip.request; sip.user_agent; content:"scanner"; sid:1;)`,
    );
    const payload = request("OPTIONS", { headers: ["User-Agent: friendly-scanner"] });
    expect(rig.send({ payload }, () => rig.addEvent("sip.request", {}, true))).toEqual([1]);
    expect(rig.alerts[0]).toMatchObject({
      packetNumber: 1,
      direction: "to_server",
      sip: { method: "OPTIONS" },
    });
    expect(rig.raise("sip.request")).toEqual([]);
  });

  it("counts distinct users and resets on success", () => {
    const rig = new Rig(
      `${SIP} (app-layer-event:sip.auth_failed; threshold:type both, track by_client, count 3, seconds 60, unique_on auth_user, reset_on sip.auth_ok; sid:1;)`,
    );
    const fail = (authUser: string, at: number) =>
      rig.raise("sip.auth_failed", { at, subject: { authUser } });
    expect([fail("a", 1), fail("b", 2), fail("b", 3)].flat()).toEqual([]);
    rig.raise("sip.auth_ok", { at: 4 });
    expect([fail("a", 5), fail("b", 6)].flat()).toEqual([]);
    expect(fail("c", 7)).toEqual([1]);
    expect(rig.alerts[0]?.voip.counter).toMatchObject({
      track: "by_client",
      key: PHONE,
      count: 3,
      uniqueOn: "auth_user",
    });
  });

  it("client and server of the fact may differ from its ends", () => {
    const rig = new Rig(
      `${SIP} (app-layer-event:sip.response; threshold:type both, track by_server, count 2, seconds 9; sid:1;)`,
    );
    rig.raise("sip.response", { server: "10.9.9.9" });
    expect(rig.raise("sip.response", { server: "10.9.9.9" })).toEqual([1]);
    expect(rig.alerts[0]?.voip.counter?.key).toBe("10.9.9.9");
  });

  it("failures then success: xbits by account across facts", () => {
    const rig = new Rig(
      `${SIP} (app-layer-event:sip.auth_failed; threshold:type both, track by_account, count 3, seconds 60; xbits:set,guessed,track by_account,expire 600,on_alert; sid:1;)\n${SIP} (app-layer-event:sip.auth_ok; xbits:isset,guessed,track by_account; sid:2;)`,
    );
    const subject = { account: "bob@pbx" };
    expect(rig.raise("sip.auth_ok", { at: 0, subject })).toEqual([]);
    for (let at = 1; at < 3; at++) rig.raise("sip.auth_failed", { at, subject });
    expect(rig.raise("sip.auth_ok", { at: 3, subject })).toEqual([]);
    expect(rig.raise("sip.auth_failed", { at: 4, subject })).toEqual([1]);
    expect(rig.raise("sip.auth_ok", { at: 300, subject: { account: "eve@pbx" } })).toEqual([]);
    expect(rig.raise("sip.auth_ok", { at: 300, subject })).toEqual([2]);
    expect(rig.raise("sip.auth_ok", { at: 700, subject })).toEqual([]);
  });

  it("a pass rule for a host holds for facts about it", () => {
    const rig = new Rig(
      `${SIP} (app-layer-event:sip.auth_failed; sid:1;)\npass ip 203.0.113.0/24 any -> any any (sid:2;)`,
    );
    expect(rig.raise("sip.auth_failed", { src: "203.0.113.5" })).toEqual([]);
    expect(rig.raise("sip.auth_failed", { src: "198.51.100.5" })).toEqual([1]);
  });

  it("several events are alternatives, and each counts", () => {
    const rig = new Rig(
      `${SIP} (app-layer-event:sip.user_unknown; app-layer-event:sip.challenge_abandoned; threshold:type both, track by_client, count 2, seconds 60; sid:1;)`,
    );
    expect(rig.raise("sip.user_unknown", { at: 1 })).toEqual([]);
    expect(rig.raise("sip.request", { at: 2 })).toEqual([]);
    expect(rig.raise("sip.challenge_abandoned", { at: 3 })).toEqual([1]);
  });

  it("reads buffers from the fact's subject, with no message or another one at hand", () => {
    const rig = new Rig(
      [
        `${SIP} (app-layer-event:sip.user_unknown; sip.method; content:"REGISTER"; bsize:8; sid:1;)`,
        `${SIP} (app-layer-event:sip.user_unknown; sip.to_user; pcre:"/^9\\d+$/"; sip.user_agent; content:"tool"; sid:2;)`,
        `${SIP} (app-layer-event:sip.user_unknown; sip.method; content:"REGISTER"; sip.stat_code; content:"404"; sid:3;)`,
      ].join("\n"),
    );
    const subject = { method: "REGISTER", toUser: "9001", userAgent: "a tool" };
    expect(rig.raise("sip.user_unknown", { subject })).toEqual([1, 2]);
    expect(rig.raise("sip.user_unknown", { subject: { ...subject, method: "INVITE" } })).toEqual([
      2,
    ]);
    const payload = response(404, "Not Found");
    expect(
      rig.send({ payload }, () => rig.addEvent("sip.user_unknown", { subject }, true)),
    ).toEqual([1, 2, 3]);
  });

  it("by_endpoint tells phones behind one address apart", () => {
    const rig = new Rig(
      `${SIP} (sip.method; content:"REGISTER"; threshold:type both, track by_endpoint, count 2, seconds 60; sid:1;)`,
    );
    expect(rig.send({ payload: request("REGISTER"), srcPort: 1001 })).toEqual([]);
    expect(rig.send({ payload: request("REGISTER"), srcPort: 1002 })).toEqual([]);
    expect(rig.send({ payload: request("REGISTER"), srcPort: 1001 })).toEqual([1]);
    expect(rig.alerts[0]?.voip.counter?.key).toBe(`${PHONE}:1001`);
  });

  it("a Suricata event that stands for several facts fires once per packet", () => {
    const rig = new Rig(`${SIP} (app-layer-event:sip.invalid_data; sid:1;)`);
    const fired = rig.send({ payload: request("OPTIONS") }, () => {
      rig.addEvent("sip.bad_cseq", {}, true);
      rig.addEvent("sip.bare_lf", {}, true);
    });
    expect(fired).toEqual([1]);
  });

  it("facts that time raised are not limited to 15 alerts", () => {
    const rig = new Rig(`${SIP} (app-layer-event:sip.unanswered; sid:1;)`);
    rig.events.clear();
    for (let i = 0; i < 40; i++) rig.addEvent("sip.unanswered", { src: `10.0.0.${i}` });
    rig.engine.inspect(null, -1, null, rig.events);
    expect(rig.alerts.length).toBe(40);
    expect(new Set(rig.alerts.map(({ alertId }) => alertId)).size).toBe(40);
  });
});

describe("media rules", () => {
  const rtp = (marker = "payload") =>
    Buffer.concat([Buffer.from([0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]), Buffer.from(marker)]);
  const rtcp = Buffer.concat([Buffer.from([0x80, 200, 0, 6]), Buffer.alloc(24)]);

  it("alert rtp and alert rtcp run on media flows only, told apart with rtcp-mux", () => {
    const rig = new Rig(
      "alert rtp any any -> any any (sid:1;)\nalert rtcp any any -> any any (sid:2;)",
    );
    expect(rig.send({ srcPort: 4000, dstPort: 4002, payload: rtp() })).toEqual([]);
    const slot = rig.flows.track(rig.packet);
    rig.flows.setAppProto(slot, AppProto.RTP);
    expect(rig.send({ srcPort: 4000, dstPort: 4002, payload: rtp() })).toEqual([1]);
    expect(rig.send({ srcPort: 4000, dstPort: 4002, payload: rtcp })).toEqual([2]);
    expect(rig.alerts[0]?.voip.stream).toBe(`${PHONE}:4000 > ${SERVER}:4002 0x00000003`);
  });

  it("alert stun runs on STUN wherever it is", () => {
    const rig = new Rig("alert stun any any -> any any (sid:1;)");
    const stun = Buffer.alloc(20);
    stun.writeUInt16BE(1, 0);
    stun.writeUInt32BE(0x2112a442, 4);
    expect(rig.send({ srcPort: 4000, dstPort: 3478, payload: stun })).toEqual([1]);
    expect(rig.send({ srcPort: 4000, dstPort: 3478, payload: rtp() })).toEqual([]);
  });
});

describe("determinism", () => {
  it("gives the same alerts and ids in a second run", () => {
    const run = () => {
      const rig = new Rig(
        `${HEADER} (content:"REGISTER"; threshold:type threshold, track by_both, count 2, seconds 60; sid:1;)\n${SIP} (sip.method; content:"REGISTER"; sid:2;)`,
      );
      for (let i = 0; i < 20; i++)
        rig.send({ payload: request("REGISTER"), at: i, src: `10.0.0.${i % 3}` });
      return JSON.stringify(rig.alerts);
    };
    const first = run();
    expect(run()).toBe(first);
    const ids = (JSON.parse(first) as { alertId: string }[]).map(({ alertId }) => alertId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("flow_id is the same for both directions and fits 51 bits", () => {
    const rig = new Rig(`${HEADER} (content:"a"; sid:1;)`);
    rig.send({ payload: "a" });
    rig.send({ payload: "a", src: SERVER, dst: PHONE });
    expect(rig.alerts[0]?.flowId).toBe(rig.alerts[1]?.flowId);
    expect(rig.alerts[0]?.flowId).toBeLessThan(2 ** 51);
  });
});
