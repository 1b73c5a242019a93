import { describe, expect, it } from "vitest";
import { defaultConfig } from "../../../../src/config/config.ts";
import type {
  CallCountRecord,
  CallRecord,
} from "../../../../src/track/call-records/call-record.ts";
import { LiveCall, requestOf, stream } from "../../../support/sip-actors.ts";
import { challenge, credentials, sipResponse } from "../../../support/sip-builder.ts";
import { WIRE_START_US, Wire } from "../../../support/wire.ts";

const PHONE = { ip: "10.0.0.11", port: 5060 };
const PBX = { ip: "10.0.0.1", port: 5060 };
const STEP_US = 4_000;

function wireWithCalls(attemptsMax = 6_000) {
  const records: CallRecord[] = [];
  const counts: CallCountRecord[] = [];
  const config = defaultConfig();
  const outputs = {
    call: (record: CallRecord) => records.push(record),
    callCount: (count: CallCountRecord) => counts.push(count),
  };
  const eve = { ...config.eve, callAttemptsMax: attemptsMax };
  const wire = new Wire({ config: { ...config, eve }, outputs });
  return { wire, records, counts };
}

function sinceStart(timeUs: number): number {
  return timeUs - WIRE_START_US;
}

describe("an answered call", () => {
  it("has a record at its answer and one at its end, with times, parties and streams", () => {
    const { wire, records } = wireWithCalls();
    const call = new LiveCall(wire, PHONE, PBX, { from: "201", to: "+4930123456" });
    wire.now = 0.02;
    call.talk(10);
    wire.now = 12;
    call.hangUp();
    wire.run();
    expect(records.map(({ state, why }) => [state, why])).toEqual([
      ["answered", "answer"],
      ["ended", "bye"],
    ]);
    const [, end] = records;
    if (end === undefined) throw new Error("no record");
    expect(end).toMatchObject({
      account: "201@10.0.0.1",
      dialled: "+4930123456",
      caller: { ip: PHONE.ip, port: 5060, user: "201", agent: "Yealink SIP-T46S 66.85.0.5" },
      callee: { ip: PBX.ip, user: "+4930123456" },
      code: 200,
      reason: "OK",
      hungUpBy: "caller",
      codecs: ["PCMU"],
      encryption: "none",
      isPartial: false,
    });
    expect(sinceStart(end.setupUs)).toBe(0);
    expect(sinceStart(end.ringUs)).toBe(2 * STEP_US);
    expect(sinceStart(end.answerUs)).toBe(3 * STEP_US);
    expect(sinceStart(end.endUs)).toBe(12_000_000);
    expect(end.durationUs).toBe(12_000_000 - 3 * STEP_US);
    const both = { packets: 500, lost: 0, codec: "PCMU", payloadType: 0 };
    expect(end.streams).toMatchObject([
      { side: 0, srcIp: PHONE.ip, destIp: PBX.ip, ssrc: 0x1111, ...both },
      { side: 1, srcIp: PBX.ip, destIp: PHONE.ip, ssrc: 0x2222, ...both },
    ]);
    for (const { jitterMs, mos } of end.streams) {
      expect(jitterMs).toBeLessThan(0.1);
      expect(mos).toBeGreaterThan(4.3);
    }
  });

  it("measures loss and jitter, and hears them in the score", () => {
    const { wire, records } = wireWithCalls();
    const call = new LiveCall(wire, PHONE, PBX);
    wire.now = 0.02;
    // Each tenth packet is missing: nine in a row, then a gap in sequence and time.
    for (let i = 0; i < 30; i++) {
      const packets = { ssrc: 0x1111, sequence: 10 * i, timestamp: 1600 * i, seconds: 0.18 };
      stream(wire, call.callerMedia, call.calleeMedia, { ...packets, after: 0.2 * i });
    }
    wire.now = 8;
    call.hangUp();
    wire.run();
    const [lossy] = records.at(-1)?.streams ?? [];
    expect(lossy).toMatchObject({ packets: 270, lost: 29 });
    expect(lossy?.mos).toBeLessThan(3.7);
    expect(lossy?.mos).toBeGreaterThan(3);
  });

  it("tells who hung up, holds, and how the account is named in credentials", () => {
    const { wire, records } = wireWithCalls();
    const tags = { callId: "c1", fromTag: "f1", to: "202" };
    const first = requestOf(wire, PHONE, PBX, "INVITE", "anonymous", tags);
    wire.send(PHONE, PBX, first.text);
    const asked = [challenge("n1", "pbx", 407)];
    wire.send(PBX, PHONE, sipResponse(first, 407, { toTag: "x", headers: asked }), 0.004);
    const again = requestOf(wire, PHONE, PBX, "INVITE", "anonymous", {
      ...tags,
      cseq: 2,
      headers: [credentials("6011", "n1", "secret", "pbx", 407)],
    });
    wire.send(PHONE, PBX, again.text, 0.008);
    wire.send(
      PBX,
      PHONE,
      sipResponse(again, 200, { toTag: "t1", contact: "10.0.0.1:5060" }),
      0.012,
    );
    const dialog = { ...tags, toTag: "t1" };
    wire.send(
      PHONE,
      PBX,
      requestOf(wire, PHONE, PBX, "ACK", "anonymous", { ...dialog, cseq: 2 }).text,
      0.016,
    );
    const sdp = (direction: string) =>
      `v=0\r\no=- 1 2 IN IP4 10.0.0.11\r\ns=-\r\nc=IN IP4 10.0.0.11\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8\r\na=${direction}\r\n`;
    const invite = (at: number, cseq: number, direction: string) => {
      const options = { ...dialog, cseq, sdp: sdp(direction) };
      const request = requestOf(wire, PHONE, PBX, "INVITE", "anonymous", options);
      wire.send(PHONE, PBX, request.text, at);
      wire.send(PBX, PHONE, sipResponse(request, 200, { toTag: "t1" }), at + 0.004);
    };
    invite(2, 3, "sendonly");
    invite(5, 4, "sendrecv");
    const bye = requestOf(wire, PBX, PHONE, "BYE", "202", {
      ...{ host: PBX.ip, callId: "c1", fromTag: "t1", toTag: "f1", to: "anonymous" },
    });
    wire.send(PBX, PHONE, bye.text, 9);
    wire.send(PHONE, PBX, sipResponse(bye, 200), 9.004);
    wire.run();
    expect(records.at(-1)).toMatchObject({
      account: "6011@10.0.0.1",
      state: "ended",
      hungUpBy: "callee",
      holds: 1,
      holdUs: 3_000_000,
      codecs: ["PCMA"],
    });
  });

  it("goes on being told of each hour, and is ongoing at the end of the capture", () => {
    const { wire, records } = wireWithCalls();
    const call = new LiveCall(wire, PHONE, PBX);
    for (let minute = 1; minute <= 130; minute++) {
      wire.now = 60 * minute;
      const options = call.inDialog("OPTIONS");
      wire.send(PHONE, PBX, options.text);
      wire.send(PBX, PHONE, sipResponse(options, 200), 0.004);
    }
    wire.run();
    expect(records.map(({ why }) => why)).toEqual(["answer", "hour", "hour", "end_of_run"]);
    expect(records.at(-1)).toMatchObject({ state: "ongoing", endUs: 0 });
  });

  it("is answered where its ACK says so, though the answer was seen behind a proxy only", () => {
    const { wire, records } = wireWithCalls();
    const [PROXY, CALLEE] = [PBX, { ip: "10.0.0.30", port: 5060 }];
    const tags = { callId: "c9", fromTag: "f9", to: "202" };
    const invite = requestOf(wire, PHONE, PROXY, "INVITE", "201", { ...tags, branch: "one" });
    const via = "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKtwo\r\n";
    const onward = invite.text.replace("Via:", `${via}Via:`);
    const ok = sipResponse(invite, 200, { toTag: "t9", contact: "10.0.0.30:5060" });
    wire.send(PHONE, PROXY, invite.text);
    wire.send(PROXY, CALLEE, onward, 0.001);
    wire.send(CALLEE, PROXY, ok.replace("Via:", `${via}Via:`), 1);
    const ack = requestOf(wire, PHONE, PROXY, "ACK", "201", { ...tags, toTag: "t9", cseq: 1 });
    wire.send(PHONE, PROXY, ack.text, 1.1);
    wire.run();
    expect(records.map(({ why }) => why)).toEqual(["answer", "end_of_run"]);
    expect(sinceStart(records[0]?.answerUs ?? 0)).toBe(1_000_000);
  });

  it("is not ended by a forged BYE that a party disowns", () => {
    const { wire, records } = wireWithCalls();
    const call = new LiveCall(wire, PHONE, PBX);
    wire.now = 0.02;
    call.talk(30);
    wire.now = 5;
    const bye = call.inDialog("BYE");
    const attacker = { ...PHONE, mac: "02:66:66:66:66:66", ttl: 44 };
    wire.send(attacker, PBX, bye.text);
    wire.send(PBX, PHONE, sipResponse(bye, 200), 0.004);
    wire.now = 31;
    wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "OPTIONS", "9").text, 20);
    wire.run();
    const end = records.at(-1);
    expect(end).toMatchObject({ state: "ended", why: "disputed" });
    expect(sinceStart(end?.endUs ?? 0)).toBeGreaterThan(29_000_000);
    expect(end?.alertIds.length).toBeGreaterThan(0);
  });
});

