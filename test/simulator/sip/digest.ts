import { createHash } from "node:crypto";
import type { Header } from "./message.ts";

/** HTTP digest as SIP has it (RFC 3261 22, RFC 2617): real hashes, so that what is equal is equal. */

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  /** 401 asks for Authorization, 407 for Proxy-Authorization. */
  readonly status: 401 | 407;
  readonly hasQop: boolean;
}

export function challengeHeader({ realm, nonce, status, hasQop }: Challenge): Header {
  const name = status === 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
  const qop = hasQop ? ', qop="auth"' : "";
  return [name, `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5${qop}`];
}

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly cnonce: string;
  readonly count?: number;
}

export function credentialsHeader(challenge: Challenge, login: Login): Header {
  const { realm, nonce, status, hasQop } = challenge;
  const { username, password, method, uri, cnonce, count = 1 } = login;
  const ha1 = md5(`${username}:${realm}:${password}`);
  const ha2 = md5(`${method}:${uri}`);
  const nc = count.toString(16).padStart(8, "0");
  const response = hasQop
    ? md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`)
    : md5(`${ha1}:${nonce}:${ha2}`);
  const qop = hasQop ? `, cnonce="${cnonce}", qop=auth, nc=${nc}` : "";
  const name = status === 407 ? "Proxy-Authorization" : "Authorization";
  return [
    name,
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"${qop}, algorithm=MD5`,
  ];
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
