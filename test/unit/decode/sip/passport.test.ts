import { CompactSign, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { type Passport, readPassport } from "../../../../src/decode/sip/passport.ts";
import { claimsOf, headerOf } from "../../../support/passports.ts";

const INFO = "info=<https://cert.example.org/shaken.pem>";
const CLAIMS = claimsOf({ orig: "12125550100", dest: "12155550199" }, 1_700_000_000);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function signed(claims: object, header: object = headerOf()): Promise<string> {
  const { privateKey } = await generateKeyPair("ES256");
  const signer = new CompactSign(Buffer.from(JSON.stringify(claims)));
  return signer.setProtectedHeader(header as { alg: string }).sign(privateKey);
}

function read(value: string): Passport {
  const passport = readPassport(value);
  if ("fault" in passport) throw new Error(passport.fault);
  return passport;
}

function faultOf(value: string): string {
  const passport = readPassport(value);
  return "fault" in passport ? passport.fault : "";
}

describe("a PASSporT (RFC 8225)", () => {
  it("is read as jose signs it", async () => {
    const token = await signed(CLAIMS);
    expect(read(`${token};${INFO};alg=ES256;ppt=shaken`)).toMatchObject({
      isCompact: false,
      algorithm: "ES256",
      extension: "shaken",
      certificate: "https://cert.example.org/shaken.pem",
      issuedS: 1_700_000_000,
      attestation: "A",
      origin: "12125550100",
      destinations: ["12155550199"],
      signed: token.slice(0, token.lastIndexOf(".")),
    });
    expect(read(`${token};${INFO}`).signature).toHaveLength(64);
  });

  it.each([
    [`${INFO};alg=ES256;ppt=shaken`],
    [`ppt="shaken";alg="ES256";${INFO}`],
    [` ${INFO} ; alg=ES256 ; ppt = shaken `],
    [""],
  ])("takes its parameters in any form: %s", async (params) => {
    const token = await signed(CLAIMS);
    expect(faultOf(`${token};${params}`)).toBe("");
  });

  it("takes keys in any order and padded parts", () => {
    const header = '{"x5u":"https://c/x","typ":"passport","ppt":"shaken","alg":"ES256"}';
    const claims =
      '{"origid":"1","orig":{"tn":["12125550100"]},"iat":1,"dest":{"uri":"sip:a@b","tn":"1"},"attest":"C"}';
    const pad = (text: string) => Buffer.from(text).toString("base64").replace(/\+/g, "-");
    const passport = read(`${pad(header)}.${pad(claims)}.AAAA;${INFO}`);
    expect(passport.destinations).toEqual(["1", "sip:a@b"]);
    expect(passport.attestation).toBe("C");
  });

  it("leaves out in compact form what the message says (RFC 8224 4.1)", () => {
    expect(read(`..c2ln;${INFO};alg=ES256`)).toMatchObject({ isCompact: true, origin: "" });
  });

  it.each([
    ["", /three parts/],
    ["a.b", /three parts/],
    ["a b.c.d", /base64url/],
    [`${part(headerOf())}.${part(CLAIMS)}.`, /no signature/],
    [`${part([])}.${part(CLAIMS)}.AA`, /no JSON object/],
    [`${Buffer.from("[".repeat(5000)).toString("base64url")}.${part({})}.AA`, /no JSON object/],
    [`${part({ ...headerOf(), alg: "none" })}.${part(CLAIMS)}.AA`, /algorithm none/],
    [`${part(headerOf())}.${part({ ...CLAIMS, iat: "now" })}.AA`, /iat/],
    [`${part(headerOf())}.${part({ ...CLAIMS, orig: 7 })}.AA`, /orig/],
    [`${part(headerOf())}.${part({ ...CLAIMS, dest: { tn: [] } })}.AA`, /dest/],
    [`${part(headerOf())}.${part({ ...CLAIMS, attest: "D" })}.AA`, /attest/],
    [`${part(headerOf("div"))}.${part(CLAIMS)}.AA`, /div is missing/],
    [`${part(headerOf())}.${part(CLAIMS)}.AA;ppt=div`, /differ/],
  ])("%s is none", (value, fault) => expect(faultOf(value)).toMatch(fault));

  it("is cut where it is longer than anybody needs", () => {
    const dest = { tn: Array.from({ length: 100 }, () => "9".repeat(5000)) };
    const { destinations } = read(`${part(headerOf())}.${part({ ...CLAIMS, dest })}.AA`);
    expect(destinations).toHaveLength(16);
    expect(destinations[0]).toHaveLength(512);
  });
});
