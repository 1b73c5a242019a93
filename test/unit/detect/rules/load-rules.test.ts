import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadRules } from "../../../../src/detect/rules/load-rules.ts";
import { ruleReport } from "../../../../src/detect/rules/rule-report.ts";
import { DEFAULT_VARIABLES } from "../../../../src/detect/rules/variables.ts";
import { loadText } from "../rig.ts";

const SHARED = join(process.env.SIPSENTRY_SHARED ?? "../shared", "rules");
const hasShared = existsSync(SHARED);
if (!hasShared && process.env.CI === "true") throw new Error(`${SHARED} is missing in CI`);

const HEADER = "alert udp any any -> any any";
const SIP = "alert sip any any -> any any";

function errorsOf(text: string): string[] {
  return loadText(text)
    .messages.filter(({ level }) => level === "error")
    .map((message) => message.text);
}

describe.skipIf(!hasShared)(`ET Open (skipped without ${SHARED})`, () => {
  it.each([
    ["et-voip.rules", 16],
    ["et-scan-sip.rules", 20],
  ])("%s: every enabled rule loads", (file, loaded) => {
    const result = loadRules({ files: [join(SHARED, file)], variables: DEFAULT_VARIABLES });
    expect(result).toMatchObject({ loaded, failed: 0, skipped: 0 });
  });

  it("et-voip.rules with its disabled rules: one is for HTTP and skipped", () => {
    const text = readFileSync(join(SHARED, "et-voip.rules"), "utf8").replaceAll(
      "\n#alert",
      "\nalert",
    );
    expect(loadText(text, DEFAULT_VARIABLES)).toMatchObject({ loaded: 20, failed: 0, skipped: 1 });
  });
});

