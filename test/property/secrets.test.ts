import fc from "fast-check";
import { expect, it } from "vitest";
import { withoutSecrets } from "../../src/emit/privacy-text.ts";

/** What stands around secrets in messages and evidence, with signs that make a text look as if it held one, or not. */
const AROUND = fc.constantFrom(
  ..." ,;:=%@<>\"'?&-_/.\\\r\n",
  "sip:",
  "tel:+4930",
  "%40",
  "%3D",
  "password",
  "response",
  "authorization",
  "0a1b",
  "q",
  "5060",
  "\u00e4",
  "\u20ac",
);
const SECRET = fc.stringMatching(/^[g-z]{6,10}$/).map((text) => `zz${text}`);
const HOLDERS: readonly ((secret: string) => string)[] = [
  (secret) => `sip:bob:${secret}@h`,
  (secret) => `sips:bob:${secret}%40h`,
  (secret) => `response="${secret}"`,
  (secret) => `cnonce = ${secret}`,
  (secret) => `PWD=${secret}`,
  (secret) => `%22password%3D${secret}`,
  (secret) => `Authorization: Basic ${secret}`,
  (secret) => `authorization=bearer%20${secret}`,
  (secret) => Buffer.from(`bob:${secret}\x011`, "latin1").toString("hex"),
];
const RUNS = 1_000;

it("no text that is looked at for signs only lets a secret through", () => {
  const text = fc.array(AROUND, { maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      text,
      text,
      SECRET,
      fc.constantFrom(...HOLDERS),
      (before, after, secret, holder) => {
        const held = holder(secret);
        // A secret that is empty, and stands before, does not take its name for a value.
        const open = withoutSecrets(`${before} ${held} ${after}`);
        expect(open).not.toContain(secret);
        expect(open).not.toContain(Buffer.from(secret, "latin1").toString("hex"));
      },
    ),
    { numRuns: RUNS },
  );
});

it.each(['password%3D" response="zzgggggg" ', "pwd=%22a response=%22zzgggggg%22 b"])(
  "a quote that is left open does not close where the next secret's opens: %s",
  (text) => {
    expect(withoutSecrets(text)).not.toContain("zzgggggg");
  },
);

it("a text without any of them is the same", () => {
  const harmless = fc
    .stringMatching(/^[ -$&-9;<>?A-Z[-z]*$/)
    .filter((text) => !/[0-9a-f]{12}/i.test(text));
  fc.assert(
    fc.property(harmless, (text) => {
      expect(withoutSecrets(text)).toBe(text);
    }),
    {
      numRuns: RUNS,
    },
  );
});