describe("a call that nobody takes", () => {
  it.each([
    [486, "failed", "rejected"],
    [404, "failed", "rejected"],
  ])("with %d is %s", (status, state, why) => {
    const { wire, records } = wireWithCalls();
    const request = requestOf(wire, PHONE, PBX, "INVITE", "201", { to: "202" });
    wire.send(PHONE, PBX, request.text);
    wire.send(PBX, PHONE, sipResponse(request, status, { toTag: "t" }), 0.5);
    wire.run();
    expect(records).toMatchObject([{ state, why, code: status, answerUs: 0, durationUs: 0 }]);
    expect(sinceStart(records[0]?.endUs ?? 0)).toBe(500_000);
  });

  it("is cancelled by the caller", () => {
    const { wire, records } = wireWithCalls();
    const request = requestOf(wire, PHONE, PBX, "INVITE", "201", { to: "202" });
    wire.send(PHONE, PBX, request.text);
    wire.send(PBX, PHONE, sipResponse(request, 180, { toTag: "t" }), 0.1);
    const { branch, callId, fromTag, to } = request;
    const same = { branch, callId, fromTag, to };
    wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "CANCEL", "201", same).text, 3);
    wire.send(PBX, PHONE, sipResponse(request, 487, { toTag: "t" }), 3.1);
    wire.run();
    expect(records).toMatchObject([{ state: "cancelled", why: "cancel", hungUpBy: "caller" }]);
  });

  it("is told of once nothing has come for minutes", () => {
    const { wire, records } = wireWithCalls();
    wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "INVITE", "201", { to: "202" }).text);
    wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "OPTIONS", "201").text, 200);
    wire.send(PHONE, PBX, requestOf(wire, PHONE, PBX, "OPTIONS", "201").text, 201);
    wire.play();
    expect(records).toMatchObject([{ state: "unanswered", why: "no_answer" }]);
  });

  it("becomes a count when there are too many of them in a minute", () => {
    const { wire, records, counts } = wireWithCalls(100);
    for (let i = 0; i < 400; i++) {
      const request = requestOf(wire, PHONE, PBX, "INVITE", "201", { to: `9${i}` });
      wire.send(PHONE, PBX, request.text, i / 100);
      wire.send(PBX, PHONE, sipResponse(request, 404, { toTag: `t${i}` }), i / 100 + 0.004);
    }
    wire.run();
    // One source has a quarter of the minute.
    expect(records).toHaveLength(25);
    expect(counts).toMatchObject([
      { unanswered: 375, answered: 0, sources: [{ ip: PHONE.ip, calls: 375 }] },
    ]);
  });
});
