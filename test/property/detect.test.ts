import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainRule } from "../../src/detect/alerts/explain.ts";
import { loadText, Rig, request, response } from "../unit/detect/rig.ts";

const RULES = [
  'alert udp $EXTERNAL_NET any -> [10.0.0.0/8,!10.1.2.3,2001:db8::/32] 5060:5061 (msg:"a \\; b"; content:"A|0d 0a|b"; offset:1; depth:20; nocase; pcre:"/^a[^b]{2,9}(c|d)*$/smiR"; sid:1; rev:2;)',
  'alert sip any any -> any any (flow:to_server,established; sip.method; content:"INVITE"; bsize:>3; sip.to; content:!"x"; within:9; sid:2; metadata:a b, c d;)',
  "alert sip any any <> any ![5060,6000:] (app-layer-event:sip.auth_failed; event_value:3<>9; threshold:type both , track by_client, count 3, seconds 60, unique_on to_user, reset_on sip.auth_ok, sip.registered; sid:3;)",
  "alert sip any any -> any any (ratio: 404 4xx / 401 407 REGISTER sip.auth_ok, above 2.5, min 3, track by_client_server, seconds 60; xbits:set,a,track by_account,expire 9,on_alert; sid:4;)",
  "drop ip4 any any -> any any (dsize:<99; byte_test:2,!&,0x0F,3,relative,little; byte_jump:1,0,relative,multiplier 2,align,post_offset -3; isdataat:!9,relative; flowbits:isset,a|b; sid:5;)",
  'alert udp any any -> any any (content:"a"; content:"b"; distance:-3; within:5; fast_pattern; hostbits:toggle,x,both; threshold:type backoff, track by_flow, count 2, multiplier 3; priority:1; sid:6;)',
  'pass ip any any -> any any (sip.user_agent; absent:or_else; content:"z"; startswith; requires: version >= 7.0; classtype:x; reference:cve,1; target:src_ip; noalert; sid:7;)',
];

/** A rule with some characters replaced, removed, doubled or brought in from another rule. */
const mutated = fc
  .record({
    rule: fc.constantFrom(...RULES),
    edits: fc.array(
      fc.record({
        at: fc.nat(400),
        remove: fc.nat(6),
        insert: fc.oneof(
          fc.constantFrom(
            ";",
            ":",
            '"',
            "\\",
            "(",
            ")",
            "[",
            "]",
            "!",
            ",",
            "|",
            "/",
            "$",
            " ",
            "\n",
            "any",
            "-1",
            "99999999999",
            "0",
          ),
          fc.string({ maxLength: 3 }),
          fc.constantFrom(...RULES).map((rule) => rule.slice(60, 100)),
        ),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ rule, edits }) =>
    edits.reduce((text, { at, remove, insert }) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + insert + text.slice(place + remove);
    }, rule),
  );

describe("rules from anywhere", () => {
  it("loading never throws, and every line is loaded, failed or skipped with a message", () => {
    fc.assert(
      fc.property(fc.array(mutated, { minLength: 1, maxLength: 3 }), (rules) => {
        const result = loadText(`${rules.join("\n")}\n`);
        const errors = result.messages.filter(({ level }) => level === "error");
        expect(errors.length).toBeGreaterThanOrEqual(result.failed);
        for (const { line, column } of errors) expect(line > 0 && column >= 0).toBe(true);
        for (const signature of result.ruleSet.signatures)
          expect(explainRule(signature)).toContain("Looks at");
      }),
      { numRuns: 3000 },
    );
  });

  it("loads the seeds themselves", () => {
    expect(loadText(`${RULES.join("\n")}\n`)).toMatchObject({ loaded: RULES.length, failed: 0 });
  });
});

describe("packets from anywhere", () => {
  const shared = join(process.env.SIPSENTRY_SHARED ?? "../shared", "rules");
  const et = ["et-voip.rules", "et-scan-sip.rules"]
    .map((file) => join(shared, file))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8").replaceAll("\n#alert", "\nalert"))
    .join("\n");
  const own = [
    ...RULES.slice(0, 6),
    'alert sip any any -> any any (sdp.media.media; content:"audio"; sdp.attribute; content:"x"; sid:20;)',
    'alert sip any any -> any any (sip.header_names; content:"Via"; sip.body; content:"v="; sid:21;)',
    'alert sip any any -> any any (sip.auth_user; content:"b"; sip.realm; content:"p"; sip.contact; pcre:"/[a-z]+@/i"; sid:22;)',
  ];
  const messages = [
    request("INVITE", {
      headers: ['Authorization: Digest username="bob", realm="p"', "Contact: <sip:a@b>"],
      body: "v=0\r\no=- 1 1 IN IP6 ::1\r\nc=IN IP6 ::1\r\nm=audio 1 RTP/AVP 0\r\na=x:y\r\n",
    }),
    response(401, "Unauthorized", { headers: ['WWW-Authenticate: Digest realm="p"'] }),
  ];
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .record({
        message: fc.constantFrom(...messages),
        edits: fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 8 }),
        cut: fc.nat(700),
      })
      .map(({ message, edits, cut }) => {
        const bytes = Buffer.from(message, "latin1");
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        return bytes.subarray(0, cut % 7 === 0 ? cut : bytes.length);
      }),
  );

  it("inspecting never throws", () => {
    const rig = new Rig(loadText(`${et}\n${own.join("\n")}\n`));
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 8 }), (payloads) => {
        for (const [i, bytes] of payloads.entries()) rig.send({ payload: bytes, at: i });
      }),
      { numRuns: 2000 },
    );
    expect(rig.alerts.length).toBeGreaterThan(0);
  });
});
