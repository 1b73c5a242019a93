import type { Scene } from "../cases/scene.ts";
import { WIRE_START_US } from "./wire.ts";

export interface PassportFields {
  readonly attest?: string;
  readonly orig: string;
  readonly dest: string;
  /** Seconds after the scene's time. */
  readonly age?: number;
  readonly extension?: string;
  readonly div?: string;
  readonly x5u?: string;
  /** As in the header behind the token. */
  readonly params?: string;
}

/** The claims of a PASSporT (RFC 8225) as signers write them: keys in alphabetical order. */
export function claimsOf(fields: PassportFields, nowS: number): object {
  const { attest = "A", dest, div, extension = "shaken", orig } = fields;
  return {
    ...(extension === "shaken" && { attest }),
    dest: { tn: [dest] },
    ...(div !== undefined && { div: { tn: div } }),
    iat: Math.floor(nowS),
    orig: { tn: orig },
    ...(extension === "shaken" && { origid: "123e4567-e89b-12d3-a456-426655440000" }),
  };
}

export function headerOf(
  extension = "shaken",
  x5u = "https://cert.example.org/shaken.pem",
): object {
  return { alg: "ES256", ppt: extension, typ: "passport", x5u };
}

/** An Identity header whose signature is random bytes: what a sensor without certificates sees. */
export function identity(scene: Scene, fields: PassportFields): string {
  const nowS = WIRE_START_US / 1e6 + scene.now - (fields.age ?? 0);
  const extension = fields.extension ?? "shaken";
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signature = Buffer.from(scene.hex(128), "hex").toString("base64url");
  const token = `${part(headerOf(extension, fields.x5u))}.${part(claimsOf(fields, nowS))}.${signature}`;
  const params =
    fields.params ?? `info=<https://cert.example.org/shaken.pem>;alg=ES256;ppt=${extension}`;
  return `Identity: ${token};${params}`;
}
