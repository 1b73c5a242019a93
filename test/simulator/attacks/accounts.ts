import { registered } from "../honest/calls.ts";
import { type Agent, carrier, contactOf, lanPhone, pbx, uriOf } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { Registration } from "../sip/registration.ts";
import { Transaction } from "../sip/transaction.ts";
import { Place } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";

/** Accounts of others, taken and used: bindings, calls to high-cost numbers, calls that are sent on. */

/** Prefixes of high-cost destinations with digits that make whole numbers of them. */
const HIGH_COST = ["88216", "25261", "53521", "97259"] as const;

function highCostNumber(adversary: Adversary, turn: number): string {
  const prefix = HIGH_COST[turn % HIGH_COST.length] as string;
  return `00${prefix}${adversary.scene.random.whole(10_000_000, 99_999_999)}`;
}

/** The adversary with the owner's password, as if it had been stolen elsewhere. */
function thiefOf(adversary: Adversary, owner: Agent): Agent {
  return { ...adversary.agent(owner.user, Place.PBX), password: owner.password };
}

/** An account that is at home: registered for a while, and again. */
function atHome(adversary: Adversary): { owner: Agent; binding: Registration } {
  const { scene } = adversary;
  const owner = lanPhone(scene, 0);
  const binding = new Registration(scene, owner, pbx(scene));
  binding.register();
  scene.wait(700);
  binding.refreshWithCachedNonce();
  scene.wait(5);
  return { owner, binding };
}

/** Bound in the owner's place, again and again; the owner comes back each time. */
function takeBinding(adversary: Adversary): void {
  const { scene } = adversary;
  const { owner, binding } = atHome(adversary);
  adversary.begins(Place.PBX, owner.ownIp);
  const removes = scene.random.chance(0.5);
  const stolen = new Registration(scene, thiefOf(adversary, owner), pbx(scene));
  for (let i = 0; i < 3; i++) {
    if (removes) stolen.register({ expires: 0 });
    stolen.register();
    adversary.pause(60);
    binding.refreshWithCachedNonce();
    adversary.pause(60);
  }
}

/** Calls to high-cost numbers with stolen credentials, `atOnce` of them up together. */
function callHighCost(adversary: Adversary, count: number, atOnce: number): void {
  const { scene } = adversary;
  const { owner } = atHome(adversary);
  adversary.begins(Place.PBX, owner.ownIp);
  const up: Call[] = [];
  for (let i = 0; i < count; i++) {
    const options = { dialled: highCostNumber(adversary, i), isChallenged: true };
    const call = new Call(scene, thiefOf(adversary, owner), pbx(scene), options).start().ring();
    scene.wait(0.5);
    up.push(call.answer());
    if (up.length >= atOnce) up.shift()?.hangUp();
    adversary.pause(4);
  }
  for (const call of up) call.hangUp();
}

/** The phone's forwarding is set by somebody else: it answers calls with a high-cost number (302). */
function redirect(adversary: Adversary): void {
  const { scene } = adversary;
  const { owner } = atHome(adversary);
  adversary.begins(Place.PBX, owner.ownIp);
  for (let i = 0; i < 6; i++) {
    const number = `4989${scene.random.whole(100_000, 999_999)}`;
    const inbound = new Call(scene, carrier(scene, number), pbx(scene), { dialled: owner.user });
    inbound.start();
    const call = new Call(scene, pbx(scene, number), owner, { dialled: owner.user });
    call.invite.send();
    call.invite.answer(302, {
      toTag: call.calleeTag,
      headers: [["Contact", `<sip:${highCostNumber(adversary, i)}@${Place.PBX}>`]],
    });
    call.invite.acknowledgeFailure(call.calleeTag);
    scene.wait(1);
    inbound.refuse(480);
    adversary.pause(20);
  }
}

/** Calls inside the house are transferred to high-cost numbers (REFER) by whoever guessed the account. */
function transfer(adversary: Adversary): void {
  const { scene } = adversary;
  const { owner } = atHome(adversary);
  adversary.begins(Place.PBX, owner.ownIp);
  const thief = thiefOf(adversary, owner);
  const binding = new Registration(scene, thief, pbx(scene));
  for (let i = 0; i < 10; i++) {
    binding.tryPassword(`guess ${i}`);
    adversary.pause(1);
  }
  binding.register();
  for (let i = 0; i < 3; i++) {
    const call = new Call(scene, thief, pbx(scene), { dialled: "203", isChallenged: true });
    call.start().ring();
    scene.wait(0.5);
    call.answer();
    new Transaction(scene, [thief, pbx(scene)], {
      method: "REFER",
      uri: `sip:203@${Place.PBX}`,
      from: uriOf(thief),
      to: `sip:203@${Place.PBX}`,
      fromTag: call.callerTag,
      toTag: call.calleeTag,
      callId: call.callId,
      cseq: call.lastCseq("caller") + 1,
      contact: contactOf(thief),
      headers: [["Refer-To", `<sip:${highCostNumber(adversary, i)}@${Place.PBX}>`]],
    })
      .send()
      .answer(202, { toTag: call.calleeTag });
    adversary.pause(5);
  }
}

/** A high-cost number rings many phones for a moment, and people call it back. */
function lure(adversary: Adversary): void {
  const { scene } = adversary;
  const phones = [0, 1, 2].map((i) => registered(scene, lanPhone(scene, i), pbx(scene)));
  adversary.begins(Place.PBX, ...phones.map(({ ownIp }) => ownIp));
  const number = highCostNumber(adversary, 1);
  for (let i = 0; i < 8; i++) {
    const from = carrier(scene, `+${number.slice(2)}`);
    const call = new Call(scene, from, pbx(scene), { dialled: `49301000${10 + i}` });
    call.start().ring();
    scene.wait(1);
    call.cancel();
    adversary.pause(5);
  }
  for (const phone of phones) {
    const back = new Call(scene, phone, pbx(scene), { dialled: number, isChallenged: true });
    back.start().ring();
    scene.wait(1);
    back.answer();
    scene.wait(5);
    back.hangUp();
  }
}

const EVASIONS: readonly Evasion[] = [
  "slowed-5x",
  "5-sources",
  "no-tool-habits",
  "future-dated-packet",
  "loss-5-percent",
];
const ONE_SOURCE = EVASIONS.filter((evasion) => !evasion.endsWith("sources"));

export const ACCOUNT_ATTACKS: readonly Attack[] = [
  {
    name: "binding-taken-over",
    kind: /registration_hijack/,
    severityMax: 3,
    evasions: ONE_SOURCE,
    play: takeBinding,
  },
  {
    name: "stolen-account-high-cost-calls",
    kind: /toll_fraud/,
    severityMax: 3,
    evasions: EVASIONS,
    play: (adversary) => callHighCost(adversary, 8, 1),
  },
  {
    name: "stolen-account-high-cost-calls-at-once",
    kind: /toll_fraud|costly_calls/,
    severityMax: 2,
    evasions: EVASIONS,
    play: (adversary) => callHighCost(adversary, 10, 5),
  },
  {
    name: "phone-redirects-to-high-cost-numbers",
    kind: /forwarding_fraud/,
    severityMax: 2,
    evasions: ONE_SOURCE,
    play: redirect,
  },
  {
    name: "transfers-after-a-guess",
    kind: /forwarding_fraud|account_takeover/,
    severityMax: 2,
    evasions: ONE_SOURCE,
    play: transfer,
  },
  {
    name: "rings-to-be-called-back",
    kind: /call_back_lure/,
    severityMax: 3,
    evasions: ONE_SOURCE,
    play: lure,
  },
];
