import { describe, expect, it } from "vitest";
import { BanPolicy, type BanRules } from "../../../../src/emit/outputs/ban-policy.ts";
import { NeverBanned } from "../../../../src/emit/outputs/never-banned.ts";
import { alertFields, recordOf } from "./eve-lines.ts";

const RULES: BanRules = {
  severityMax: 2,
  confidence: "high",
  attacks: ["auth_bruteforce", "sip_enumeration"],
  proof: true,
  ttlS: 3_600,
  never: ["192.0.2.0/24", "2001:db8:1::/48", "198.51.100.7"],
};
const NOW = Date.parse("2026-11-21T07:00:00Z");

function alertWith(metadata: Readonly<Record<string, readonly string[]>>) {
  const alert = { signature_id: 1, signature: "x", severity: 2, metadata };
  return recordOf(alertFields({ alert }));
}

function isBanned(record = recordOf(), rules: Partial<BanRules> = {}): boolean {
  return new BanPolicy({ ...RULES, ...rules }).judge(record, NOW)?.kind === "ban";
}

describe("who is banned", () => {
  it("takes the offender of an alert, with reason, times and expiry", () => {
    const record = recordOf();
    const verdict = new BanPolicy(RULES).judge(record, NOW);
    expect(verdict?.kind).toBe("ban");
    expect(verdict?.entry).toEqual({
      ip: "203.0.113.66",
      first_seen: "2026-11-21T02:56:57.743150Z",
      last_seen: "2026-11-21T02:56:57.743150Z",
      records: 1,
      sid: 9102001,
      signature: "VOIP BRUTE credential brute force on one account",
      severity: 2,
      attack: "auth_bruteforce",
      alert_id: record.alertId,
      expires: "2026-11-21T08:00:00.000Z",
    });
  });

  it("asks for a severity", () => {
    expect(isBanned(recordOf(alertFields(), { severity: 3 }))).toBe(false);
    expect(isBanned(recordOf(alertFields(), { severity: 3 }), { severityMax: 3 })).toBe(true);
  });

  it("asks for confidence, and takes a rule without one for low", () => {
    const medium = alertWith({ attack: ["auth_bruteforce"], confidence: ["Medium"] });
    const none = alertWith({ attack: ["auth_bruteforce"] });
    expect([isBanned(medium), isBanned(none)]).toEqual([false, false]);
    expect(isBanned(medium, { confidence: "medium" })).toBe(true);
    expect(isBanned(none, { confidence: "medium" })).toBe(false);
    expect(isBanned(none, { confidence: "low" })).toBe(true);
  });

  it.each(["invite_flood", "bye_spoof", "rtp_injection", "none"])(
    "leaves alone whom %s names: the source may be forged",
    (attack) => {
      expect(isBanned(alertWith({ attack: [attack], confidence: ["High"] }))).toBe(false);
    },
  );

  it("lets a rule decide by its metadata ban, but for severity", () => {
    expect(isBanned(alertWith({ attack: ["bye_spoof"], ban: ["yes"] }))).toBe(true);
    const no = { attack: ["auth_bruteforce"], confidence: ["High"], ban: ["no"] };
    expect(isBanned(alertWith(no))).toBe(false);
    const low = { ...alertWith({ ban: ["yes"] }), severity: 4 };
    expect(isBanned(low)).toBe(false);
  });

  it("asks for a proof that the source is not forged, whatever the rule says", () => {
    const voip = { schema: "voip/1.0", alert_id: "1" };
    const unproven = recordOf(alertFields({ voip }));
    expect(isBanned(unproven)).toBe(false);
    expect(isBanned(unproven, { proof: false })).toBe(true);
    const wanted = { attack: ["x"], ban: ["yes"] };
    const alert = { signature_id: 1, signature: "x", severity: 2, metadata: wanted };
    expect(isBanned(recordOf(alertFields({ voip, alert })))).toBe(false);
    const source = { return_path: "proven" };
    expect(isBanned(recordOf(alertFields({ voip: { ...voip, spoofed: true, source } })))).toBe(
      false,
    );
  });

  it("never bans an address that others depend on, and says by which port and account it was", () => {
    const source = { return_path: "proven", shared: "registered users" };
    const record = recordOf(alertFields({ voip: { source, account: "204@192.0.2.10" } }));
    for (const proof of [true, false]) {
      expect(new BanPolicy({ ...RULES, proof }).judge(record, NOW)).toMatchObject({
        kind: "shared",
        entry: { ip: "203.0.113.66", port: 5060, account: "204@192.0.2.10" },
      });
    }
  });

  it("prolongs with an incident's update, by its own times, and not with its closing", () => {
    const incident = {
      start: "2026-11-21T02:00:00.000000+0000",
      end: "2026-11-21T06:00:00.000000+0000",
    };
    const policy = new BanPolicy(RULES);
    const fields = (state: string) =>
      alertFields({ event_type: "incident", incident: { ...incident, state } });
    expect(policy.judge(recordOf(fields("update")), NOW)?.entry).toMatchObject({
      first_seen: "2026-11-21T02:00:00.000000Z",
      last_seen: "2026-11-21T06:00:00.000000Z",
    });
    expect(policy.judge(recordOf(fields("resumed")), NOW)).not.toBeNull();
    expect(policy.judge(recordOf(fields("closed")), NOW)).toBeNull();
    const voip = { source: { return_path: "proven", shared: "trunk" } };
    const closed = { ...fields("closed"), voip };
    expect(policy.judge(recordOf(closed), NOW)?.kind).toBe("shared");
  });

  it.each(["no json", "[]", "null", '{"src_ip":7}', "{}"])("bans nobody for %s", (line) => {
    expect(isBanned(recordOf(undefined, { line }))).toBe(false);
  });

  it("writes one address in one form", () => {
    const policy = new BanPolicy(RULES);
    const ipOf = (src_ip: string) => policy.judge(recordOf(alertFields({ src_ip })), NOW)?.entry.ip;
    expect(ipOf("2001:0DB8:0000:0000:0000:0000:0000:0009")).toBe("2001:db8::9");
    expect(ipOf("::ffff:203.0.113.9")).toBe("203.0.113.9");
  });
});

describe("who is never banned", () => {
  const never = new NeverBanned(RULES.never);
  it.each([
    "192.0.2.77",
    "::ffff:192.0.2.77",
    "2001:db8:1:2::3",
    "198.51.100.7",
    "127.0.0.1",
    "0.0.0.0",
    "224.0.1.75",
    "239.255.255.255",
    "255.255.255.255",
    "240.0.0.1",
    "::",
    "::1",
    "ff02::1",
    "",
    "1",
    "010.1.2.3",
    "a.example",
    "fe80::1%eth0",
  ])("%j", (text) => {
    expect(never.has(text)).toBe(true);
  });

  it.each(["203.0.113.1", "10.0.0.1", "192.168.1.1", "198.51.100.8", "2001:db8:2::1", "2a00::1"])(
    "but %j can be",
    (text) => {
      expect(never.has(text)).toBe(false);
    },
  );

  it.each(["192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/24/1", "10/8", "trunk", ""])(
    "does not take %j for a network",
    (text) => {
      expect(() => new NeverBanned([text])).toThrow(/neither an address nor a network/);
    },
  );
});
