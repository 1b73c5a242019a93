/** Longest Identity value that is read; real ones have some 700 bytes. */
export const IDENTITY_BYTES_MAX = 8192;
/** Numbers that one PASSporT may name as called; conferences have a few. */
const NUMBERS_MAX = 16;
const TEXT_MAX = 512;

/** What a PASSporT (RFC 8225) of an Identity header (RFC 8224 4) says. Texts come from the packet and are at most 512 characters. */
export interface Passport {
  /** RFC 8224 4.1: header and claims are left out, both ends make them from the message. */
  readonly isCompact: boolean;
  /** `ES256`; RFC 8225 knows no other. */
  readonly algorithm: string;
  /** Extension: `shaken` (RFC 8588), `div` (RFC 8946), `rph` (RFC 8443), ..., "" for the plain kind. */
  readonly extension: string;
  /** Where the signer's certificate is: `x5u`, else the `info` parameter. */
  readonly certificate: string;
  /** Issued at, seconds since 1970; NaN when it is missing. */
  readonly issuedS: number;
  /** RFC 8588: A, B or C, "" without it. */
  readonly attestation: string;
  /** Calling number or URI; called ones; the one that was called before (`div`); "" and none where they are missing. */
  readonly origin: string;
  readonly destinations: readonly string[];
  readonly diverted: string;
  /** What is signed (RFC 7515 5.1): the two first parts as they stand. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** Why an Identity value is none. */
export interface PassportFault {
  readonly fault: string;
}

/** What is looked at in a JSON object that anybody may have written. */
interface Json {
  readonly alg?: unknown;
  readonly ppt?: unknown;
  readonly x5u?: unknown;
  readonly iat?: unknown;
  readonly attest?: unknown;
  readonly orig?: unknown;
  readonly dest?: unknown;
  readonly div?: unknown;
  readonly tn?: unknown;
  readonly uri?: unknown;
}

const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/;

/**
 * Reads one Identity value. Signers differ in what RFC 8224 leaves open: `ppt` with or without quotes, order of keys
 * and parameters, padding. Never throws; linear in its length. Allocates: for calls with an Identity only.
 */
export function readPassport(value: string): Passport | PassportFault {
  const end = value.indexOf(";");
  const token = (end < 0 ? value : value.slice(0, end)).trim();
  const params = parametersOf(end < 0 ? "" : value.slice(end + 1));
  const parts = token.split(".");
  const [head = "", body = "", signature = ""] = parts;
  if (parts.length !== 3) return { fault: "not three parts with dots between" };
  if (!parts.every((part) => BASE64URL.test(part))) return { fault: "not base64url" };
  if (signature === "") return { fault: "no signature" };
  const isCompact = head === "" && body === "";
  const header: Json | null = isCompact ? {} : objectIn(head);
  const claims: Json | null = isCompact ? {} : objectIn(body);
  if (header === null || claims === null) return { fault: "header or claims are no JSON object" };
  const info = params.get("info") ?? "";
  const passport: Passport = {
    isCompact,
    algorithm: textOf(header.alg) || (params.get("alg") ?? "ES256"),
    extension: textOf(header.ppt) || (params.get("ppt") ?? ""),
    certificate: textOf(header.x5u) || info,
    issuedS: typeof claims.iat === "number" ? claims.iat : Number.NaN,
    attestation: textOf(claims.attest),
    origin: numbersOf(claims.orig)[0] ?? "",
    destinations: numbersOf(claims.dest),
    diverted: numbersOf(claims.div)[0] ?? "",
    signed: `${head}.${body}`,
    signature: Buffer.from(signature, "base64url"),
  };
  const fault = faultOf(passport, header, params);
  return fault === "" ? passport : { fault };
}

/** What RFC 8225 and RFC 8588 ask of a whole PASSporT; "" when all is there. */
function faultOf(passport: Passport, header: Json, params: ReadonlyMap<string, string>): string {
  const { algorithm, attestation, extension, isCompact } = passport;
  if (algorithm !== "ES256") return `algorithm ${algorithm} instead of ES256`;
  if (isCompact) return "";
  const ppt = params.get("ppt");
  if (ppt !== undefined && ppt !== textOf(header.ppt))
    return "ppt of the header and of the token differ";
  if (Number.isNaN(passport.issuedS)) return "iat is missing";
  if (passport.origin === "") return "orig is missing";
  if (passport.destinations.length === 0) return "dest is missing";
  if (extension === "shaken" && !/^[ABC]$/.test(attestation)) return "attest is none of A, B and C";
  if (extension === "div" && passport.diverted === "") return "div is missing";
  return "";
}

function parametersOf(text: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of text.split(";").slice(0, 16)) {
    const equals = part.indexOf("=");
    if (equals < 1) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    const value = part
      .slice(equals + 1)
      .trim()
      .replace(/^["<]|[">]$/g, "");
    if (!params.has(name)) params.set(name, value.slice(0, TEXT_MAX));
  }
  return params;
}

function objectIn(base64url: string): Json | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Json)
      : null;
  } catch {
    return null;
  }
}

/** `{"tn": "..."}`, `{"tn": ["...", ...]}` or the same of `uri` (RFC 8225 5.2.1). */
function numbersOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const { tn, uri } = value as Json;
  const named = [tn, uri].flat().slice(0, NUMBERS_MAX);
  return named.map(textOf).filter((text) => text !== "");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, TEXT_MAX) : "";
}
