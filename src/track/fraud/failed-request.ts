import { SipMethod } from "../../decode/sip/methods.ts";
import { unescaped } from "../accounts/unescaped.ts";
import { USER_HIDDEN, USER_UNKNOWN } from "../transactions/answer-classes.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** What a dial plan says, too, to a number that it does not let through; a phone that says so has rung before. */
const DECLINED = new Set([480, 600, 603]);
const TURNED_AWAY = new Set([480, 486, 600, 603]);
/** Digits of a number that is dialled, not of an extension. */
const LONG_NUMBER = 9;

/** What servers ping phones with. */
export function isPingMethod(methodId: SipMethod): boolean {
  return methodId === SipMethod.OPTIONS || methodId === SipMethod.NOTIFY;
}

/** A ping that says of its receiver, not of a user, that it is there: it takes no such method (RFC 3261 21.4.6, 21.5.2). */
export function isAlive({ methodId }: Transaction, status: number): boolean {
  return isPingMethod(methodId) && (status === 405 || status === 501);
}

/** Nine characters of a dialled number and more, once what is escaped is read: no extension. */
export function isLongNumber(written: string): boolean {
  const user = unescaped(written);
  return user.length >= LONG_NUMBER && /^[+*#]?[0-9*#]{1,40}$/.test(user);
}

/** A call to a long number that never rang, refused as a dial plan refuses what it does not let through. */
export function isDeclined(transaction: Transaction, status: number): boolean {
  return DECLINED.has(status) && !transaction.hasRung && isLongInvite(transaction);
}

/** A call that never rang, refused in a way that says nothing about who is called: phones that are busy or off do, and who is flooded. */
export function isTurnedAway(transaction: Transaction, status: number): boolean {
  if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return false;
  return !transaction.hasRung && TURNED_AWAY.has(status);
}

/** A call to a number of the telephone network, or to what looks like one. */
export function isLongInvite({ methodId, uriUser }: Transaction): boolean {
  return methodId === SipMethod.INVITE && isLongNumber(uriUser);
}

/**
 * The answer says something about the user that was asked for, and not about a call to it. Anybody may write a To tag: of a call that nobody has
 * seen it makes no request one of a dialog (RFC 3261 12.2.2), so leave out only those of known calls.
 */
export function namesUser(transaction: Transaction, status: number): boolean {
  const { hasCredentials, isInDialog, methodId, uriUser } = transaction;
  if (USER_UNKNOWN.has(status)) return true;
  if (hasCredentials || isInDialog) return false;
  if (methodId === SipMethod.REGISTER) return USER_HIDDEN.has(status) || status >= 500;
  return USER_HIDDEN.has(status) && !isLongNumber(uriUser);
}
