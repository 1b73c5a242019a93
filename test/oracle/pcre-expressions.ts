import fc from "fast-check";

/** Generated expressions over everything that the translator reads, in odd combinations. */

const QUOTABLE = ["a", "b", "1", "_", " ", "-", "=", "A"];

const literal = fc.constantFrom(
  "a",
  "b",
  "A",
  "1",
  "_",
  " ",
  "-",
  ":",
  "=",
  "\\.",
  "\\x61",
  "\\x0a",
  "\\n",
  "\\r",
  "\\t",
  "\\012",
  "\\cJ",
  "\\e",
  "\\xff",
  "#",
  "\\#",
  "\\ ",
  "}",
  "]",
);
const set = fc.constantFrom(
  "\\d",
  "\\D",
  "\\w",
  "\\W",
  "\\s",
  "\\S",
  "\\h",
  "\\H",
  "\\v",
  "\\V",
  "\\N",
  "\\R",
  "\\C",
  ".",
  ".",
);
const classItem = fc.constantFrom(
  "a",
  "b",
  "A-C",
  "a-c",
  "0-9",
  "\\d",
  "\\w",
  "\\s",
  "\\W",
  "\\h",
  "\\n",
  "\\r",
  "\\x00-\\x1f",
  "\\xe0",
  "-",
  "_",
  "[:alpha:]",
  "[:upper:]",
  "[:^upper:]",
  "[:lower:]",
  "[:digit:]",
  "[:space:]",
  "[:punct:]",
  "[:xdigit:]",
  "[:word:]",
  "[:blank:]",
  "[:cntrl:]",
  "[:print:]",
  "[:graph:]",
  "[:ascii:]",
  "[:^alpha:]",
  "\\b",
  "^",
  "$",
  ".",
  "\\]",
  "\\-",
);
const klass = fc
  .tuple(fc.constantFrom("", "^", "]", "^]"), fc.array(classItem, { minLength: 1, maxLength: 4 }))
  .map(([start, items]) => `[${start}${items.join("")}]`);
const quoted = fc
  .array(fc.constantFrom(...QUOTABLE, "*", "(", "|", "."), { maxLength: 3 })
  .map((chars) => `\\Q${chars.join("")}\\E`);
