import { registered } from "../honest/calls.ts";
import { contactOf, lanPhone, pbx, uriOf } from "../sip/agent.ts";
import { challengeHeader } from "../sip/digest.ts";
import { Transaction } from "../sip/transaction.ts";
import { Place } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";

/** More requests than the server can bear, none of them taken further. */

interface FloodOptions {
  readonly method: "REGISTER" | "INVITE" | "OPTIONS";
  readonly count: number;
  readonly perSecond: number;
  /** What the server says; 0 nothing. */
  readonly status: number;
  /** Every request with another source address that is not the sender's. */
  readonly isSpoofed?: boolean;
}

function flood({ method, count, perSecond, status, isSpoofed = false }: FloodOptions) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const { random } = scene;
    const server = pbx(scene);
    adversary.begins(Place.PBX);
    const startS = scene.now;
    const liar = scene.network.machine(Place.lanStranger(scene.slot));
    for (let i = 0; i < count; i++) {
      scene.now = startS + i / perSecond;
      const forged = `192.0.2.${random.whole(1, 254)}`;
      const endpoint = isSpoofed ? { machine: liar, ip: forged, port: 5060 } : adversary.source();
      const client = adversary.agent(String(random.whole(100, 199)), Place.PBX, endpoint);
      const asked = new Transaction(scene, [client, server], {
        method,
        uri: method === "REGISTER" ? `sip:${Place.PBX}` : uriOf(client),
        from: uriOf(client),
        to: uriOf(client),
        fromTag: random.hex(8),
        callId: random.hex(20),
        cseq: 1,
        branch: adversary.branch(),
        contact: contactOf(client),
      }).send();
      if (status === 0) continue;
      adversary.forgeAnswer(asked);
      const nonce = random.hex(32);
      const challenge = { realm: Place.PBX, nonce, status: 401, hasQop: false } as const;
      asked.answer(status, {
        toTag: random.hex(8),
        headers: status === 401 ? [challengeHeader(challenge)] : [],
      });
    }
    scene.now = startS + count / perSecond + 12;
    registered(scene, lanPhone(scene, 1), server);
  };
}

const HIDDEN: readonly Evasion[] = [
  "no-tool-habits",
  "constant-branch",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];
const SPREAD: readonly Evasion[] = ["5-sources", "20-sources", "forged-503", ...HIDDEN];

function attack(name: string, options: FloodOptions): Attack {
  const kind = new RegExp(`${options.method.toLowerCase()}_flood`);
  const evasions = options.isSpoofed === true ? HIDDEN : SPREAD;
  return { name: `flood-${name}`, kind, severityMax: 2, evasions, play: flood(options) };
}

const SIGNALLING = { count: 1_200, perSecond: 250 };
const PINGS = { count: 2_600, perSecond: 800 };

export const FLOODS: readonly Attack[] = [
  attack("register", { method: "REGISTER", status: 401, ...SIGNALLING }),
  attack("register-unanswered", { method: "REGISTER", status: 0, ...SIGNALLING }),
  attack("register-spoofed", { method: "REGISTER", status: 401, isSpoofed: true, ...SIGNALLING }),
  attack("invite", { method: "INVITE", status: 401, ...SIGNALLING }),
  attack("invite-spoofed", { method: "INVITE", status: 401, isSpoofed: true, ...SIGNALLING }),
  attack("options", { method: "OPTIONS", status: 200, ...PINGS }),
  attack("options-spoofed", { method: "OPTIONS", status: 200, isSpoofed: true, ...PINGS }),
];
