import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SyslogFormatter, type SyslogOrigin } from "../../../../src/emit/outputs/syslog-message.ts";
import { alertFields, recordOf } from "./eve-lines.ts";
import { parseSyslog } from "./syslog-parser.ts";

const ORIGIN: SyslogOrigin = {
  facility: "local5",
  appName: "sipsentry",
  hostname: "sensor1",
  structuredId: "sipsentry@32473",
};

const asItIs = (line: string) => line;

function formatter(changes: Partial<SyslogOrigin> = {}, format = asItIs): SyslogFormatter {
  return new SyslogFormatter({ ...ORIGIN, ...changes }, format);
}

describe("syslog message (RFC 5424)", () => {
  it("has header, structured data and the EVE line", () => {
    const record = recordOf(alertFields(), { severity: 2 });
    const message = parseSyslog(formatter().message(record));
    expect(message).toMatchObject({
      priority: 21 * 8 + 4,
      timestamp: "2026-11-21T02:56:57.743150Z",
      hostname: "sensor1",
      appName: "sipsentry",
      procId: String(process.pid),
      msgId: "alert",
      message: record.line,
    });
    expect(Object.fromEntries(message.data.get("sipsentry@32473") ?? [])).toEqual({
      alert_id: record.alertId,
      sid: "9102001",
      severity: "2",
      signature: "VOIP BRUTE credential brute force on one account",
      src_ip: "203.0.113.66",
    });
  });

  it.each([
    ["auth", 1, 4 * 8 + 2],
    ["daemon", 2, 3 * 8 + 4],
    ["local0", 3, 16 * 8 + 5],
    ["local7", 4, 23 * 8 + 6],
    ["authpriv", 255, 10 * 8 + 6],
  ] as const)("PRI of %s and alert severity %i is %i (6.2.1)", (facility, severity, priority) => {
    const record = recordOf(alertFields(), { severity });
    expect(parseSyslog(formatter({ facility }).message(record)).priority).toBe(priority);
  });

  it("counts messages in meta sequenceId, from 1 (7.3.1)", () => {
    const lines = formatter();
    const numbers = [1, 2, 3].map(() =>
      parseSyslog(lines.message(recordOf())).data.get("meta")?.get("sequenceId"),
    );
    expect(numbers).toEqual(["1", "2", "3"]);
  });

  it('escapes ", \\ and ] in parameters (6.3.3)', () => {
    const alert = { signature: 'a "b" \\c ]d[', signature_id: 1 };
    const message = parseSyslog(formatter().message(recordOf(alertFields({ alert }))));
    expect(message.data.get("sipsentry@32473")?.get("signature")).toBe('a "b" \\c ]d[');
  });

  it("says all that is beyond ASCII in JSON escapes, so that no byte order mark is due (6.4)", () => {
    const fields = alertFields({ voip: { from_user: "jürgen \u{1f4de} \x7f" } });
    const octets = formatter().message(recordOf(fields));
    expect(octets.every((octet) => octet >= 0x20 && octet <= 0x7e)).toBe(true);
    expect(JSON.parse(parseSyslog(octets).message)).toEqual(fields);
  });

  it("cuts and cleans header fields (6.2.4, 6.2.5)", () => {
    const origin = { hostname: "süd sensor", appName: "x".repeat(60) };
    const message = parseSyslog(formatter(origin).message(recordOf()));
    expect(message).toMatchObject({ hostname: "s_d_sensor", appName: "x".repeat(48) });
  });

  it("writes - for what is not known", () => {
    const origin = { hostname: "", appName: "" };
    const record = recordOf(alertFields({ timestamp: "yesterday", event_type: undefined }));
    const message = parseSyslog(formatter(origin).message(record));
    expect(message).toMatchObject({ timestamp: "-", hostname: "-", appName: "-", msgId: "-" });
  });

  it("carries a line that is no JSON", () => {
    const record = recordOf(undefined, { line: "broken {" });
    expect(parseSyslog(formatter().message(record)).message).toBe("broken {");
  });

  it("carries what the format makes of the line", () => {
    const octets = formatter({}, () => '{"ecs":true}').message(recordOf());
    expect(parseSyslog(octets).message).toBe('{"ecs":true}');
  });

  it("can be read back whatever the fields hold", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, text, (signature, ip, type, hostname) => {
        const fields = alertFields({
          src_ip: ip,
          event_type: type,
          alert: { signature, signature_id: 7 },
        });
        const message = parseSyslog(formatter({ hostname }).message(recordOf(fields)));
        expect(JSON.parse(message.message)).toEqual(JSON.parse(JSON.stringify(fields)));
        const ascii = signature.replace(/[^\x20-\x7e]/g, "?");
        expect(message.data.get("sipsentry@32473")?.get("signature") ?? "").toBe(ascii);
      }),
    );
  });
});
