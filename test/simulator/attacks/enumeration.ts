import { registered } from "../honest/calls.ts";
import { contactOf, lanPhone, pbx, uriOf } from "../sip/agent.ts";
import { challengeHeader } from "../sip/digest.ts";
import { Transaction } from "../sip/transaction.ts";
import { Place } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";

/** One client asks for one user after another: most do not exist. */

interface WalkOptions {
  readonly method: string;
  /** Seconds from one user to the next. */
  readonly pauseS: number;
  /** Every user is challenged, whether it exists or not. */
  readonly isHardened?: boolean;
  /** The same Call-ID, From tag and CSeq for all. */
  readonly hasConstantIds?: boolean;
}

const USERS = 80;

function walk({ method, pauseS, isHardened = false, hasConstantIds = false }: WalkOptions) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const { random } = scene;
    const server = pbx(scene);
    registered(scene, lanPhone(scene, 0), server);
    adversary.begins(Place.PBX);
    const constant = { callId: random.hex(20), fromTag: random.hex(8), cseq: 1 };
    for (let i = 0; i < USERS; i++) {
      const user = String(100 + i);
      const client = adversary.agent(user, Place.PBX);
      const ids = hasConstantIds
        ? constant
        : { callId: random.hex(20), fromTag: random.hex(8), cseq: random.whole(1, 9) };
      const uri = method === "REGISTER" ? `sip:${Place.PBX}` : uriOf(client);
      const asked = new Transaction(scene, [client, server], {
        method,
        uri,
        from: uriOf(client),
        to: uriOf(client),
        ...ids,
        branch: adversary.branch(),
        contact: contactOf(client),
      }).send();
      const toTag = random.hex(8);
      adversary.forgeAnswer(asked);
      if (isHardened || i % 17 === 5) {
        const nonce = random.hex(32);
        const challenge = { realm: Place.PBX, nonce, status: 401, hasQop: false } as const;
        asked.answer(401, { toTag, headers: [challengeHeader(challenge)] });
      } else asked.answer(404, { toTag });
      if (method === "INVITE") asked.acknowledgeFailure(toTag);
      adversary.pause(pauseS);
    }
    // Challenges have to grow old.
    scene.wait(10);
    registered(scene, lanPhone(scene, 1), server);
  };
}

const ANY: readonly Evasion[] = [
  "slowed-5x",
  "5-sources",
  "20-sources",
  "no-tool-habits",
  "constant-branch",
  "forged-503",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];

function attack(name: string, options: WalkOptions): Attack {
  return {
    name: `enumeration-${name}`,
    kind: /sip_enumeration/,
    severityMax: 2,
    evasions: ANY,
    play: walk(options),
  };
}

export const ENUMERATIONS: readonly Attack[] = [
  attack("fast", { method: "REGISTER", pauseS: 0.05 }),
  attack("slow", { method: "REGISTER", pauseS: 8 }),
  attack("constant-ids", { method: "REGISTER", pauseS: 0.2, hasConstantIds: true }),
  attack("hardened-server", { method: "REGISTER", pauseS: 0.3, isHardened: true }),
  attack("by-options", { method: "OPTIONS", pauseS: 0.2 }),
  attack("by-subscribe", { method: "SUBSCRIBE", pauseS: 0.2 }),
  attack("by-message", { method: "MESSAGE", pauseS: 0.2 }),
  attack("by-invite", { method: "INVITE", pauseS: 0.3 }),
  attack("by-invite-hardened", { method: "INVITE", pauseS: 0.3, isHardened: true }),
];
