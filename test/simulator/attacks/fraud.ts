import { registered } from "../honest/calls.ts";
import { carrier, lanPhone, pbx } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { challengeHeader } from "../sip/digest.ts";
import { Registration } from "../sip/registration.ts";
import { Place } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";

/** Calls at somebody else's expense, and the search for a way to make them. */

const PREFIXES = [
  "",
  "0",
  "00",
  "000",
  "9",
  "900",
  "9011",
  "011",
  "+",
  "1",
  "8",
  "810",
  "*00",
  "99",
];

/** One foreign number behind every prefix that a dial plan might want; the PBX refuses each. */
function probeDialPlan(status: number) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    registered(scene, lanPhone(scene, 0), pbx(scene));
    adversary.begins(Place.PBX);
    for (const country of ["972", "44", "882"]) {
      const number = `${country}${scene.random.whole(100_000_000, 999_999_999)}`;
      for (const prefix of PREFIXES) {
        const client = adversary.agent("100", Place.PBX);
        const call = new Call(scene, client, pbx(scene), { dialled: `${prefix}${number}` });
        call.invite.send();
        const nonce = scene.random.hex(32);
        const challenge = { realm: Place.PBX, nonce, status: 401, hasQop: false } as const;
        adversary.pause(1.5);
        // Some servers say nothing to what they do not let through.
        if (status === 0) continue;
        call.invite.answer(status, {
          toTag: call.calleeTag,
          headers: status === 401 ? [challengeHeader(challenge)] : [],
        });
        call.invite.acknowledgeFailure(call.calleeTag);
      }
    }
    scene.wait(10);
    registered(scene, lanPhone(scene, 1), pbx(scene));
  };
}

/** Scanners ring phones at night: INVITE from nowhere, straight to the phone, given up after some rings. */
function ghostCalls(adversary: Adversary): void {
  const { scene } = adversary;
  const phone = registered(scene, lanPhone(scene, 0), pbx(scene));
  adversary.begins(phone.endpoint.machine.ip);
  for (let i = 0; i < 12; i++) {
    const client = adversary.agent(String(100 + i * 100), phone.ownIp);
    const call = new Call(scene, client, phone, { dialled: "100" }).start().ring();
    scene.wait(4);
    call.cancel();
    adversary.pause(20);
  }
}

/** A few guesses at a weak password, a registration from nowhere, and premium numbers one after another. */
function useGuessedAccount(adversary: Adversary): void {
  const { scene } = adversary;
  const owner = registered(scene, lanPhone(scene, 0), pbx(scene));
  adversary.begins(Place.PBX);
  const thief = { ...adversary.agent(owner.user, Place.PBX), password: owner.password };
  const binding = new Registration(scene, thief, pbx(scene));
  for (const guess of ["1234", owner.user, "0000"]) {
    binding.tryPassword(guess);
    adversary.pause(1);
  }
  binding.register();
  for (let i = 0; i < 10; i++) {
    adversary.pause(2);
    const number = `0088216${scene.random.whole(10_000_000, 99_999_999)}`;
    const options = { dialled: number, isChallenged: true };
    const call = new Call(scene, thief, pbx(scene), options).start();
    const trunk = new Call(scene, pbx(scene, owner.user), carrier(scene, number), {
      dialled: number,
    });
    trunk.start().ring();
    call.ring();
    trunk.answer();
    call.answer();
    trunk.playBoth(3);
    call.talk(3);
    call.hangUp();
    trunk.hangUp();
  }
}

const ANY: readonly Evasion[] = [
  "slowed-5x",
  "5-sources",
  "20-sources",
  "no-tool-habits",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];
const ONE_SOURCE = ANY.filter((evasion) => !evasion.endsWith("sources"));

export const FRAUDS: readonly Attack[] = [
  {
    name: "toll-probing",
    kind: /toll_fraud|sip_enumeration/,
    severityMax: 2,
    evasions: ANY,
    play: probeDialPlan(404),
  },
  {
    name: "toll-probing-hardened",
    kind: /toll_fraud|sip_enumeration/,
    severityMax: 2,
    evasions: ANY,
    play: probeDialPlan(401),
  },
  ...[0, 480, 503, 603].map(
    (status): Attack => ({
      name: `toll-probing-${status === 0 ? "silence" : status}`,
      kind: /toll_fraud|sip_enumeration/,
      severityMax: 2,
      evasions: ANY,
      play: probeDialPlan(status),
    }),
  ),
  {
    name: "ghost-calls",
    kind: /ghost|spit|sip_scan|sip_probe|toll_fraud/,
    severityMax: 3,
    evasions: ONE_SOURCE,
    play: ghostCalls,
  },
  {
    name: "guessed-account-premium-calls",
    kind: /toll_fraud|bruteforce_success|compromise|takeover|hijack/,
    severityMax: 2,
    evasions: ONE_SOURCE,
    play: useGuessedAccount,
  },
];
