import type { Agent } from "./agent.ts";
import { type Challenge, challengeHeader, credentialsHeader } from "./digest.ts";
import type { Header } from "./message.ts";
import type { Transaction } from "./transaction.ts";

/** The first server asks for credentials (RFC 3261 22): INVITE, 401 or 407, ACK. Gives what the next INVITE carries. */
export function meetChallenge(invite: Transaction, caller: Agent, status: 401 | 407): Header {
  const { random } = invite.scene;
  const hasQop = random.chance(0.5);
  const challenge: Challenge = { realm: caller.domain, nonce: random.hex(32), status, hasQop };
  const toTag = random.hex(10);
  invite.send(1).answer(status, { toTag, headers: [challengeHeader(challenge)] }, 1);
  invite.acknowledgeFailure(toTag, 1);
  return credentialsHeader(challenge, {
    username: caller.user,
    password: caller.password,
    method: "INVITE",
    uri: invite.request.uri,
    cnonce: random.hex(16),
  });
}