const assertion = fc.constantFrom("^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z");
const nothing = fc.constantFrom("(?#c)", "\\E", "\\Q\\E", "");
const flags = fc.constantFrom("(?i)", "(?-i)", "(?s)", "(?m)", "(?-m)", "(?x)", "(?U)", "(?im-s)");
const quantifier = fc
  .tuple(
    fc.constantFrom(
      "",
      "",
      "",
      "",
      "*",
      "+",
      "?",
      "{2}",
      "{0}",
      "{1,}",
      "{0,2}",
      "{1,3}",
      "{,3}",
      "{ 1}",
      "{1 }",
      "{2",
    ),
    fc.constantFrom("", "", "", "?"),
  )
  .map(([what, lazy]) => (/^(?:|\{,3\}|\{ 1\}|\{1 \}|\{2)$/.test(what) ? what : what + lazy));

interface Words {
  readonly literals: fc.Arbitrary<string>;
  readonly sets: fc.Arbitrary<string>;
  readonly classes: fc.Arbitrary<string>;
  readonly nothing: fc.Arbitrary<string>;
  readonly quantifiers: fc.Arbitrary<string>;
}

/** Expressions made of these words; groups, lookaround and flags in all of them. */
function expressions(words: Words): fc.Arbitrary<string> {
  const { literals, sets, classes, nothing, quantifiers } = words;
  const fixed = fc
    .array(fc.oneof(literals, classes, fc.constantFrom(".", "\\w", "\\b", "^", "$")), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.join(""));
  return fc.letrec<{ expression: string; sequence: string; item: string; group: string }>(
    (tie) => ({
      expression: fc
        .array(tie("sequence"), { minLength: 1, maxLength: 3, depthIdentifier: "group" })
        .map((parts) => parts.join("|")),
      sequence: fc
        .array(tie("item"), { minLength: 0, maxLength: 4, depthIdentifier: "group" })
        .map((parts) => parts.join("")),
      item: fc
        .tuple(
          fc.oneof(
            { depthIdentifier: "group", maxDepth: 3 },
            { weight: 8, arbitrary: literals },
            { weight: 4, arbitrary: sets },
            { weight: 3, arbitrary: classes },
            { weight: 3, arbitrary: assertion },
            { weight: 1, arbitrary: quoted },
            { weight: 2, arbitrary: flags },
            { weight: 4, arbitrary: tie("group") },
          ),
          nothing,
          quantifiers,
        )
        .map(([what, ignored, often]) =>
          IS_UNREPEATABLE.test(what) ? what : what + ignored + often,
        ),
      group: fc.oneof(
        { depthIdentifier: "group", maxDepth: 3 },
        fc
          .tuple(
            fc.constantFrom("(", "(?:", "(?i:", "(?-i:", "(?s-m:", "(?m-i:"),
            tie("expression"),
          )
          .map(([open, inside]) => `${open}${inside})`),
        fc
          .tuple(fc.constantFrom("(?=", "(?!"), tie("expression"))
          .map(([open, inside]) => `${open}${inside})`),
        fc
          .tuple(fc.constantFrom("(?<=", "(?<!"), fixed)
          .map(([open, inside]) => `${open}${inside})`),
      ),
    }),
  ).expression;
}

/** A quantifier behind these is an error: now and then is enough, and the oddities below have them. */
const IS_UNREPEATABLE = /^(?:[\^$]|\\[bBAzZ]|\(\?[imsxU-]+\)|\(\?<?[=!].*)$/s;

/** Small ones, whose matches are many and near to each other. */
const plain = expressions({
  literals: fc.constantFrom("a", "b", "A", "\\n", "a", "b"),
  sets: fc.constantFrom(".", "\\w", "\\s", "\\R", "\\N"),
  classes: fc.constantFrom("[^a]", "[ab]", "[[:^upper:]]", "[[:lower:]\\n]"),
  nothing: fc.constant(""),
  quantifiers: fc.constantFrom(
    "",
    "",
    "",
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "??",
    "{2}",
    "{0,2}",
    "{1,2}?",
    "{2,}",
  ),
});

/** Each letter of the language, in combinations that nobody writes. */
const odd = expressions({
  literals: literal,
  sets: set,
  classes: klass,
  nothing,
  quantifiers: quantifier,
});

/** Quantifiers and groups where they may not be, names given twice. */
const wrong = fc
  .array(
    fc.constantFrom(
      ...[
        "a",
        "^",
        "\\b",
        "(?i)",
        "(?=a)",
        "*",
        "+",
        "?",
        "{2}",
        "(",
        ")",
        "[",
        "]",
        "|",
        "(?<n>a)",
        "(?P<n>b)",
        "\\Q",
        "\\E",
        "(?#",
        "[:alpha:]",
        "[[:alpha:]]",
        "[[.a.]]",
        "[\\12\\8]",
        "\\N{a}",
        "a-",
        "[z-a]",
        "{2,1}",
        "(?x) # ",
        "\\8",
      ],
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""));

/** Loops whose rounds may be empty: where engines differ most. */
const round = fc
  .array(
    fc.constantFrom(
      "a?",
      "b?",
      "A*",
      "\\n*",
      "[^a]{0,2}",
      "a",
      "b",
      "",
      "a??",
      "b*?",
      "(?:a|)*",
      "(?:|b)+",
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) => parts.join(""));
const loops = fc
  .tuple(
    fc.array(round, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("*", "+", "*?", "+?", "{2,}", "{0,2}", "{1,3}?"),
    fc.constantFrom("", "a", "b?", "$", "(?!a)"),
  )
  .map(([rounds, often, after]) => `(?:${rounds.join("|")})${often}${after}`);

const CHARS = ["a", "b", "A", "\n"];
const anyByte = fc.constantFrom(...CHARS, ..."B1_ \r-:=\xff\xe0\xc0\x85\0]}{,");
const texts = (unit: fc.Arbitrary<string>, maxLength: number, count: number) =>
  fc.array(fc.string({ unit, maxLength }), { minLength: count, maxLength: count });

const flagsOf = fc.constantFrom("", "", "i", "m", "m", "s", "x", "ms", "im", "smi", "mx");

const near = texts(fc.constantFrom(...CHARS), 4, 12);

function cases(pattern: fc.Arbitrary<string>, subjects: fc.Arbitrary<string[]>) {
  return fc.record({ pattern, flags: flagsOf, subjects });
}

/** Expressions with their flags and what they are tried on. */
export const pcreCase = fc.oneof(
  { weight: 4, arbitrary: cases(plain, near) },
  { weight: 3, arbitrary: cases(odd, texts(anyByte, 8, 6)) },
  { weight: 2, arbitrary: cases(loops, near) },
  { weight: 1, arbitrary: cases(wrong, near) },
);
