import { BoundedMap } from "../base/bounded-map.ts";
import { combine53, hash53 } from "../base/hash.ts";
import type { HostKey } from "../decode/host.ts";
import type { Transaction } from "./transaction.ts";

/**
 * When each client last sent credentials, by the user it asked for and by Call-ID: a challenge was
 * taken up when either was done after the challenged request. Some phones change the Call-ID between
 * the two, some callers the user (RFC 3261 22.1 asks for the same Call-ID).
 */
export class CredentialTimes {
  readonly #times: BoundedMap<number, number>;

  constructor(capacity: number) {
    this.#times = new BoundedMap(capacity);
  }

  note(transaction: Transaction, nowUs: number): void {
    const { client, toUser, callKey } = transaction;
    this.#times.set(userKey(client, toUser), nowUs);
    this.#times.set(combine53(client, callKey), nowUs);
  }

  /** True when the client has sent credentials for that user or call since the request. */
  sentSince({ client, toUser, callKey, startUs }: Transaction): boolean {
    const byUser = this.#times.get(userKey(client, toUser)) ?? 0;
    const byCall = this.#times.get(combine53(client, callKey)) ?? 0;
    return byUser >= startUs || byCall >= startUs;
  }
}

function userKey(client: HostKey, user: string): number {
  const bytes = Buffer.from(user, "latin1");
  return hash53(bytes, 0, bytes.length, combine53(client, 1));
}