describe("loading", () => {
  it("loads the rule of the issue", () => {
    const { ruleSet } = loadText(
      'alert udp any any -> any 5060 (msg:"SIP brute force attempt"; content:"REGISTER"; threshold: type both, track by_src, count 10, seconds 60; sid:100001;)',
    );
    expect(ruleSet.signatures[0]?.alert).toMatchObject({
      sid: 100001,
      msg: "SIP brute force attempt",
      severity: 3,
    });
    expect(ruleSet.signatures[0]?.counter).toMatchObject({ type: "both", count: 10, seconds: 60 });
  });

  it("never throws: an unreadable file is a message", () => {
    const result = loadRules({ files: ["no/such.rules"], variables: DEFAULT_VARIABLES });
    expect(result.messages[0]?.text).toBe("cannot read no/such.rules: no such file");
    expect(ruleReport(result).ok).toBe(false);
  });

  it("a higher revision replaces, an equal one is a duplicate", () => {
    const rule = (rev: number) => `${HEADER} (msg:"rev ${rev}"; content:"a"; sid:1; rev:${rev};)\n`;
    const higher = loadText(rule(1) + rule(2));
    expect(higher).toMatchObject({ loaded: 1, failed: 0 });
    expect(higher.ruleSet.signatures[0]?.alert.rev).toBe(2);
    const equal = loadText(rule(2) + rule(2));
    expect(equal).toMatchObject({ loaded: 1, failed: 1 });
    expect(equal.messages[0]?.text).toContain("Duplicate signature");
  });

  it("category and severity come from the classtype, priority wins", () => {
    const classification = "# c\nconfig classification: recon,Attempted Information Leak,2\n";
    const text = `${HEADER} (content:"a"; classtype:recon; sid:1;)\n${HEADER} (content:"a"; classtype:recon; priority:1; sid:2;)\n`;
    const { ruleSet } = loadText(text, DEFAULT_VARIABLES, { classification });
    expect(
      ruleSet.signatures.map(({ alert }) => [alert.sid, alert.severity, alert.category]),
    ).toEqual([
      [2, 1, "Attempted Information Leak"],
      [1, 2, "Attempted Information Leak"],
    ]);
  });

  it("an unknown classtype is one warning, whatever the number of rules", () => {
    const text = [1, 2, 3]
      .map((sid) => `${HEADER} (content:"a"; classtype:nope; sid:${sid};)\n`)
      .join("");
    const { messages, loaded } = loadText(text);
    expect(messages.filter(({ level }) => level === "warning").length).toBe(1);
    expect(loaded).toBe(3);
  });

  it("metadata keeps every value, keys sorted without case; references get their prefix", () => {
    const { ruleSet } = loadText(
      `${HEADER} (msg:"a\\; b"; content:"a"; metadata:zeta 1, Alpha x y, orphan; metadata:zeta 2; reference:url,example.org/a; reference:cve,2022-1; sid:1;)`,
    );
    const alert = ruleSet.signatures[0]?.alert;
    expect(alert?.msg).toBe("a; b");
    expect(JSON.stringify(alert?.metadata)).toBe('{"Alpha":["x y"],"zeta":["1","2"]}');
    expect(alert?.references).toEqual([
      "http://example.org/a",
      "http://cve.mitre.org/cgi-bin/cvename.cgi?name=2022-1",
    ]);
  });

  it("evaluation order is pass, drop, reject, alert; setters, readers; priority; as loaded", () => {
    const { ruleSet } = loadText(
      [
        `${HEADER} (content:"a"; sid:1;)`,
        `${HEADER} (content:"a"; priority:1; sid:2;)`,
        `${HEADER} (content:"a"; flowbits:isset,x; sid:3;)`,
        `${HEADER} (content:"a"; flowbits:set,x; sid:4;)`,
        'drop udp any any -> any any (content:"a"; sid:5;)',
        'pass udp any any -> any any (content:"a"; sid:6;)',
        `${HEADER} (content:"a"; xbits:set,y,track ip_src; sid:7;)`,
        `${HEADER} (content:"a"; sid:8;)`,
      ].join("\n"),
    );
    expect(ruleSet.signatures.map(({ alert }) => alert.sid)).toEqual([6, 5, 4, 3, 7, 2, 1, 8]);
  });

  it.each([
    ["requires: version >= 7.0.3;", 0],
    ["requires: version >= 7.0.3 < 8;", 1],
    ["requires: version >= 7.0.3 < 8 | >= 8.0.1;", 0],
    ["requires: version >= 9;", 1],
    ["requires: feature lua;", 1],
  ])("%s skips %i rules", (requires, skipped) => {
    expect(loadText(`${HEADER} (content:"a"; ${requires} sid:1;)`)).toMatchObject({
      skipped,
      failed: 0,
    });
  });

  it.each(["http", "dns", "tls"])("rules for %s are skipped, not failed", (protocol) => {
    expect(
      loadText(`alert ${protocol} any any -> any any (http.uri; content:"a"; sid:1;)`),
    ).toMatchObject({
      skipped: 1,
      failed: 0,
    });
  });

  it.each(["tcp", "tcp-pkt", "icmp", "ip", "ip4", "ip6", "udp", "sip", "rtp", "rtcp", "stun"])(
    "rules for %s load",
    (protocol) => {
      expect(loadText(`alert ${protocol} any any -> any any (content:"a"; sid:1;)`)).toMatchObject({
        loaded: 1,
      });
    },
  );
});

