import { SipMethod } from "../../decode/sip/methods.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Answers to INVITE that a server gives only after it took the credentials, and that only it can know: the
 * other end rings or answers.
 */
export const RINGING: ReadonlySet<number> = new Set([180, 181, 182, 183]);
/** Answers to a call that say that the credentials were right, unless the server never looked at them. */
export const PAST_CREDENTIALS: ReadonlySet<number> = new Set([
  404, 410, 480, 484, 486, 487, 600, 603, 604,
]);
/** Answers that say the user does not exist (RFC 3261 21.4, 21.6). */
export const USER_UNKNOWN: ReadonlySet<number> = new Set([404, 410, 484, 485, 604]);
/** What servers say instead, where the operator hides which users exist. */
export const USER_HIDDEN: ReadonlySet<number> = new Set([403, 480, 603]);
/**
 * Answers to an ordinary call that found nobody, or went in circles (482, 483: forwarding of users to each other,
 * RFC 3261 16.3): no failure of the client.
 */
export const ORDINARY_FAILURES: ReadonlySet<number> = new Set([
  408, 480, 482, 483, 486, 487, 491, 600, 603,
]);
/** The number is connected, and its line or the exchange is busy. */
export const FULL: ReadonlySet<number> = new Set([408, 486, 487, 600]);
/**
 * What servers answer to a REGISTER with wrong credentials: which of these is the operator's choice, so the
 * guess is the same. Answers about the request itself (400, 405, 420, 423, ...) say nothing of the credentials.
 */
const REFUSED_CREDENTIALS = new Set([401, 403, 404, 407, 410, 480, 500, 503, 600, 603, 604, 606]);
/** To a REGISTER these, too: nobody is called who could be busy, so they are said of who asks. */
const REFUSED_REGISTER = new Set([484, 485, 486, 488]);

/** Asks for credentials (RFC 3261 22.2, 22.3). */
export function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}

/** The answer refuses the credentials: a challenge or 403 to any request, to REGISTER whatever the server likes to say. */
export function isRefusal({ hasCredentials, methodId }: Transaction, status: number): boolean {
  if (!hasCredentials) return false;
  if (isChallenge(status) || status === 403) return true;
  if (methodId !== SipMethod.REGISTER) return false;
  return REFUSED_CREDENTIALS.has(status) || REFUSED_REGISTER.has(status);
}

/** The same words to a call, or none (0): whether it was refused for its credentials or behind them, the answer does not say. */
export function isUndecided(
  { hasCredentials, isInDialog, hasIssuedNonce, hasRung }: Transaction,
  status: number,
): boolean {
  if (!hasCredentials || !hasIssuedNonce || isInDialog || hasRung) return false;
  if (isChallenge(status) || status === 403) return false;
  return status === 0 || REFUSED_CREDENTIALS.has(status);
}
