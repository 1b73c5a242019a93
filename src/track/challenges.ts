import type { Span } from "../base/ascii.ts";
import { combine53, hash53 } from "../base/hash.ts";
import { KeyTable } from "../base/key-table.ts";
import type { HostKey } from "../decode/host.ts";
import { DigestView } from "../decode/sip/digest.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";

const CHALLENGE_HEADERS: readonly number[] = [
  HeaderId.WWW_AUTHENTICATE,
  HeaderId.PROXY_AUTHENTICATE,
];
/** Challenges of one message that are looked at. */
const CHALLENGES_MAX = 8;

/**
 * Nonces that servers have issued to clients, and the realms that they challenge for (RFC 3261 22). Who sends
 * a nonce that was issued to its address has received it there: that cannot be done with a forged source.
 */
export class Challenges {
  readonly #nonces: KeyTable;
  readonly #realms: KeyTable;
  readonly #digest = new DigestView();
  readonly #span: Span = { start: 0, end: 0 };

  constructor(capacity: number) {
    this.#nonces = new KeyTable(capacity);
    this.#realms = new KeyTable(Math.max(64, capacity >> 4));
  }

  /** A 401 or 407 of the server that was asked, to the client that asked. */
  issued(message: SipMessageView, server: HostKey, client: HostKey): void {
    const { bytes } = message;
    const digest = this.#digest;
    let count = 0;
    for (const header of CHALLENGE_HEADERS) {
      let i = message.indexOf(header);
      for (; i >= 0 && count < CHALLENGES_MAX; i = message.indexOf(header, i + 1), count++) {
        const start = message.valueSpans[2 * i] as number;
        const end = message.valueSpans[2 * i + 1] as number;
        if (!digest.decode(bytes, start, end)) continue;
        const { nonce, realm } = digest;
        touchOrAdd(this.#realms, combine53(server, hash53(bytes, realm.start, realm.end)));
        const nonceKey = hash53(bytes, nonce.start, nonce.end);
        if (nonce.end > nonce.start) touchOrAdd(this.#nonces, keyOf(nonceKey, server, client));
      }
    }
  }

  /** True when that server issued the nonce (its `hash53`) to that client. */
  isIssued(nonceKey: number, server: HostKey, client: HostKey): boolean {
    const row = this.#nonces.find(keyOf(nonceKey, server, client));
    if (row < 0) return false;
    this.#nonces.promote(row);
    return true;
  }

  /** True when that server is known to challenge for the realm (its `hash53`). */
  isRealmOf(server: HostKey, realmKey: number): boolean {
    return this.#realms.find(combine53(server, realmKey)) >= 0;
  }

  /** RFC 3261 22.3, RFC 7616 3.3: stale=TRUE says that the credentials were right, the nonce old. */
  isStale(message: SipMessageView): boolean {
    const span = this.#span;
    const digest = this.#digest;
    for (const header of CHALLENGE_HEADERS) {
      if (!message.value(header, span)) continue;
      if (!digest.decode(message.bytes, span.start, span.end)) continue;
      return message.text(digest.stale).toLowerCase() === "true";
    }
    return false;
  }
}

function keyOf(nonceKey: number, server: HostKey, client: HostKey): number {
  return combine53(combine53(nonceKey, server), client);
}

function touchOrAdd(table: KeyTable, key: number): void {
  const row = table.find(key);
  if (row < 0) table.add(key);
  else table.touch(row);
}
