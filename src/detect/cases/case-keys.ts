import { combine53, hash53 } from "../../base/hash.ts";
import type { EventSubject } from "../../track/facts/event.ts";
import { EventKind } from "../../track/facts/event-kind.ts";
import { blockOf } from "../../track/fraud/number-block.ts";
import type { Alert } from "../alerts/alert.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";

/** They tell of tries at one number: whoever else tries it elsewhere has sent for it with them. */
const OF_ONE_NUMBER: ReadonlySet<number> = new Set([
  EventKind.CALL_CAMPAIGN,
  EventKind.CALL_NUMBER_HOPS,
  EventKind.CALL_PREFIX_WALK,
  EventKind.CALL_PREFIX_WALK_SHARED,
]);

/** What one host does at many servers, by rule and tool; "" of everything else. */
export function sprayOf({ alert, counter }: Signature, { subject }: MatchContext): string {
  const isSpray = counter !== null && "uniqueOn" in counter && counter.uniqueOn?.name === "server";
  return isSpray && counter.track.name === "by_client" ? `${alert.sid} ${subject.userAgent}` : "";
}

export function callKeyOf({ voip: { callId = "" } }: Alert): number {
  return keyOfText(callId);
}

/** Of what is done in a forged name: the name and the host that it is done to. 0 of all else. */
export function forgedKeyOf({ srcHost, dstHost }: MatchContext, { voip }: Alert): number {
  return voip.isSpoofed === true && srcHost >= 0 && dstHost >= 0 ? combine53(srcHost, dstHost) : 0;
}

/** The block of the number that the alert is about; "" where it is about none, or many. */
export function blockTextOf({ event, subject }: MatchContext): string {
  return event !== null && OF_ONE_NUMBER.has(event.kind) ? blockOf(subject.uriUser) : "";
}

export function blockKeyOf(context: MatchContext): number {
  return keyOfText(blockTextOf(context));
}

/** 0 for no text: what has none has nothing in common. */
export function keyOfText(text: string): number {
  if (text === "") return 0;
  const bytes = Buffer.from(text);
  return hash53(bytes, 0, bytes.length);
}

/** By its name, which is one however a phone writes it: facts of calls come without the key of the account. */
export function accountKeyOf({ account }: EventSubject): number {
  return keyOfText(account.toLowerCase());
}
