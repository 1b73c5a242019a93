import { spawnSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CompactSign } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { readCertificates } from "../../src/config/config-certificates.ts";
import { ConfigError } from "../../src/config/config-file.ts";
import { type PassportKeys, Verdict } from "../../src/track/identity/passport-keys.ts";
import { folderOfFile, folderOfTest } from "../support/temporary-folder.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const X5U = "https://cert.example.org/2026/Shaken.pem";
const folder = folderOfFile();

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync("openssl", args);
  if (status !== 0) throw new Error(String(stderr));
}

describe("certificates of signers", () => {
  it("are read from a folder that exists", () => {
    expect(() => readCertificates("/nowhere")).toThrow(ConfigError);
    expect(() => readCertificates("/nowhere")).toThrow(/cannot read the folder \/nowhere/);
    expect(readCertificates("")).toBeNull();
  });

  it("are named with the file that is none", () => {
    const broken = folderOfTest();
    writeFileSync(join(broken, "a.pem"), "no certificate");
    expect(() => readCertificates(broken)).toThrow(/a\.pem: .*PEM or DER/);
  });
});

describe.skipIf(!hasOpenssl)("a signature by jose (needs openssl for the certificate)", () => {
  let nowUs = 0;
  let keys: PassportKeys;
  let signed = "";
  let signature: Buffer;

  beforeAll(async () => {
    const [key, pem] = [join(folder, "key"), join(folder, "cert.example.org_2026_Shaken.pem")];
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key);
    openssl("req", "-x509", "-key", key, "-subj", "/CN=test", "-days", "2", "-out", pem);
    const privateKey = createPrivateKey(readFileSync(key));
    const token = await new CompactSign(Buffer.from('{"iat":1}'))
      .setProtectedHeader({ alg: "ES256" })
      .sign(privateKey);
    signed = token.slice(0, token.lastIndexOf("."));
    signature = Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");
    keys = readCertificates(folder) as PassportKeys;
    // A certificate is valid from the second on in which it was made.
    nowUs = Date.now() * 1000;
  });

  it("is right by the certificate whose file is called as its address", () => {
    expect(keys.verify(X5U, signed, signature, nowUs)).toBe(Verdict.RIGHT);
    expect(keys.verify(X5U.toLowerCase(), signed, signature, nowUs)).toBe(Verdict.RIGHT);
  });

  it("is wrong when a letter of it or of what is signed differs", () => {
    expect(keys.verify(X5U, `${signed}A`, signature, nowUs)).toBe(Verdict.WRONG);
    expect(keys.verify(X5U, signed, Buffer.alloc(64), nowUs)).toBe(Verdict.WRONG);
    expect(keys.verify(X5U, signed, signature.subarray(0, 63), nowUs)).toBe(Verdict.WRONG);
  });

  it("is nobody's without a certificate, and out of its time by packet time", () => {
    expect(keys.verify("https://other.example/x.pem", signed, signature, nowUs)).toBe(
      Verdict.UNKNOWN,
    );
    expect(keys.verify(X5U, signed, signature, nowUs + 3 * 86_400e6)).toBe(Verdict.EXPIRED);
    expect(keys.verify(X5U, signed, signature, 0)).toBe(Verdict.EXPIRED);
  });
});
