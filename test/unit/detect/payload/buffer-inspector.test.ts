import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BufferInspector, STEPS_MAX } from "../../../../src/detect/payload/buffer-inspector.ts";
import { ContentMatch } from "../../../../src/detect/payload/content-match.ts";
import { linkMatches } from "../../../../src/detect/payload/match-links.ts";
import { Pattern } from "../../../../src/detect/payload/pattern.ts";
import { loadText } from "../rig.ts";

/** Compiles the options of a rule on the payload and runs them on a buffer inside a larger one. */
function matches(options: string, text: string): boolean {
  const { ruleSet, messages } = loadText(`alert udp any any -> any any (${options} sid:1;)\n`);
  const section = ruleSet.signatures[0]?.sections[0];
  if (section === undefined) throw new Error(messages.map((message) => message.text).join("; "));
  const bytes = Buffer.from(`<<${text}>>`, "latin1");
  return new BufferInspector().inspect(section.matches, bytes, 2, bytes.length - 2);
}

describe("content", () => {
  it.each([
    ['content:"REGISTER";', "REGISTER sip:x", true],
    ['content:"register";', "REGISTER sip:x", false],
    ['content:"register"; nocase;', "a ReGiStEr", true],
    ['content:"|52 45|GISTER";', "REGISTER", true],
    [String.raw`content:"a\;b\:c\\d\"e";`, 'a;b:c\\d"e', true],
    ['content:"<<";', "abc", false],
    ['content:!"SIP/";', "REGISTER", true],
    ['content:!"SIP/";', "REGISTER SIP/2.0", false],
    // absolute windows
    ['content:"abc"; depth:3;', "abcd", true],
    ['content:"abc"; depth:3;', "xabc", false],
    ['content:"abc"; offset:1; depth:3;', "xabc", true],
    ['content:"abc"; depth:3; offset:1;', "xabc", true],
    ['content:"abc"; offset:1; depth:3;', "xxabc", false],
    ['content:"abc"; offset:2;', "abcab", false],
    ['content:"abc"; startswith;', "abcd", true],
    ['content:"abc"; startswith;', "xabc", false],
    ['content:"abc"; endswith;', "xabc", true],
    ['content:"abc"; endswith;', "abcx", false],
    ['content:"abc"; startswith; endswith;', "abc", true],
    ['content:"ab"; endswith;', "abxab", true],
    ['content:!"abc"; endswith;', "abcx", true],
    ['content:!"abc"; endswith;', "xabc", false],
    ['content:!"abc"; offset:10;', "abc", true],
    // relative windows: distance and within count from the end of the last match
    ['content:"a"; content:"b"; distance:0;', "ba", false],
    ['content:"a"; content:"b"; distance:0;', "ab", true],
    ['content:"a"; content:"b"; distance:1;', "ab", false],
    ['content:"a"; content:"b"; distance:1;', "axb", true],
    ['content:"a"; content:"b"; within:1;', "ab", true],
    ['content:"a"; content:"b"; within:1;', "axb", false],
    ['content:"a"; content:"b"; distance:1; within:1;', "axb", true],
    ['content:"a"; content:"b"; distance:1; within:1;', "axxb", false],
    ['content:"abc"; content:"b"; distance:-2;', "abc", true],
    ['content:"abc"; content:"a"; distance:-9;', "abc", true],
    ['content:"b"; within:2;', "ab", true],
    ['content:"b"; within:1;', "ab", false],
    // a negated content never moves the cursor
    ['content:"a"; content:!"x"; distance:0; content:"b"; distance:0;', "ab", true],
    ['content:"a"; content:!"x"; within:1; content:"b"; distance:0;', "axb", false],
    // a relative failure tries the next occurrence of what it is relative to
    ['content:"a"; content:"b"; within:1;', "axxab", true],
    ['content:"a"; content:"b"; distance:0; content:"c"; within:1;', "abxabc", true],
    ['content:"a"; content:!"b"; within:1;', "abac", true],
    ['content:"a"; isdataat:!1,relative;', "axa", true],
    ['content:"aa"; content:"b"; within:1;', "aaab", true],
    // an absolute failure ends the rule
    ['content:"a"; content:"z"; content:"b"; within:1;', "axab", false],
    // isdataat: N exists against pos + N within the buffer
    ["isdataat:3;", "abcd", true],
    ["isdataat:4;", "abcd", false],
    ["isdataat:!4;", "abcd", true],
    ['content:"a"; isdataat:3,relative;', "abcd", true],
    ['content:"a"; isdataat:4,relative;', "abcd", false],
    ['content:"a"; isdataat:!4,relative;', "abcd", true],
    // byte_test
    ["byte_test:1,=,65,0;", "A", true],
    ["byte_test:1,!=,65,0;", "A", false],
    ["byte_test:2,>,16704,0;", "AB", true],
    ["byte_test:2,=,0x4241,0,little;", "AB", true],
    ["byte_test:1,&,0x40,0;", "A", true],
    ["byte_test:1,!&,0x0F,0;", "A", false],
    ["byte_test:1,!&,0x0F,0;", "@", true],
    ["byte_test:3,>=,200,0,string,dec;", "200", true],
    ["byte_test:3,<,200,0,string,dec;", "200", false],
    ["byte_test:4,=,255,0,string,hex;", "0xff", true],
    ["byte_test:1,=,65,1;", "A", false],
    ['content:"x"; byte_test:1,=,65,0,relative;', "xA", true],
    // byte_jump: from the read position, or from an end of the buffer
    ['byte_jump:1,0; content:"b"; within:1;', "\x01ab", true],
    ['byte_jump:1,0,multiplier 2; content:"b"; within:1;', "\x01aab", true],
    ['byte_jump:1,0,post_offset -1; content:"a"; within:1;', "\x01ab", true],
    ['byte_jump:1,0,from_beginning; content:"b"; within:1;', "\x02ab", true],
    ['byte_jump:1,0,align; content:"b"; within:1;', "\x01aaaab", true],
    ["byte_jump:1,0;", "\x05ab", false],
    ['byte_jump:1,0,from_end,post_offset -2; content:"b"; within:1;', "\x00aab\x00", true],
    ['byte_jump:1,0,from_end,post_offset -2; content:"b"; within:1;', "\x00aab", false],
    ['byte_jump:1,0,from_end,post_offset -1; content:"b"; within:1;', "\x00aab", true],
    // pcre moves the cursor; R sees the buffer from it on
    [String.raw`pcre:"/^a\d+/"; content:"b"; within:1;`, "a12b", true],
    [String.raw`content:"x"; pcre:"/^\d/R";`, "1x2", true],
    [String.raw`content:"x"; pcre:"/^\d/R";`, "1xx", false],
    [String.raw`content:"x"; pcre:"/^\d/R";`, "xxx2", true],
    [String.raw`content:"x"; pcre:!"/\d/R";`, "1x", true],
    ['pcre:"/a./"; content:"c"; within:1;', "abxabc", true],
  ])("%s on %j is %s", (options, text, expected) => {
    expect(matches(options, text)).toBe(expected);
  });

  it("gives up after a bounded number of steps", () => {
    const options =
      'content:"a"; content:"a"; distance:0; content:"a"; distance:0; content:"b"; within:1;';
    const { ruleSet } = loadText(`alert udp any any -> any any (${options} sid:1;)\n`);
    const inspector = new BufferInspector();
    const bytes = Buffer.from("a".repeat(60_000));
    expect(
      inspector.inspect(ruleSet.signatures[0]?.sections[0]?.matches ?? [], bytes, 0, bytes.length),
    ).toBe(false);
    expect(STEPS_MAX).toBe(3000);
  });
});

