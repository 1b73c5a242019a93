import type { HostKey } from "../../decode/host.ts";
import { DeedKind } from "../deeds/deed.ts";
import { PROOF } from "../hosts/standing.ts";
import type { ClaimingCall } from "./media-claim.ts";

/** What signalling has to say of a stranger who has a call's media. */
export const MovedByDeed = {
  NO: 0,
  /** A request that may be the stranger's is still weighed. */
  WEIGHED: 1,
  /** It was told as the gravest there is: that the media goes there is the same deed. */
  TOLD: 2,
} as const;
export type MovedByDeed = (typeof MovedByDeed)[keyof typeof MovedByDeed];

/** Whether a request of that host, or one that names it, moved media of the call. */
export function movedByDeed(call: ClaimingCall | null, host: HostKey): MovedByDeed {
  let answer: MovedByDeed = MovedByDeed.NO;
  for (const { kind, client, move, raised, isSettled } of call?.deeds ?? []) {
    if (kind !== DeedKind.MOVE || (client !== host && move?.host !== host)) continue;
    if (raised >= PROOF) return MovedByDeed.TOLD;
    if (!isSettled) answer = MovedByDeed.WEIGHED;
  }
  return answer;
}
