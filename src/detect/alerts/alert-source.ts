import { combine53 } from "../../base/hash.ts";
import { EventKind } from "../../track/facts/event-kind.ts";
import {
  PROOFS_MAX,
  type SharedUse,
  type SourceStandings,
} from "../../track/hosts/source-standings.ts";
import type { Counter } from "../counters/counters.ts";
import { WindowCounter } from "../counters/threshold.ts";
import type { OpenIncident } from "../incidents/open-incident.ts";
import type { MatchContext } from "../match-context.ts";
import type { Signature } from "../rules/signature.ts";

/** What is known of the address that an alert names as its source. */
export interface AlertSource {
  /**
   * At least half of what was counted (up to eight) repeated what only that address had been sent. Without it the
   * address may be forged.
   */
  readonly isProven: boolean;
  /** Who else depends on the address: then its owner is not the attacker alone. */
  readonly shared: SharedUse;
}

const US_PER_S = 1e6;
/** A fact may be held for some seconds before it counts: its proof is that much older. */
const SETTLE_US = 10 * US_PER_S;
const DAY_US = 86_400 * US_PER_S;
/** Counters by these keys count what one source did. */
const BY_SOURCE = new Set([
  ...["", "by_src", "by_both", "by_flow", "by_client", "by_client_server"],
  ...["by_client_account", "by_endpoint"],
]);
/** The value of these facts is a number of tries of one client on one account. */
const TRIES = new Set<number>([
  EventKind.SIP_AUTH_FAILED,
  EventKind.SIP_AUTH_OK,
  EventKind.SIP_AUTH_STUCK,
  EventKind.SIP_AUTH_RECOVERED,
]);

/** Null where nothing is known, so that most alerts carry nothing of it. */
export function sourceOf(
  signature: Signature,
  context: MatchContext,
  counter: Counter | null,
  standings: SourceStandings | null,
): AlertSource | null {
  const { srcHost, subject, timeUs } = context;
  if (standings === null || srcHost < 0) return null;
  const shared = standings.useOf(srcHost, timeUs, subject.accountKey);
  const isProven =
    BY_SOURCE.has(signature.counter?.track.name ?? "") &&
    isProvenNow(standings, signature, context, counter);
  const isKnown = isProven || shared !== "" || context.event?.isForged === true;
  return isKnown ? { isProven, shared } : null;
}

/** The same of an incident that goes on, of what has come since its last record. */
export function sourceOfIncident(
  standings: SourceStandings | null,
  incident: OpenIncident,
  timeUs: number,
): AlertSource | null {
  const { accountKey, provenSince, srcHost, startUs, track } = incident;
  if (standings === null || srcHost < 0) return null;
  const shared = standings.useOf(srcHost, timeUs, accountKey);
  const needed = needOf(incident.countSince);
  const proofs = incident.isOfInvites
    ? Math.max(provenSince, standings.proofsSince(srcHost, Math.max(startUs, incident.recordedUs)))
    : provenSince;
  const isProven = BY_SOURCE.has(track) && incident.countSince > 0 && proofs >= needed;
  return isProven || shared !== "" ? { isProven, shared } : null;
}

/** What of the opening alert's count has proven where it came from. */
export function provenBy(counter: Counter | null, { event, subject }: MatchContext) {
  const own = event?.isReturned === true ? 1 : 0;
  const proven = counter instanceof WindowCounter ? counter.proven : own;
  return { proven, isOfInvites: subject.method === "INVITE" };
}

/**
 * What was counted has to have the proof in itself, as forged packets may come beside the host's own traffic. The
 * proof of a refused INVITE is its ACK, which comes when the refusal has been counted.
 */
function isProvenNow(
  standings: SourceStandings,
  signature: Signature,
  { event, srcHost, subject, timeUs }: MatchContext,
  counter: Counter | null,
): boolean {
  if (event === null) return false;
  const tries = TRIES.has(event.kind) ? event.value : 0;
  const count = counter?.count ?? 1;
  if (tries > count) {
    const login = combine53(srcHost, subject.accountKey);
    return event.isReturned && standings.proofsSince(login, timeUs - DAY_US) >= needOf(tries);
  }
  if (count === 1) return event.isReturned;
  if (counter instanceof WindowCounter && counter.proven >= needOf(count)) return true;
  if (subject.method !== "INVITE") return false;
  const sinceUs = timeUs - (signature.counter?.seconds ?? 0) * US_PER_S - SETTLE_US;
  return standings.proofsSince(srcHost, sinceUs) >= needOf(count);
}

function needOf(count: number): number {
  return Math.max(1, Math.min(Math.ceil(count / 2), PROOFS_MAX));
}
