import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PcreMatch } from "../../../src/detect/pcre.ts";

function found(expression: string, text: string): boolean {
  return new PcreMatch({ text: expression, at: 0 }, false).find(text, 0);
}

describe("pcre on bytes", () => {
  it.each([
    ["/abc/", "xabcx", true],
    ["/ABC/i", "xabcx", true],
    ["/^abc/A", "xabc", false],
    ["/abc/A", "xabc", false],
    ["/a.c/", "a\nc", false],
    ["/a.c/s", "a\nc", true],
    ["/a.c/", "a\rc", true],
    ["/^b/", "a\nb", false],
    ["/^b/m", "a\nb", true],
    ["/^b/m", "a\rb", false],
    ["/a$/", "a\n", true],
    ["/a$/E", "a\n", false],
    ["/a$/", "a\n\n", false],
    ["/a$/m", "a\nb", true],
    [String.raw`/a\Z/`, "a\n", true],
    [String.raw`/a\z/`, "a\n", false],
    [String.raw`/\s/`, "\xa0", false],
    [String.raw`/\h/`, "\xa0", true],
    [String.raw`/^\xe0$/i`, "\xc0", false],
    [String.raw`/[\xe0]/i`, "\xc0", false],
    [String.raw`/^[^\n]$/`, "\xff", true],
    ["/a b # c/x", "ab", true],
    ["/^[[:alpha:]]+$/", "abC", true],
    ["/^[[:^alpha:]]+$/", "123", true],
    ["/^[]a]+$/", "]a", true],
    ["/^[a-]+$/", "a-", true],
    [String.raw`/^(?:\x41|\103)+$/`, "AC", true],
    ["/^(?P<n>a)(?<m>b)$/", "ab", true],
    ["/^(?i)ab(?-i)c$/", "ABc", true],
    ["/^(?i)ab(?-i)c$/", "ABC", false],
    ["/^a(?i:b)c$/", "aBc", true],
    [String.raw`/^\Qa.b\E$/`, "a.b", true],
    [String.raw`/^\Qa.b\E$/`, "axb", false],
    [String.raw`/^a\/b$/`, "a/b", true],
    ["/^a{2,3}$/", "aaa", true],
    ["/^a{,3}$/", "a{,3}", true],
    ["/^a{1500}$/", "a".repeat(1500), true],
    ["/^a{1500}$/", "a".repeat(1499), false],
    ["/^a{1500,}$/", "a".repeat(1600), true],
    ["/^a{1001,1500}$/", "a".repeat(1501), false],
    ["/^a{1001,1500}$/", "a".repeat(1500), true],
    [String.raw`/^a\x3D[^\n]{1000,}/smi`, `v=0\r\nA=${"x".repeat(1000)}`, true],
    [String.raw`/^a\x3D[^\n]{1000,}/smi`, `v=0\r\nA=${"x".repeat(900)}\n${"x".repeat(900)}`, false],
  ])("%s on %j is %s", (expression, text, expected) => {
    expect(found(expression, text)).toBe(expected);
  });

  it.each([
    ["/a(?=b)/", "lookaround"],
    ["/a(?!b)/", "lookaround"],
    ["/(?<=a)b/", "lookaround"],
    ["/(?<!a)b/", "lookaround"],
    ["/(?>a+)b/", "atomic"],
    ["/a++b/", "possessive"],
    [String.raw`/(a)\1/`, "backreferences"],
    ["/(?R)/", "not supported"],
    ["/(?(1)a|b)/", "not supported"],
    ["/(*ACCEPT)/", "not supported"],
    [String.raw`/\K/`, "not supported"],
    ["/a/U", "HTTP buffer"],
    ["/a/q", "unknown pcre flag"],
    ["/a", 'written "/expression/flags"'],
    ["/(a/", "missing closing parenthesis"],
    ["/a)/", "unmatched closing parenthesis"],
    ["/[a/", "missing terminating ]"],
    ["/*a/", "quantifier"],
    ["/a{20000}/", "above 10000"],
    ["/a{3,2}/", "out of order"],
    ["/[z-a]/", "out of order"],
  ])("refuses %s", (expression, message) => {
    expect(() => new PcreMatch({ text: expression, at: 0 }, false)).toThrow(message);
  });

  it("agrees with JavaScript where the two mean the same (property)", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "(?:ab|b)", String.raw`\d`, "1");
    const quantifier = fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}", "*?");
    const expression = fc
      .array(fc.tuple(atom, quantifier), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.map(([a, q]) => a + q).join(""));
    fc.assert(
      fc.property(
        expression,
        fc.string({ unit: fc.constantFrom("a", "b", "1", "c"), maxLength: 8 }),
        (source, text) => {
          expect(found(`/${source}/`, text)).toBe(new RegExp(source, "s").test(text));
          expect(found(`/${source}/i`, text.toUpperCase())).toBe(
            new RegExp(source, "is").test(text),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("takes time linear in a hostile payload", () => {
    expect(found("/(a*)*b/", "a".repeat(20_000))).toBe(false);
  });
});
