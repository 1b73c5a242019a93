import { createHmac } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../../src/detect/alerts/alert.ts";
import type { IncidentRecord } from "../../../src/detect/incidents/incident.ts";
import { Privacy, type PrivacySettings } from "../../../src/emit/privacy.ts";
import { folderWith } from "../../support/captured.ts";
import { alertOf, SIP_RECORD } from "./records.ts";

const KEY = "0123456789abcdef0123456789abcdef";

function privacyOf(settings: Partial<PrivacySettings> = {}, key = `${KEY}\n`): Privacy {
  const hashKeyFile = join(folderWith({ key }), "key");
  const base = { secrets: true, numbers: "keep", users: "keep", hashKeyFile } as const;
  return new Privacy({ ...base, ...settings });
}

function hash(user: string): string {
  return `h-${createHmac("sha256", KEY).update(user).digest("hex").slice(0, 16)}`;
}

function withLine(requestLine: string): Alert {
  return alertOf({ sip: { requestLine: requestLine, uri: requestLine.split(" ")[1] ?? "" } });
}

function maskedLine(privacy: Privacy, requestLine: string): string {
  const { sip } = privacy.alert(withLine(requestLine));
  expect(sip?.uri).toBe(sip?.requestLine?.split(" ")[1] ?? "");
  return sip?.requestLine ?? "";
}

describe("secrets are masked by default", () => {
  it.each([
    [
      "REGISTER sip:h?Authorization=Digest%20nonce%3D%22abc+/=%22%2Cresponse%3D%22f00f%22 SIP/2.0",
      "REGISTER sip:h?Authorization=Digest%20nonce%3D[redacted]%2Cresponse%3D[redacted] SIP/2.0",
    ],
    ["INVITE sip:bob;response=deadbeef@h SIP/2.0", "INVITE sip:bob;response=[redacted]"],
    ["INVITE sip:bob:hunter2@h:5060 SIP/2.0", "INVITE sip:bob:[redacted]@h:5060 SIP/2.0"],
    ['INVITE sip:h;x="password= response="a b""', 'INVITE sip:h;x="password= response=[redacted]"'],
    ["INVITE sip:bob@h;password=hunter2 SIP/2.0", "INVITE sip:bob@h;password=[redacted] SIP/2.0"],
    ["INVITE sip:bob@h SIP/2.0", "INVITE sip:bob@h SIP/2.0"],
    [
      "SIP sip:h?authorization=Basic%20Ym9iOmh1bnRlcg== x",
      "SIP sip:h?authorization=Basic%20[redacted] x",
    ],
  ])("in the request line and URI: %s", (line, masked) => {
    expect(maskedLine(privacyOf(), line)).toContain(masked);
  });

  it("in evidence that quotes a header: digest, cnonce, quoted or not (RFC 7616 3.4)", () => {
    const seen =
      'Authorization: Digest username="bob", realm="r", nonce="n0nce", cnonce = c0nce, response="0a4f", qop=auth';
    const { evidence } = privacyOf().alert(
      alertOf({ evidence: [{ what: "grammar", expected: "", seen }] }),
    );
    expect(evidence[0]?.seen).toBe(
      'Authorization: Digest username="bob", realm="r", nonce=[redacted], cnonce = [redacted], response=[redacted], qop=auth',
    );
  });

  it("in the hexadecimal digits under which SIPVicious hides user and password", () => {
    const hex = Buffer.from("100:hunter2\x011734563").toString("hex");
    const { evidence } = privacyOf().alert(
      alertOf({
        evidence: [{ what: "x", expected: "", seen: `tag ${hex} and ${"ab".repeat(10)}` }],
      }),
    );
    expect(evidence[0]?.seen).toBe(`tag [redacted] and ${"ab".repeat(10)}`);
  });

  it("and can be left as they are", () => {
    const alert = withLine("INVITE sip:bob:hunter2@h SIP/2.0");
    expect(privacyOf({ secrets: false }).alert(alert)).toBe(alert);
  });

  it("without a change to anything else", () => {
    const alert = alertOf();
    expect(privacyOf().alert(alert)).toEqual(alert);
    expect(privacyOf().sip(SIP_RECORD)).toEqual(SIP_RECORD);
  });
});

