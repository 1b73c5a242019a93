import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodedTextIn, hasInvisible } from "../../../../src/track/content/hidden-text.ts";

const found = (text: string) => {
  const bytes = Buffer.from(text, "latin1");
  return encodedTextIn(bytes, 0, bytes.length);
};
const invisible = (text: string) => {
  const bytes = Buffer.from(text);
  return hasInvisible(bytes, 0, bytes.length);
};

describe("a text in a token", () => {
  it.each([
    ["c2VjcmV0Y29kZTEyMw@1.2.3.4", "secretcode123"],
    ["--secret_c2VjcmV0Y29kZTEyMw", "secretcode123"],
    [Buffer.from("meet me at nine").toString("hex"), "meet me at nine"],
    [`z9hG4bK-${Buffer.from("upload the ledger").toString("base64")}`, "upload the ledger"],
  ])("%s says %s", (token, text) => expect(found(token)).toBe(text));

  it.each([
    ["hex in base64, as X-Lite writes it", "NzEyZDk0YjA1Y2M0ODhiZDI3MjA2OWM3MWQyNjM2YzI."],
    ["a UUID", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
    ["an address and time in base64", Buffer.from("10.20.30.40:5060;173290").toString("base64")],
    ["an address in hex", Buffer.from("192.168.100.201:5060").toString("hex")],
    ["a short word", Buffer.from("hello world").toString("base64").slice(0, 15)],
    ["ordinary words", "FreeSWITCHmodsofiaVoicemailNotification"],
    ["nothing", ""],
  ])("%s is none", (_, token) => expect(found(token)).toBe(""));

  it("is not seen in random tokens", () => {
    const tokens = Array.from({ length: 20_000 }, () => randomBytes(24).toString("base64"));
    expect(tokens.filter((token) => found(token) !== "")).toEqual([]);
  });

  it("is read in its first part, however long it is", () => {
    expect(found(Buffer.from("so ".repeat(20_000)).toString("base64"))).toMatch(/^so so .{74}$/);
  });
});

describe("characters without width", () => {
  it.each(["a\u200bb", "\u2060x", "x\ufeffy", "t\u{e0041}"])("%j has one", (text) =>
    expect(invisible(text)).toBe(true),
  );
  it.each(["M\u00fcller", "10 \u20ac", "\u0645\u06cc\u200c\u062e", "\u2013", "\u{1f600}", ""])(
    "%j has none",
    (text) => expect(invisible(text)).toBe(false),
  );
});
