import type { AlertCounter, AlertVoip } from "../detect/alerts/alert.ts";

/** How texts of an alert are masked, by what they are. */
export interface VoipMasks {
  readonly account: (text: string) => string;
  readonly user: (text: string) => string;
  readonly text: (text: string) => string;
  readonly counter: (counter: AlertCounter) => AlertCounter;
}

/** The `voip` part of an alert with its users masked; what is absent stays so. */
export function maskedVoip(voip: AlertVoip, masks: VoipMasks): AlertVoip {
  const { account, aor, counter, fromUser, related, toUser, userAgent } = voip;
  return {
    ...voip,
    ...(account !== undefined && { account: masks.account(account) }),
    ...(aor !== undefined && { aor: masks.account(aor) }),
    ...(fromUser !== undefined && { fromUser: masks.user(fromUser) }),
    ...(toUser !== undefined && { toUser: masks.user(toUser) }),
    ...(userAgent !== undefined && { userAgent: masks.text(userAgent) }),
    ...(counter !== undefined && { counter: masks.counter(counter) }),
    ...(related !== undefined && {
      related: { ...related, account: masks.account(related.account) },
    }),
  };
}
