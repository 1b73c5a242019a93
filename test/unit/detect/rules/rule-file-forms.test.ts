import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { unreadableForm, withoutMark } from "../../../../src/detect/rules/rule-bytes.ts";
import { ruleReport } from "../../../../src/detect/rules/rule-report.ts";
import { loadText } from "../rig.ts";

const HEADER = "alert udp any any -> any any";
const RULE = `${HEADER} (msg:"a"; content:"a"; sid:1;)\n`;

/** Texts of one level. */
function said(text: string, level: "error" | "warning"): string[] {
  return loadText(text)
    .messages.filter((message) => message.level === level)
    .map((message) => message.text);
}

describe("the form of a rule file", () => {
  it.each([RULE, `# comment\n${RULE}`])("a byte order mark is left out, and told", (text) => {
    expect(loadText(`\ufeff${text}`)).toMatchObject({ loaded: 1, failed: 0 });
    expect(said(`\ufeff${text}`, "warning").join()).toContain("byte order mark");
    expect(said(text, "warning")).toEqual([]);
  });

  it.each([
    ["UTF-16", Buffer.from(`\ufeff${RULE}`, "utf16le")],
    ["gzip", gzipSync(RULE)],
    ["zip", Buffer.from("PK\x03\x04")],
    ["lone CR", Buffer.from(`${RULE.trim()}\r${RULE.trim()}\r`)],
  ])("what cannot hold a rule is named: %s", (name, bytes) => {
    expect(unreadableForm(bytes)).toContain(name);
  });

  it.each(["", RULE, RULE.trim(), `${RULE.trim()}\r\n`, `${RULE.trim()}\r`])(
    "what can, passes: %j",
    (text) => {
      expect(unreadableForm(Buffer.from(text))).toBe("");
      expect(withoutMark(Buffer.from(text)).hadMark).toBe(false);
    },
  );
});

describe("faults that do not show by themselves", () => {
  it.each([
    [`${HEADER} (\n`, "has a \\ at the end"],
    ['alert\u00a0udp any any -> any any (content:"a"; sid:1;)', "no-break space"],
    [`${HEADER} (msg:“a”; sid:1;)`, "not typographic ones"],
    [`${HEADER} (content:"a", depth 5; sid:1;)`, "not Snort 3's form"],
    [`${HEADER} (content:a; sid:1;)`, "value must be double quoted"],
  ])("%s", (text, hint) => {
    expect(said(text, "error")[0]).toContain(hint);
  });

  it("a rule that was broken without a backslash is warned of, as only its first line counts", () => {
    const broken = `${HEADER} (msg:"a"; sid:1;\n  content:"a";)\n`;
    expect(said(broken, "warning").join()).toContain("no closing parenthesis");
    expect(said(broken.replace(";\n", "; \\\n"), "warning")).toEqual([]);
  });

  it("actions are compared without case", () => {
    expect(loadText(RULE.replace("alert", "Alert"))).toMatchObject({ loaded: 1 });
  });

  it("a method in lower case, which matches nothing, is warned of", () => {
    const rule = (match: string) =>
      said(`alert sip any any -> any any (sip.method; ${match} sid:1;)`, "warning");
    expect(rule('content:"invite";').join()).toContain("upper case");
    for (const fine of [
      'content:"INVITE";',
      'content:"invite"; nocase;',
      'to_lowercase; content:"invite";',
      'content:!"invite";',
    ])
      expect(rule(fine)).toEqual([]);
  });

  it("each line of a report about a rule says where it stands", () => {
    const { lines } = ruleReport(loadText(RULE + RULE));
    expect(lines[0]).toMatch(/rules:2:1: Duplicate signature "1:1": rev 0 is not above rev 0/);
  });
});

describe("requires", () => {
  it.each([
    ["keyword sip.method", 0],
    ["keyword sip.nosuch", 1],
    ["feature geoip", 1],
  ])("%s skips %i rules", (requirement, skipped) => {
    expect(loadText(`${HEADER} (content:"a"; requires: ${requirement}; sid:1;)`)).toMatchObject({
      skipped,
      failed: 0,
    });
  });

  it("comes before all other options, which a later release may have", () => {
    expect(
      loadText(`${HEADER} (content:"a"; not.yet:1; requires: version >= 99; sid:1;)`),
    ).toMatchObject({ skipped: 1, failed: 0 });
  });
});

describe("bits that no rule sets", () => {
  const rule = (sid: number, options: string) =>
    `${HEADER} (content:"a"; ${options}; sid:${sid};)\n`;

  it.each([
    ["flowbits:isset,b", "flowbit 'b' is checked but not set. Checked in 1 and 1 other sigs"],
    ["xbits:isset,b,track ip_src", "xbit 'b' is checked but not set"],
    ["hostbits:isset,b", "hostbit 'b' is checked but not set"],
  ])("%s is told once", (test, text) => {
    const warnings = said(rule(1, test) + rule(2, test), "warning");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(text);
  });

  it.each([
    ["flowbits:isset,b", "flowbits:set,b"],
    ["flowbits:isset,b", "flowbits:toggle,b"],
    ["flowbits:isnotset,b", "flowbits:unset,b"],
    ["xbits:isset,b,track ip_src", "xbits:set,b,track ip_dst"],
  ])("%s with %s is fine", (test, setter) => {
    expect(said(rule(1, test) + rule(2, setter), "warning")).toEqual([]);
  });

  it("a setter that cannot be loaded is none", () => {
    const broken = rule(2, "flowbits:set,b; nosuch:1");
    expect(said(rule(1, "flowbits:isset,b") + broken, "warning")).toHaveLength(1);
  });
});
