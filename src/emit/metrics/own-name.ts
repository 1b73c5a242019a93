import { isIP } from "node:net";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/**
 * A page in somebody's browser can have its own name lead to 127.0.0.1 and then read what listens there (DNS
 * rebinding); the browser still says the page's name in `Host`. So a server that listens on loopback answers to
 * addresses, `localhost` and the name it was told to listen on. Where it listens for others, they have names for it
 * that nobody here knows.
 */
export function isOwnName(header: string | undefined, listenHost: string): boolean {
  if (!LOOPBACK.test(listenHost)) return true;
  // RFC 9112 3.2: every HTTP/1.1 request has one; older clients are no browsers.
  if (header === undefined || header === "") return true;
  const host = header
    .replace(/:\d{1,5}$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
  return isIP(host) !== 0 || host === "localhost" || host === listenHost.toLowerCase();
}
