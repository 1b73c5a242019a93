import { combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { Transaction } from "./transaction.ts";

/** Requests between their challenge and the credentials for it; some milliseconds each. */
const REQUESTS_MAX = 32_768;

/**
 * Requests that their server has challenged. Servers look at credentials where they ask for them only: whoever adds
 * some to a request that is taken without has proven nothing.
 */
export class ChallengedRequests {
  readonly #table = new KeyTable(REQUESTS_MAX);

  note(transaction: Transaction): void {
    const key = keyOf(transaction);
    const row = this.#table.find(key);
    if (row < 0) this.#table.add(key);
    else this.#table.touch(row);
  }

  /**
   * True when the server must have looked at the credentials of this request: it issued their nonce to this client,
   * and asked for them in this very request (RFC 3261 22.1: same Call-ID), or it is a REGISTER, whose
   * binding each registrar protects. Never of OPTIONS, which servers answer to anybody.
   */
  isProof(transaction: Transaction): boolean {
    if (!transaction.hasIssuedNonce || transaction.methodId === SipMethod.OPTIONS) return false;
    if (transaction.methodId === SipMethod.REGISTER) return true;
    return this.#table.find(keyOf(transaction)) >= 0;
  }
}

function keyOf({ client, callKey, methodId, uriUserKey, server }: Transaction): number {
  return combineThree53(combineThree53(callKey, methodId, uriUserKey), client, server);
}