const ALERT = alertOf({
  sip: {
    method: "REGISTER",
    uri: "sip:%61lice@10.0.0.2:5060;user=phone?to=sip:carol%40h",
    requestLine: "REGISTER sip:%61lice@10.0.0.2:5060;user=phone?to=sip:carol%40h SIP/2.0",
    sdp: {
      origin: "alice 1 1 IN IP4 10.0.0.1",
      phone_number: "+49 30 1234567",
      email: "Alice <alice@example.org>",
      media_descriptions: [{ media: "audio 4000 RTP/AVP 0", attributes: ["cname:alice@host"] }],
    },
  },
  voip: {
    callId: "alice@10.0.0.1",
    account: "alice@pbx.example.org",
    aor: "+49301234567@pbx.example.org",
    fromUser: "alice",
    toUser: "+49301234567",
    userAgent: "softphone (alice)",
    stream: "10.0.0.1:4000",
    counter: {
      type: "both",
      track: "by_client_account",
      key: "203.0.113.9 alice@pbx.example.org",
      count: 1,
      seconds: 60,
    },
  },
  evidence: [
    { what: "what the tool wrote into it", expected: "", seen: "alice:***" },
    {
      what: "grammar",
      expected: "as RFC 3261 25.1 has it",
      seen: 'From: "Alice Ay" <sip:alice@h>',
    },
    { what: "sender of CANCEL", expected: "10.0.0.1 or 10.0.0.2", seen: "203.0.113.9" },
  ],
});