interface Spec {
  readonly text: string;
  readonly isNegated: boolean;
  readonly offset: number | null;
  readonly depth: number | null;
  readonly distance: number | null;
  readonly within: number | null;
  readonly endsWith: boolean;
}

/** The definition, by trying every position for every content. */
function naive(specs: readonly Spec[], buffer: string, pos = 0): boolean {
  const [spec, ...rest] = specs;
  if (spec === undefined) return true;
  const isRelative = spec.distance !== null || spec.within !== null;
  const distance = spec.distance ?? 0;
  const from = isRelative ? Math.max(0, pos + distance) : (spec.offset ?? 0);
  let to = buffer.length;
  if (isRelative && spec.within !== null) to = Math.min(to, pos + distance + spec.within);
  if (!isRelative && spec.depth !== null) to = Math.min(to, (spec.offset ?? 0) + spec.depth);
  const places: number[] = [];
  for (let at = from; at + spec.text.length <= to; at++) {
    const isThere = buffer.startsWith(spec.text, at);
    if (isThere && (!spec.endsWith || at + spec.text.length === buffer.length)) places.push(at);
  }
  if (spec.isNegated) return places.length === 0 && naive(rest, buffer, pos);
  return places.some((at) => naive(rest, buffer, at + spec.text.length));
}

describe("content engine against its definition", () => {
  const small = fc.integer({ min: 0, max: 6 });
  const spec: fc.Arbitrary<Spec> = fc
    .record({
      text: fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 3 }),
      isNegated: fc.boolean(),
      endsWith: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
      place: fc.oneof(
        fc.record({ offset: fc.option(small), depth: fc.option(small) }),
        fc.record({
          distance: fc.option(fc.integer({ min: -3, max: 4 })),
          within: fc.option(small),
        }),
      ),
    })
    .map(({ text, isNegated, endsWith, place }) => {
      const p = { offset: null, depth: null, distance: null, within: null, ...place };
      const least = (size: number | null) => (size === null ? null : Math.max(size, text.length));
      return { text, isNegated, endsWith, ...p, depth: least(p.depth), within: least(p.within) };
    });

  it("agrees with trying every position (property)", () => {
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 }),
        (specs, buffer) => {
          const compiled = specs.map(
            (s) =>
              new ContentMatch({
                ...s,
                pattern: new Pattern(Buffer.from(s.text), false),
                startsWith: false,
                variables: null,
              }),
          );
          linkMatches(compiled);
          const bytes = Buffer.from(`aab${buffer}abb`);
          const found = new BufferInspector().inspect(compiled, bytes, 3, 3 + buffer.length);
          expect(found).toBe(naive(specs, buffer));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("finds what indexOf finds, with and without case (property)", () => {
    const letters = fc.constantFrom("a", "A", "b", "B", "-");
    fc.assert(
      fc.property(
        fc.string({ unit: letters, minLength: 1, maxLength: 4 }),
        fc.string({ unit: letters, maxLength: 30 }),
        (needle, hay) => {
          const bytes = Buffer.from(hay);
          expect(new Pattern(Buffer.from(needle), false).find(bytes, 0, bytes.length)).toBe(
            hay.indexOf(needle),
          );
          expect(new Pattern(Buffer.from(needle), true).find(bytes, 0, bytes.length)).toBe(
            hay.toLowerCase().indexOf(needle.toLowerCase()),
          );
        },
      ),
      { numRuns: 5000 },
    );
  });
});
