import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PcreMatch } from "../../../../src/detect/pcre/pcre.ts";
import { StepBudget } from "../../../../src/detect/pcre/pcre-text.ts";

function found(expression: string, text: string): boolean {
  const bytes = Buffer.from(`a${text}b`, "latin1");
  const match = new PcreMatch({ text: expression, at: 0 }, false);
  const budget = new StepBudget(1e9);
  const isFound = match.find(bytes, 1, bytes.length - 1, 1, budget);
  // The automaton and the machine must agree.
  match.needsPosition = true;
  expect(match.find(bytes, 1, bytes.length - 1, 1, budget)).toBe(isFound);
  return isFound;
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
    // Comments and quotes stand for nothing, and a quantifier is the last character's.
    ["/^a(?#why)*b$/", "aaab", true],
    [String.raw`/^\Qab\E+c$/`, "abbbc", true],
    [String.raw`/^\Qab\E+c$/`, "ababc", false],
    [String.raw`/^a\E*b$/`, "aaab", true],
    // \R takes CR LF as one, and gives it back as one.
    [String.raw`/^\R$/`, "\r\n", true],
    [String.raw`/^\R\n/`, "\r\n", false],
    [String.raw`/^\R{2}$/`, "\r\n", false],
    [String.raw`/^\R\R$/`, "\r\r", true],
    // ^ with m is behind any line feed but the last.
    ["/^$/m", "a\n", false],
    ["/^$/m", "a\n\n", true],
    ["/a\n^/m", "a\n", false],
    // Lookaround, in both directions and in each other
    ["/a(?=b)/", "ab", true],
    ["/a(?!b)/", "ab", false],
    ["/^(?!REGISTER|INVITE)[A-Z]+ sip/", "OPTIONS sip", true],
    ["/^(?!REGISTER|INVITE)[A-Z]+ sip/", "INVITE sip", false],
    ["/(?<=tag=)[0-9a-f]{8,}/", "tag=0123abcd", true],
    ["/(?<!tag=)[0-9a-f]{8,}/", "tag=0123abcd", false],
    ["/(?<=a(?=bc)b)c/", "abc", true],
    ["/(?<=a(?!bc)b)c/", "abc", false],
    ["/(?<![^a]b|c)d/", "abd", true],
    ["/(?=.*z)a/s", "a\n\nz", true],
    ["/^[[:^upper:]]$/i", "a", false],
  ])("%s on %j is %s", (expression, text, expected) => {
    expect(found(expression, text)).toBe(expected);
  });

  it.each([
    ["/(?=a)*b/", "lookaround"],
    ["/(?<=a+)b/", "lookbehind"],
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

  it.each([
    ["/(x+x+)+y/", "x"],
    ["/(?=.*a)(?=.*b)(?=.*c)z/s", "ab"],
    ["/(?:(?=.*q)a)+b/s", "a"],
    ["/(?<!a{100})(?!a*b)c/", "a"],
    ["/(?:a?){200}a{200}b/", "a"],
  ])("%s costs at most instructions times bytes, however it is fed", (expression, unit) => {
    const match = new PcreMatch({ text: expression, at: 0 }, false);
    match.needsPosition = true;
    const cost = (length: number): number => {
      const budget = new StepBudget(1e12);
      match.find(Buffer.from(unit.repeat(length)), 0, length, 0, budget);
      return 1e12 - budget.left;
    };
    const [short, long] = [cost(2_000), cost(20_000)];
    expect(long).toBeLessThan(12 * short);
    expect(long).toBeLessThan(2_000 * 20_000);
  });

  it("tells where releases of PCRE2 differ", () => {
    const warnings = (text: string) =>
      new PcreMatch({ text, at: 0 }, false).warnings.map(({ at }) => at);
    expect(warnings("/a{,3}/")).toEqual([2]);
    expect(warnings("/ab{1, 3}/")).toEqual([3]);
    expect(warnings("/a{3}b{1,}c{x}/")).toEqual([]);
  });

  it("finds the same at any place of a buffer, and nothing beyond its end", () => {
    const match = new PcreMatch({ text: "/^b(?=c)|(?<=a)b$/", at: 0 }, false);
    match.needsPosition = true;
    const bytes = Buffer.from("xabc");
    const at = (start: number, end: number) =>
      match.find(bytes, start, end, start, new StepBudget(1e6)) ? match.matchStart : -1;
    expect([at(0, 4), at(2, 4), at(1, 3), at(2, 3)]).toEqual([-1, 2, 2, -1]);
  });
});