describe("users and numbers by policy", () => {
  it("hash: the same user is the same text in every field, and nowhere in the clear", () => {
    const masked = privacyOf({ users: "hash", numbers: "hash" }).alert(ALERT);
    const alice = hash("alice");
    const number = hash("+49301234567");
    expect(masked.voip).toEqual({
      ...ALERT.voip,
      account: `${alice}@pbx.example.org`,
      aor: `${number}@pbx.example.org`,
      fromUser: alice,
      toUser: number,
      userAgent: `softphone (${alice})`,
      counter: { ...ALERT.voip.counter, key: `203.0.113.9 ${alice}@pbx.example.org` },
    });
    expect(masked.sip).toEqual({
      method: "REGISTER",
      uri: `sip:${alice}@10.0.0.2:5060;user=phone?[redacted]`,
      requestLine: `REGISTER sip:${alice}@10.0.0.2:5060;user=phone?[redacted] SIP/2.0`,
      sdp: {
        origin: `${alice} 1 1 IN IP4 10.0.0.1`,
        phone_number: "[redacted]",
        email: "[redacted]",
        media_descriptions: [
          {
            media: "audio 4000 RTP/AVP 0",
            attributes: [`cname:${alice}@host`],
          },
        ],
      },
    });
    expect(masked.evidence.map(({ seen }) => seen)).toEqual([
      `${alice}:***`,
      "From: [redacted]",
      "203.0.113.9",
    ]);
    const { callId: _, ...rest } = masked.voip;
    expect(JSON.stringify({ ...masked, voip: rest })).not.toMatch(/alice|3012345/i);
  });

  it("hash: follows the key alone, so that sensors agree", () => {
    const settings = { users: "hash" } as const;
    const once = privacyOf(settings, KEY).alert(ALERT);
    expect(privacyOf(settings, `${KEY}\r\n`).alert(ALERT)).toEqual(once);
    expect(privacyOf(settings, `${KEY}x`).alert(ALERT).voip.fromUser).not.toBe(once.voip.fromUser);
  });

  it("partial: a number loses its last digits, a name all but its first character", () => {
    const { voip } = privacyOf({ users: "partial", numbers: "partial" }).alert(ALERT);
    expect([voip.fromUser, voip.toUser]).toEqual(["a***", "+4930123****"]);
    const short = privacyOf({ numbers: "partial" }).alert(
      alertOf({ voip: { fromUser: "201", toUser: "7", account: "12345@h" } }),
    );
    expect(short.voip).toMatchObject({ fromUser: "2**", toUser: "*", account: "12***@h" });
  });

  it("each kind by its own: users may stay while numbers go", () => {
    const { voip } = privacyOf({ numbers: "hash" }).alert(ALERT);
    expect([voip.fromUser, voip.toUser]).toEqual(["alice", hash("+49301234567")]);
  });

  it.each([
    [
      "INVITE tel:+4930123;phone-context=x SIP/2.0",
      `INVITE tel:${hash("+4930123")};phone-context=x SIP/2.0`,
    ],
    ["INVITE sip:a@b@10.0.0.1 SIP/2.0", `INVITE sip:${hash("a@b")}@10.0.0.1 SIP/2.0`],
    ["INVITE sip:10.0.0.1 SIP/2.0", "INVITE sip:10.0.0.1 SIP/2.0"],
    ["INVITE sip:100 SIP/2.0", `INVITE sip:${hash("100")} SIP/2.0`],
    ["INVITE 100 SIP/2.0", `INVITE ${hash("100")} SIP/2.0`],
  ])("in odd request lines: %s", (line, masked) => {
    expect(maskedLine(privacyOf({ users: "hash", numbers: "hash" }), line)).toBe(masked);
  });

  it("in incidents: key and accounts, but no address", () => {
    const incident = {
      track: "by_account",
      key: "alice@pbx",
      accounts: ["alice@pbx", "100@pbx"],
      callIds: ["alice@h"],
      destIps: ["10.0.0.2"],
      top: {
        sources: { distinct: 1, isCut: false, values: [{ text: "10.0.0.9", count: 5 }] },
        accounts: {
          distinct: 2,
          isCut: false,
          values: [{ text: "alice@10.0.0.2", count: 4 }],
        },
        numbers: { distinct: 2, isCut: false, values: [{ text: "0049301234567", count: 4 }] },
      },
    } as unknown as IncidentRecord;
    const privacy = privacyOf({ users: "hash", numbers: "partial" });
    expect(privacy.incident(incident)).toEqual({
      ...incident,
      key: `${hash("alice")}@pbx`,
      accounts: [`${hash("alice")}@pbx`, "1**@pbx"],
      top: {
        sources: incident.top.sources,
        accounts: {
          distinct: 2,
          isCut: false,
          values: [{ text: `${hash("alice")}@10.0.0.2`, count: 4 }],
        },
        numbers: { distinct: 2, isCut: false, values: [{ text: "004930123****", count: 4 }] },
      },
    });
    const byClient = { ...incident, track: "by_client", key: "10.0.0.9" };
    expect(privacy.incident(byClient).key).toBe("10.0.0.9");
  });

  it("in time that grows with the text only", () => {
    const privacy = privacyOf({ users: "hash", numbers: "hash" });
    for (const part of [
      "a@",
      "response=%22",
      'nonce="',
      "1.",
      "%40",
      "response   ",
      "0a",
      "sip:",
    ]) {
      const line = `INVITE ${part.repeat(65_536 / part.length)} SIP/2.0`;
      expect(privacy.alert(withLine(line)).timeUs).toBe(withLine(line).timeUs);
    }
    // Colons in hexadecimal digits; by their square it would take minutes.
    const colons = withLine(`INVITE ${"3a".repeat(500_000)} SIP/2.0`);
    expect(privacy.alert(colons).timeUs).toBe(colons.timeUs);
  });
});

describe("the key file", () => {
  it.each([
    ["missing", { users: "hash", hashKeyFile: "/nonexistent/key" }, /no such file; make one with/],
    [
      "not named",
      { numbers: "hash", hashKeyFile: "" },
      /hash needs a key file \(privacy\.hashKeyFile\)/,
    ],
  ] as const)("%s: one line with the cure", (_, settings, message) => {
    expect(() => privacyOf(settings)).toThrow(message);
  });

  it("too short: one line with the cure", () => {
    expect(() => privacyOf({ users: "hash" }, "short\n")).toThrow(/holds 5 bytes, at least 16/);
  });

  it("is not read when nothing is hashed", () => {
    expect(() => privacyOf({ hashKeyFile: "/nonexistent/key" })).not.toThrow();
  });
});
