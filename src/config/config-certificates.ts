import { type KeyObject, verify, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type PassportKeys, Verdict } from "../track/identity/passport-keys.ts";
import { ConfigError } from "./config-file.ts";

/** ECDSA over P-256: r and s, 32 bytes each (RFC 7518 3.4). */
const ES256_BYTES = 64;
const FILES_MAX = 10_000;

interface Signer {
  readonly key: KeyObject;
  readonly fromUs: number;
  readonly untilUs: number;
}

/**
 * Reads the certificates (PEM or DER) of a folder; null without one. A file is called as the address in `x5u` without scheme and with
 * "_" for "/", such as `cert.example.org_2026_shaken.pem`; its suffix does not count. Throws ConfigError.
 */
export function readCertificates(folder: string): PassportKeys | null {
  if (folder === "") return null;
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.(pem|crt|cer|der)$/i.test(name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is none" : message;
    throw new ConfigError([
      `policy.certificates: cannot read the folder ${folder}: ${reason}; give one with certificates of signers`,
    ]);
  }
  if (names.length > FILES_MAX)
    throw new ConfigError([`policy.certificates: ${folder} has more than ${FILES_MAX} files`]);
  const signers = new Map<string, Signer>();
  const problems: string[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    try {
      signers.set(nameOf(name), signerIn(readFileSync(path)));
    } catch (error) {
      problems.push(
        `policy.certificates: ${path}: ${(error as Error).message}; put one X.509 certificate in PEM or DER there`,
      );
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return new CertificateKeys(signers);
}

function signerIn(content: Buffer): Signer {
  const certificate = new X509Certificate(content);
  const key = certificate.publicKey;
  if (key.asymmetricKeyType !== "ec") throw new Error("its key is not for ES256");
  return {
    key,
    fromUs: 1000 * Date.parse(certificate.validFrom),
    untilUs: 1000 * Date.parse(certificate.validTo),
  };
}

/** Address or file name without scheme, slashes and suffix. */
function nameOf(address: string): string {
  return address
    .replace(/^https?:\/\//i, "")
    .replace(/\.(pem|crt|cer|der)$/i, "")
    .replaceAll("/", "_")
    .toLowerCase();
}

class CertificateKeys implements PassportKeys {
  readonly #signers: ReadonlyMap<string, Signer>;

  constructor(signers: ReadonlyMap<string, Signer>) {
    this.#signers = signers;
  }

  verify(certificate: string, signed: string, signature: Buffer, timeUs: number): Verdict {
    const signer = this.#signers.get(nameOf(certificate));
    if (signer === undefined) return Verdict.UNKNOWN;
    if (signature.length !== ES256_BYTES) return Verdict.WRONG;
    const key = { key: signer.key, dsaEncoding: "ieee-p1363" } as const;
    if (!verify("sha256", Buffer.from(signed, "latin1"), key, signature)) return Verdict.WRONG;
    return timeUs < signer.fromUs || timeUs > signer.untilUs ? Verdict.EXPIRED : Verdict.RIGHT;
  }
}
