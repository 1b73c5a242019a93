import { describe, expect, it } from "vitest";
import { legsOf } from "../../../src/emit/ladder/call-legs.ts";
import { makeLadder, type SeenMessage } from "../../../src/emit/ladder/ladder.ts";
import { ladderText } from "../../../src/emit/ladder/ladder-text.ts";
import type { CallRecord } from "../../../src/track/call-records/call-record.ts";
import { CALL_RECORD } from "./records.ts";

const [A, B, C] = ["10.0.0.1", "10.0.0.2", "2001:0db8:0000:0000:0000:0000:0000:0003"];

function message(timeUs: number, srcIp: string, destIp: string, label: string): SeenMessage {
  const isRequest = !/^\d/.test(label);
  return {
    ...{ timeUs, srcIp, destIp, callId: "c1", label, isRequest, cseq: "1 INVITE" },
    ...{ code: isRequest ? 0 : Number.parseInt(label, 10), hasSdp: false, isRepeated: false },
    ...{ place: timeUs, text: "" },
  };
}

const LADDER = makeLadder({
  callIds: ["c1"],
  messages: [
    message(1, A, B, "INVITE"),
    message(2, B, C, "INVITE"),
    message(3, C, B, "200 OK"),
    message(4, B, A, "200 OK"),
    message(9, A, A, "BYE"),
  ],
  streams: CALL_RECORD.streams.map((stream) => ({ ...stream, startUs: 5 })),
  rtcp: [{ srcIp: A, srcPort: 4001, destIp: B, destPort: 4003, startUs: 6, endUs: 7, packets: 2 }],
  marksAt: (place) =>
    place === 9
      ? [{ alertId: "a", sid: 9104001, severity: 1, message: "BYE\u001b[2J forged" }]
      : [],
  marksOf: () => [],
  left: 3,
});

describe("makeLadder", () => {
  it("has messages and media in order of time, in the columns of their hosts", () => {
    expect(LADDER.ends).toEqual([A, B, C]);
    expect(LADDER.rows.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ...[
        ["sip", 0, 1],
        ["sip", 1, 2],
        ["sip", 2, 1],
        ["sip", 1, 0],
      ],
      ...[
        ["rtp", 0, 1],
        ["rtp", 1, 0],
        ["rtcp", 0, 1],
        ["sip", 0, 0],
      ],
    ]);
  });
});

describe("ladderText", () => {
  it.each([0, 40, 60, 80, 100, 200])("fits a terminal of %d columns", (width) => {
    const text = ladderText(LADDER, { isColored: false, width });
    for (const line of text.split("\n")) {
      // Where there is no room for columns, a line says all, however long an address is.
      if (width >= 80) expect(line.length, line).toBeLessThanOrEqual(width);
    }
    expect(text).toContain("▲ 9104001 BYE?[2J forged (severity 1)");
    expect(text).toContain("3 more messages were not kept");
    for (const address of [A, B, "2001:db8::3"]) expect(text).toContain(address);
    expect(text).not.toContain("\u001b");
  });

  it("points arrows at who receives", () => {
    const lines = ladderText(LADDER, { isColored: false, width: 120 }).split("\n");
    expect(lines.find((line) => line.includes(" 1 "))).toMatch(/│─+ INVITE ─+>│/);
    expect(lines.find((line) => line.includes(" 4 "))).toMatch(/│<─+ 200 OK \(INVITE\) ─+│/);
    expect(lines.some((line) => /═+>│/.test(line))).toBe(true);
    expect(lines.some((line) => /╌+>│|RTCP/.test(line))).toBe(true);
  });
});

describe("legsOf", () => {
  const pbx = { ...CALL_RECORD.callee, ip: "10.0.0.2" };
  const first: CallRecord = { ...CALL_RECORD, callId: "leg-one@10.0.0.1", streams: [] };
  const second: CallRecord = {
    ...first,
    callId: "2b7e@10.0.0.2",
    caller: { ...first.caller, ip: pbx.ip },
    callee: { ...pbx, ip: "10.0.0.9" },
    setupUs: first.setupUs + 20_000,
  };

  it("finds how the PBX calls on, in both directions", () => {
    expect(legsOf(first, [first, second])).toEqual([second]);
    expect(legsOf(second, [first, second])).toEqual([first]);
  });

  it("takes no other call of the PBX for one", () => {
    const later = { ...second, setupUs: first.setupUs + 20_000_000 };
    const other = {
      ...{ ...second, callId: "other", dialled: "555000111" },
      caller: { ...second.caller, user: "777" },
    };
    expect(legsOf(first, [first, later, other])).toEqual([]);
    const similar = { ...second, callId: "xleg-one@10.0.0.1", caller: first.caller };
    expect(legsOf(first, [first, similar])).toEqual([]);
  });

  it("knows a Call-ID that is made from the other", () => {
    const made = { ...second, callId: "leg-one@10.0.0.1_b2b-1", caller: first.caller };
    expect(legsOf(first, [first, made])).toEqual([made]);
  });
});
