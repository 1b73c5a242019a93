import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  encodedTextIn,
  escapedTextIn,
  hasInvisible,
  isSentence,
} from "../../../../src/track/content/hidden-text.ts";

const found = (text: string) => {
  const bytes = Buffer.from(text, "latin1");
  return encodedTextIn(bytes, 0, bytes.length);
};
const escaped = (text: string) => escapedTextIn(Buffer.from(text), 0, text.length);
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const decimal = (text: string) =>
  [...Buffer.from(text)].map((byte) => String(byte).padStart(3, "0")).join("");
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
    ["NVSWK5BANVSSAYLUEBXGS3TF", "meet me at nine"],
    ["nvswk5banvssaylubb@h".replace("bb@h", "ebxgs3tf@h"), "meet me at nine"],
    [decimal("meet me"), "meet me"],
    ["=?UTF-8?B?bWVldCBtZSBhdCBuaW5l", "meet me at nine"],
  ])("%s says %s", (token, text) => expect(found(token)).toBe(text));

  it.each([
    ["hex in base64, as X-Lite writes it", "NzEyZDk0YjA1Y2M0ODhiZDI3MjA2OWM3MWQyNjM2YzI."],
    ["a UUID", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
    ["an address and time in base64", Buffer.from("10.20.30.40:5060;173290").toString("base64")],
    ["an address in hex", Buffer.from("192.168.100.201:5060").toString("hex")],
    ["a short word", Buffer.from("hello world").toString("base64").slice(0, 15)],
    ["ordinary words", "FreeSWITCHmodsofiaVoicemailNotification"],
    ["a number in base32 letters", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"],
    ["a session's number and time", "3847263849038472638490384726384903"],
    ["a telephone number that begins with 0", "099097098099100101102"],
    [
      "an encoded word (RFC 2047)",
      `=?UTF-8?B?${Buffer.from("Meeting about the budget").toString("base64")}?=`,
    ],
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

describe("letters that are escaped", () => {
  it.each([
    [`sip:${percent("open port 4444")}@1.2.3.4`, "open port 4444"],
    [`<http://a.example/x?y=1${percent("the quick")}>`, "the quick"],
  ])("%s say %s", (uri, text) => expect(escaped(uri)).toBe(text));

  it.each([
    ["a name in another script", `sip:${percent("\u0645\u06cc\u062e\u0648\u0627\u0647\u0645")}@h`],
    ["a reason", "<sip:a@b?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%20Temporarily%22>"],
    ["digits", `sip:${percent("00442079460000")}@h`],
    ["few", `sip:${percent("secret")}@h`],
    ["none", "sip:100%"],
  ])("%s are none", (_, uri) => expect(escaped(uri)).toBe(""));

  it("cost each byte once, however many there are", () => {
    expect(escaped(percent("!").repeat(50_000))).toBe("");
    expect(escaped("%ff".repeat(50_000))).toBe("");
    expect(escaped(`${"%ff".repeat(50_000)}${percent("the quick fox")}`)).toBe("the quick fox");
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

describe("a text beside something else", () => {
  const text = "meet me at the old bridge";
  const base64 = Buffer.from(text).toString("base64").replace(/=+$/, "");

  it.each([
    ["behind the name of a product", `Phone/${base64}`],
    ["behind a path", `http://h.example/a/${base64}`],
    ["before a number", `${base64}17`],
  ])("is read %s", (_, token) => expect(found(token)).toBe(text));

  it.each([
    ["an address", "sip:alice.smith@home.example.org", false],
    ["two words", "alice smith", false],
    ["a sentence", text, true],
  ])("%s", (_, words, expected) => expect(isSentence(words)).toBe(expected));
});
