import { equalsIgnoreCase } from "../../base/ascii.ts";
import { column } from "../../base/column.ts";
import { combine53, combineThree53, hash53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { CredentialsView } from "../../decode/sip/credentials.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";

/** Challenges of one message that are looked at. */
const CHALLENGES_MAX = 8;
/** Digests remembered for one nonce. Who replays one has sniffed it just now. */
const DIGESTS = 2;

/** A digest in a request. */
interface SentDigest {
  readonly digestKey: number;
  readonly nonceKey: number;
  readonly callKey: number;
  readonly client: HostKey;
  readonly clientPort: number;
  readonly server: HostKey;
  /** Of the transaction. */
  readonly ref: number;
}

interface Sender {
  client: HostKey;
  clientPort: number;
  /** Of its transaction. */
  ref: number;
}

/**
 * Nonces that servers have issued to clients, and the realms that they challenge for (RFC 3261 22). Who sends
 * a nonce that was issued to its address has received it there: that cannot be done with a forged source.
 */
export class Challenges {
  readonly #nonces: KeyTable;
  /** To whom it was issued, by nonce and server; nobody when to several, as some servers make them of the time alone. */
  readonly #owned: KeyTable;
  readonly #owners: Float64Array;
  /** The last digests with a nonce: which, whose, and on which Call-ID. */
  readonly #digests: Float64Array;
  readonly #senders: Float64Array;
  readonly #calls: Float64Array;
  readonly #ports: Uint16Array;
  readonly #refs: Float64Array;
  readonly #sender: Sender = { client: NO_HOST, clientPort: 0, ref: 0 };
  readonly #realms: KeyTable;
  readonly #challenges = new CredentialsView();

  constructor(capacity: number) {
    this.#nonces = new KeyTable(capacity);
    const owned = Math.max(64, capacity >> 2);
    this.#owned = new KeyTable(owned);
    this.#owners = column(Float64Array, owned);
    this.#digests = column(Float64Array, owned * DIGESTS);
    this.#senders = column(Float64Array, owned * DIGESTS);
    this.#calls = column(Float64Array, owned * DIGESTS);
    this.#ports = column(Uint16Array, owned * DIGESTS);
    this.#refs = column(Float64Array, owned * DIGESTS);
    this.#realms = new KeyTable(Math.max(64, capacity >> 4));
  }

  /** A 401 or 407 of the server that was asked, to the client that asked. */
  issued(message: SipMessageView, server: HostKey, client: HostKey): void {
    const { bytes } = message;
    const count = Math.min(this.#challenges.decodeChallenges(message), CHALLENGES_MAX);
    for (let i = 0; i < count; i++) {
      const { nonce, realm } = this.#challenges.at(i);
      touchOrAdd(this.#realms, combine53(server, hash53(bytes, realm.start, realm.end)));
      const nonceKey = hash53(bytes, nonce.start, nonce.end);
      if (nonce.end === nonce.start) continue;
      touchOrAdd(this.#nonces, keyOf(nonceKey, server, client));
      this.#own(combine53(nonceKey, server), client);
    }
  }

  /** True when that server issued the nonce (its `hash53`) to that client. */
  isIssued(nonceKey: number, server: HostKey, client: HostKey): boolean {
    const row = this.#nonces.find(keyOf(nonceKey, server, client));
    if (row < 0) return false;
    this.#nonces.promote(row);
    return true;
  }

  /**
   * True when the server issued the nonce (its `hash53`) to that client and, as far as is known, to nobody else: then
   * who sends it has received it. One that others got as well can be sent in this client's name.
   */
  isOwn(nonceKey: number, server: HostKey, client: HostKey): boolean {
    const row = this.#owned.find(combine53(nonceKey, server));
    return row >= 0 && this.#owners[row] === client;
  }

  /** True when that server is known to challenge for the realm (its `hash53`). */
  isRealmOf(server: HostKey, realmKey: number): boolean {
    return this.#realms.find(combine53(server, realmKey)) >= 0;
  }

  /**
   * Remembers a digest and gives who sent the same one before on another Call-ID; null when nobody did. Phones without
   * `qop` send one digest again and again, and a phone that moved goes on with its Call-ID (RFC 3261 10.2), so that is
   * no replay. The first digest with a nonce stays, whatever is sent behind it. The result is reused.
   */
  sentBefore(digest: SentDigest): Readonly<Sender> | null {
    const { client, callKey, digestKey } = digest;
    const key = combine53(digest.nonceKey, digest.server);
    let row = this.#owned.find(key);
    if (row < 0) row = this.#addOwned(key, NO_HOST);
    const start = row * DIGESTS;
    for (let at = start; at < start + DIGESTS; at++) {
      if (this.#digests[at] !== digestKey) continue;
      if (this.#calls[at] === callKey) return null;
      const sender = this.#sender;
      sender.client = this.#senders[at] as HostKey;
      sender.clientPort = this.#ports[at] as number;
      sender.ref = this.#refs[at] as number;
      return sender.client === client && sender.clientPort === digest.clientPort ? null : sender;
    }
    const at = this.#digests[start] === 0 ? start : start + 1;
    this.#digests[at] = digestKey;
    this.#senders[at] = client;
    this.#ports[at] = digest.clientPort;
    this.#calls[at] = callKey;
    this.#refs[at] = digest.ref;
    return null;
  }

  #own(key: number, client: HostKey): void {
    const row = this.#owned.find(key);
    if (row < 0) this.#addOwned(key, client);
    else if (this.#owners[row] !== client) this.#owners[row] = NO_HOST;
  }

  #addOwned(key: number, client: HostKey): number {
    const row = this.#owned.add(key);
    this.#owners[row] = client;
    this.#digests.fill(0, row * DIGESTS, (row + 1) * DIGESTS);
    return row;
  }

  /** RFC 3261 22.3, RFC 7616 3.3: stale=TRUE says that the credentials were right, the nonce old. */
  isStale(message: SipMessageView): boolean {
    if (this.#challenges.decodeChallenges(message) === 0) return false;
    const { stale } = this.#challenges.at(0);
    return equalsIgnoreCase(message.bytes, stale.start, stale.end, "true");
  }
}

function keyOf(nonceKey: number, server: HostKey, client: HostKey): number {
  return combineThree53(nonceKey, server, client);
}

function touchOrAdd(table: KeyTable, key: number): void {
  const row = table.find(key);
  if (row < 0) table.add(key);
  else table.touch(row);
}