describe("rules that are invalid", () => {
  it.each([
    [`${HEADER} (content:"a";)`, 'missing required value "sid"'],
    [`${HEADER} (sid:0;)`, "sid is a number from 1"],
    [`${HEADER} (msg:"a"; msg:"b"; sid:1;)`, '"msg" is given twice'],
    [`${HEADER} (sid:1; sid:2;)`, '"sid" is given twice'],
    [`${HEADER} (content:abc; sid:1;)`, "must be double quoted"],
    [`${HEADER} (sid:"1";)`, "quotes on sid keyword"],
    [`${HEADER} (content:"a"; nocase:1; sid:1;)`, '"nocase" takes no value'],
    [`${HEADER} (content; sid:1;)`, "no value"],
    [`${HEADER} (nocase; sid:1;)`, "needs a preceding content"],
    [`${HEADER} (content:"|4|"; sid:1;)`, "missing hex digit"],
    [`${HEADER} (content:"|41"; sid:1;)`, "odd number of |"],
    [String.raw`${HEADER} (content:"a\q"; sid:1;)`, "is no escape"],
    [`${HEADER} (content:"a"b"; sid:1;)`, "unescaped double quote"],
    [`${HEADER} (content:""; sid:1;)`, "holds no bytes"],
    [`${HEADER} (content:"abc"; depth:2; sid:1;)`, "smaller than the content"],
    [`${HEADER} (content:"abc"; content:"abc"; within:2; sid:1;)`, "smaller than the content"],
    [`${HEADER} (content:"a"; depth:3; distance:1; sid:1;)`, "relative keyword"],
    [`${HEADER} (content:"a"; startswith; depth:3; sid:1;)`, "startswith with depth"],
    [`${HEADER} (content:"a"; depth:3; depth:4; sid:1;)`, "multiple depths"],
    [
      `${HEADER} (content:"a"; fast_pattern; content:"b"; fast_pattern; sid:1;)`,
      "multiple fast_patterns",
    ],
    [`${HEADER} (content:!"a"; depth:3; fast_pattern; sid:1;)`, "fast_pattern"],
    [`${HEADER} (content:"a"; offset:1; fast_pattern:only; sid:1;)`, "fast_pattern:only"],
    [`${HEADER} (dsize:>5; dsize:<9; sid:1;)`, "2 or more dsizes"],
    [`${HEADER} (dsize:<3; content:"abc"; sid:1;)`, "never hold the contents"],
    [`${HEADER} (dsize:3<>4; sid:1;)`, "no value lies inside"],
    [`${HEADER} (flow:to_server,to_client; sid:1;)`, "contradicting directions"],
    [`${HEADER} (flow:established; flow:to_server; sid:1;)`, '"flow" is given twice'],
    [`${HEADER} (flow:to_servr; sid:1;)`, 'Did you mean "to_server"?'],
    [`${SIP} (sip.method; sid:1;)`, "needs a match after it"],
    [`${SIP} (sip.method; sip.uri; content:"a"; sid:1;)`, "needs a match after it"],
    [`${SIP} (sip.uri; content:"a"; rawbytes; sid:1;)`, "rawbytes"],
    [`${SIP} (sip.uri; content:"a"; dsize:>5; sid:1;)`, "dsize looks at packets"],
    [
      `${SIP} (sip.method; content:"a"; sip.stat_code; content:"2"; sid:1;)`,
      "conflicting directions",
    ],
    [`${SIP} (flow:to_client; sip.method; content:"a"; sid:1;)`, "conflicting directions"],
    [`${SIP} (flow:to_server; sip.stat_code; content:"2"; sid:1;)`, "conflicting directions"],
    [
      `alert rtp any any -> any any (sip.method; content:"a"; sid:1;)`,
      "does not go with protocol rtp",
    ],
    [`${HEADER} (bsize:5; sid:1;)`, "bsize needs a sticky buffer"],
    [
      `${HEADER} (threshold:type limit, track by_src, count 1, seconds 1; threshold:type limit, track by_src, count 1, seconds 1; sid:1;)`,
      "only once",
    ],
    [
      `${HEADER} (threshold:type limit, track by_src, count 1, seconds 1; detection_filter:track by_src, count 1, seconds 1; sid:1;)`,
      "only once",
    ],
    [
      `${HEADER} (threshold:type limit, track by_src, count 0, seconds 1; sid:1;)`,
      "count is a number from 1",
    ],
    [`${HEADER} (threshold:type limit, track by_src, count 1; sid:1;)`, '"seconds" is missing'],
    [
      `${HEADER} (threshold:type limit, type both, track by_src, count 1, seconds 1; sid:1;)`,
      '"type" is given twice',
    ],
    [
      `${HEADER} (threshold:type backoff, track by_src, count 1, multiplier 2; sid:1;)`,
      "by_flow only",
    ],
    [
      `${HEADER} (threshold:type backoff, track by_flow, count 1, multiplier 2, seconds 5; sid:1;)`,
      "no seconds",
    ],
    [
      `${HEADER} (threshold:type both, track by_src, count 1, seconds 5, unique_on to_usr; sid:1;)`,
      'Did you mean "to_user"?',
    ],
    [
      `${HEADER} (threshold:type both, track by_src, count 1, seconds 5, reset_on sip.nope; sid:1;)`,
      "is not known",
    ],
    [`${SIP} (ratio: 404, above 1, min 1, track by_src, seconds 5; sid:1;)`, "two sides"],
    [
      `${SIP} (ratio: 404 / 99, above 1, min 1, track by_src, seconds 5; sid:1;)`,
      '"99" is no final status',
    ],
    [
      `${SIP} (ratio: 404 / ACK, above 1, min 1, track by_src, seconds 5; sid:1;)`,
      "no fact tells of each ACK",
    ],
    [`${SIP} (event_value:>5; content:"a"; sid:1;)`, "needs an app-layer-event"],
    [`${HEADER} (xbits:set,a; sid:1;)`, "xbits needs a track"],
    [`${HEADER} (xbits:isset,a,track ip_src,on_alert; sid:1;)`, "on_alert goes with"],
    [`${HEADER} (flowbits:sett,a; sid:1;)`, "unknown command"],
    [`${HEADER} (fragbits:M; content:"a"; sid:1;)`, "'fragbits' is not supported"],
    [`${HEADER} (http.uri; content:"a"; sid:1;)`, "'http.uri' is not supported"],
    [`alert call any any -> any any (content:"a"; sid:1;)`, "needs an app-layer-event"],
  ])("%s", (rule, message) => {
    const errors = errorsOf(`${rule}\n`);
    expect(errors[0]).toContain(message);
    expect(errors[1]).toContain(`error parsing signature "${rule}" from file`);
  });
});

