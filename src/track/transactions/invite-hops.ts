import type { HostKey } from "../../decode/host.ts";
import type { Call } from "../calls/calls.ts";
import type { Transaction } from "./transaction.ts";

/** Lifetime of a request that is passed on: 64 x T1 (RFC 3261 17.1.1.2). */
export const PASSED_ON_US = 32_000_000;
/** Two mirror ports show two hops, or both sides of a NAT, in either order within this. */
const REORDERED_US = 50_000;

/** What an INVITE outside a dialog is to a call with its Call-ID and From tag. */
export const Hop = {
  /** Another call, or somebody who uses its Call-ID. */
  OTHER: 0,
  /** The caller: again, with another CSeq, or to another target. */
  CALLER: 1,
  /** A host that was asked passes it on. */
  PASSED_ON: 2,
  /** The hop before the first that was seen. */
  BEFORE: 3,
  /** The same packet beyond a NAT: it counts once it is answered first. */
  TRANSLATED: 4,
  /** The same branch from somebody who did not send it first. */
  REPEATED: 5,
} as const;
export type Hop = (typeof Hop)[keyof typeof Hop];

export interface InviteHop {
  readonly client: HostKey;
  readonly server: HostKey;
  readonly viaCount: number;
  readonly cseq: number;
  readonly hopKey: number;
}

/** Tells which hop of the call's INVITE this is; a claim to be one proves nothing by itself. */
export function hopOf(call: Call, invite: InviteHop, nowUs: number): Hop {
  const sinceUs = nowUs - call.inviteUs;
  if (invite.client === call.client)
    return isSameCall(call, invite, sinceUs) ? Hop.CALLER : Hop.OTHER;
  if (sinceUs <= PASSED_ON_US && invite.viaCount > call.viaCount) {
    if (call.parties.isAsked(invite.client)) return Hop.PASSED_ON;
  }
  if (call.rank === 0 && sinceUs <= REORDERED_US) {
    if (invite.server === call.client && invite.viaCount < call.viaCount) return Hop.BEFORE;
    if (call.hasHop(invite.hopKey)) return Hop.TRANSLATED;
  }
  return call.hasHop(invite.hopKey) ? Hop.REPEATED : Hop.OTHER;
}

/**
 * RFC 3261 8.1.3.5: after a failure the client tries again with the same Call-ID and From tag and a higher
 * CSeq. After the end of an answered call the same Call-ID is another call.
 */
function isSameCall(call: Call, { cseq }: InviteHop, sinceUs: number): boolean {
  if (call.answeredUs > 0)
    return call.isLive && cseq === call.inviteCseq && sinceUs <= PASSED_ON_US;
  return call.isLive ? cseq >= call.inviteCseq || sinceUs <= PASSED_ON_US : cseq > call.inviteCseq;
}

/** The transaction is a hop of the call's INVITE: its client may ask, its server was asked. */
export function isHopOf(call: Call, { client, server, fromTagKey }: Transaction): boolean {
  if (fromTagKey !== call.fromTagKey) return false;
  return (client === call.client || call.parties.isAsked(client)) && call.parties.isAsked(server);
}
