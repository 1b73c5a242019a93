import { describe, expect, it } from "vitest";
import { RuleError } from "../../../../src/detect/rules/load-message.ts";
import { positionOf, ruleLines } from "../../../../src/detect/rules/rule-lines.ts";
import { parseRule } from "../../../../src/detect/rules/rule-parser.ts";
import { loadText } from "../rig.ts";

function parseOne(text: string) {
  const [rule] = ruleLines(text).rules;
  if (rule === undefined) throw new Error("no rule");
  return parseRule(rule);
}

function errorOf(text: string): string {
  try {
    parseOne(text);
  } catch (error) {
    if (error instanceof RuleError) return error.message;
  }
  return "";
}

describe("rule lines", () => {
  it("skips lines whose first character is # or a blank and warns of indented rules", () => {
    const text =
      "# a comment\n\n alert udp any any -> any any (sid:1;)\nalert udp any any -> any any (sid:2;)\n";
    const { rules, indented } = ruleLines(text);
    expect(rules.map(({ line }) => line)).toEqual([4]);
    expect(indented).toEqual([3]);
  });

  it("puts the next line in place of a trailing backslash and keeps its indentation", () => {
    const { rules } = ruleLines(
      'alert udp any any -> any any (msg:"a"; \\  \n\tsid:1;)\nalert x\n',
    );
    expect(rules[0]?.text).toBe('alert udp any any -> any any (msg:"a"; \tsid:1;)');
    expect(rules[0]?.line).toBe(1);
    expect(rules[1]?.line).toBe(3);
  });

  it("does not take a # line inside a joined rule as a comment", () => {
    const { rules } = ruleLines("alert udp any any \\\n# not a comment\n");
    expect(rules[0]?.text).toBe("alert udp any any # not a comment");
  });

  it("hides only the first line of a commented-out joined rule", () => {
    const { rules } = ruleLines("#alert udp \\\nany any\n  indented\n");
    expect(rules.map(({ text }) => text)).toEqual(["any any"]);
  });

  it("maps offsets of a joined rule to physical lines and columns", () => {
    const [rule] = ruleLines("alert udp \\\n  any any\n").rules;
    if (rule === undefined) throw new Error("no rule");
    expect(positionOf(rule, 0)).toEqual({ line: 1, column: 1 });
    expect(positionOf(rule, rule.text.indexOf("any"))).toEqual({ line: 2, column: 3 });
  });
});

describe("rule parser", () => {
  it("takes a header apart, blanks inside brackets allowed", () => {
    const ast = parseOne("alert UDP [10.0.0.1, !10.0.0.2] any <> $HOME_NET 5060:5061 (sid:1;)");
    expect(ast.action).toBe("alert");
    expect(ast.protocol.text).toBe("udp");
    expect(ast.src.text).toBe("[10.0.0.1, !10.0.0.2]");
    expect(ast.direction).toBe("<>");
    expect(ast.dstPorts.text).toBe("5060:5061");
  });

  it("separates options at a ; without a backslash before it, quotes or not", () => {
    const ast = parseOne(
      String.raw`alert udp any any -> any any (content:"a\;b"; nocase; sid : 7 ;)`,
    );
    expect(ast.options.map(({ name, value }) => [name.text, value?.text])).toEqual([
      ["content", String.raw`"a\;b"`],
      ["nocase", undefined],
      ["sid", "7"],
    ]);
  });

  it.each([
    [
      "alrt udp any any -> any any (sid:1;)",
      'An invalid action "alrt" was given. Did you mean "alert"?',
    ],
    ["alert udp any any <- any any (sid:1;)", '"<-" is not a valid direction modifier'],
    ["alert udp any any => any any (sid:1;)", "transactional"],
    ["alert udp any any -> any any", "no rule options."],
    ["alert udp any any -> any (sid:1;)", "header is incomplete"],
    ["alert udp any any -> any any (sid:1)", 'no terminating ";" found'],
    ["alert udp any any -> any any any (sid:1;)", 'unexpected "any"'],
    [`alert udp any any -> any any (msg:"${"a".repeat(8200)}"; sid:1;)`, "longer than 8192"],
    ['alert udp any any -> any any (msg:"\x01"; sid:1;)', "invalid (control) characters"],
    ['alert udp any any -> any any (msg:"\xff"; sid:1;)', "not valid UTF-8"],
    ["alert udp any any \\", "ends after a continuation backslash"],
  ])("refuses %s", (text, message) => {
    expect(errorOf(text)).toContain(message);
  });
});

describe("error positions", () => {
  it.each([
    [
      'alert udp any any -> any any (msg:"x"; contnt:"a"; sid:1;)',
      1,
      40,
      `unknown rule keyword 'contnt'. Did you mean "content"?`,
    ],
    [
      'alert udp any any -> any any (msg:"x"; \\\n  content:"|zz|"; sid:1;)',
      2,
      13,
      "Invalid hex code",
    ],
    ["alert udp 10.0.0.300 any -> any any (sid:1;)", 1, 11, '"10.0.0.300" is not an IP address'],
    ["alert udp any any -> any 70000 (sid:1;)", 1, 26, "is not a port"],
    ["alert udp $NOWHERE any -> any any (sid:1;)", 1, 11, '"$NOWHERE" is not defined'],
    ["alert foo any any -> any any (sid:1;)", 1, 7, 'protocol "foo" cannot be used in a signature'],
    ['alert udp any any -> any any (content:"a"; pcre:"/a(?>b)/"; sid:1;)', 1, 52, "atomic"],
    [
      "alert sip any any -> any any (app-layer-event:sip.auth_faild; sid:1;)",
      1,
      47,
      'Did you mean "sip.auth_failed"?',
    ],
    [
      "alert udp any any -> any any (threshold: type both, track by_sorce, count 1, seconds 1; sid:1;)",
      1,
      53,
      'Did you mean "by_src',
    ],
  ])("points at the cause in %s", (text, line, column, message) => {
    const { messages, failed } = loadText(`${text}\n`);
    expect(failed).toBe(1);
    expect(messages[0]?.text).toContain(message);
    expect([messages[0]?.line, messages[0]?.column]).toEqual([line, column]);
  });
});