describe("rules check report (-T contract)", () => {
  it("names each bad rule and fails", () => {
    const result = loadText(
      `${HEADER} (content:"a"; sid:1;)\n${HEADER} (contentt:"a"; sid:2;)\nalert http any any -> any any (sid:3;)\n`,
    );
    const { lines, ok } = ruleReport(result);
    expect(ok).toBe(false);
    expect(lines[0]).toMatch(
      /^Error: detect: .*test\.rules:2:31: unknown rule keyword 'contentt'\. Did you mean "content"\?$/,
    );
    expect(lines[1]).toMatch(
      /^Error: detect: error parsing signature ".*" from file .*test\.rules at line 2$/,
    );
    expect(lines.at(-2)).toBe(
      "Info: detect: 1 rule files processed. 1 rules successfully loaded, 1 rules failed, 1 rules skipped",
    );
    expect(lines.at(-1)).toContain("Loading signatures failed.");
  });

  it("says that all is well", () => {
    const { lines, ok } = ruleReport(loadText(`${HEADER} (content:"a"; sid:1;)\n`));
    expect(ok).toBe(true);
    expect(lines.at(-1)).toContain("Configuration provided was successfully loaded. Exiting.");
  });

  it("warns of an indented rule and of drop rules, once", () => {
    const drop = "drop udp any any -> any any";
    const { lines, ok } = ruleReport(
      loadText(
        ` ${HEADER} (content:"a"; sid:1;)\n${drop} (content:"a"; sid:2;)\n${drop} (content:"a"; sid:3;)\n`,
      ),
    );
    expect(ok).toBe(true);
    expect(lines.filter((line) => line.startsWith("Warning:")).length).toBe(2);
    expect(lines.join("\n")).toContain("2 drop or reject rules are taken as alert");
  });
});
