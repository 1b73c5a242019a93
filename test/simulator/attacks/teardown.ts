import { rtpPacket } from "../media/rtp.ts";
import { sourceOf } from "../sip/agent.ts";
import type { Call } from "../sip/call.ts";
import { respond } from "../sip/message.ts";
import type { Endpoint } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";
import {
  addressOf,
  forgedRequest,
  neighbourOf,
  prepare,
  ringingCall,
  strike,
  talkingCall,
} from "./victim-call.ts";

/** Calls ended by somebody who is no party: the callee believes it, the caller knows nothing of it. */

type Disguise = "own-address" | "other-path" | "same-path";

/** Where the forged request comes from. */
function disguised(adversary: Adversary, call: Call, disguise: Disguise): Endpoint {
  const neighbour = neighbourOf(call).endpoint;
  if (disguise === "own-address") return adversary.source();
  return disguise === "other-path" ? adversary.forging(neighbour) : neighbour;
}

interface ByeOptions {
  readonly disguise: Disguise;
  /** Seconds for which the caller talks on; at 0 it was mute before already, so its silence says nothing. */
  readonly talksOnS: number;
  /** The caller hangs up later and meets 481. */
  readonly isDisowned: boolean;
}

function forgedBye({ disguise, talksOnS, isDisowned }: ByeOptions) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const call = talkingCall(adversary, 1);
    const startS = scene.now;
    const byeAtS = startS + 1.5;
    prepare(adversary, call);
    const from = disguised(adversary, call, disguise);
    if (adversary.has("four-forged-rtp")) forgeMedia(adversary, call);
    // The callee stops at the BYE; the caller goes on until it wonders at the silence.
    if (talksOnS > 0) call.senders.caller.play(startS, 1.5 + talksOnS);
    call.senders.callee.play(startS + 0.007, 1.52);
    scene.now = byeAtS;
    const bye = forgedRequest(adversary, call, "BYE", from);
    strike(adversary, call.callee, from, bye, 200);
    scene.now = byeAtS + Math.max(talksOnS, 4);
    if (isDisowned) call.transaction("caller", "BYE").send().answer(481);
    scene.wait(5);
    keepAlive(call);
  };
}

/** A last packet, so that time passes for who waits for it. */
function keepAlive({ scene, invite, caller }: Call): void {
  const next = invite.path[1];
  if (next !== undefined) scene.send(caller.endpoint, next.endpoint, "\r\n\r\n");
}

/** Four packets in the caller's name by the adversary's path, so that this path has been seen before. */
function forgeMedia(adversary: Adversary, call: Call): void {
  const { scene } = adversary;
  const { caller } = call.senders;
  const from = adversary.forging(call.media.caller.endpoint);
  for (let i = 0; i < 4; i++) {
    const packet = rtpPacket({
      payloadType: caller.codec.payloadType,
      sequence: caller.sequence + i,
      timestamp: caller.timestamp + i * caller.codec.step,
      ssrc: caller.ssrc,
      bytes: caller.codec.bytes,
      flavour: 7,
    });
    scene.send(from, call.media.callee.endpoint, packet, scene.now + i * 0.02 + 0.003);
  }
  // The same path also has to be known for where signalling comes from.
  scene.send(adversary.forging(neighbourOf(call).endpoint), call.callee.endpoint, "\r\n\r\n");
}

function forgedCancel(disguise: Disguise) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const call = ringingCall(adversary);
    adversary.begins(addressOf(call.caller), addressOf(call.callee), addressOf(neighbourOf(call)));
    prepare(adversary, call);
    const from = disguised(adversary, call, disguise);
    const last = call.invite.path.length - 2;
    const invite = call.invite.hops[last];
    if (adversary.has("repeated-invite") && invite !== undefined) {
      scene.send(from, call.callee.endpoint, invite.text());
      scene.turn(call.callee.endpoint);
      // The answer goes to who asked first, who did not ask again.
      const neighbour = neighbourOf(call);
      const repeated = respond(invite, 180, {
        toTag: call.calleeTag,
        source: sourceOf(neighbour),
        server: call.callee.userAgent,
      });
      scene.send(call.callee.endpoint, neighbour.endpoint, repeated.text());
      scene.wait(0.3);
    }
    let cancel = call.invite.sameBranchRequest("CANCEL", last);
    if (adversary.has("made-up-via")) {
      const [top, ...rest] = cancel.headers;
      cancel = cancel.withHeaders([...(top === undefined ? [] : [top, top]), ...rest]);
    }
    strike(adversary, call.callee, from, cancel, 200);
    call.refuse(487);
    scene.wait(5);
    keepAlive(call);
  };
}

const BYE: readonly Evasion[] = [
  "forged-options-first",
  "forged-invite-first",
  "made-up-via",
  "constant-branch",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];
const CANCEL: readonly Evasion[] = [
  "repeated-invite",
  "forged-options-first",
  "made-up-via",
  "future-dated-packet",
];

function bye(
  name: string,
  options: ByeOptions,
  evasions: readonly Evasion[] = BYE,
  severityMax = 2,
): Attack {
  return {
    name: `bye-${name}`,
    kind: /bye_spoof/,
    severityMax,
    evasions,
    play: forgedBye(options),
  };
}

function cancel(name: string, disguise: Disguise, severityMax: number): Attack {
  const kind = /cancel_attack/;
  return {
    name: `cancel-${name}`,
    kind,
    severityMax,
    evasions: CANCEL,
    play: forgedCancel(disguise),
  };
}

export const TEARDOWNS: readonly Attack[] = [
  bye("by-stranger", { disguise: "own-address", talksOnS: 4, isDisowned: true }),
  // One signal, the address: a carrier's other node looks the same, so this is worth a look and no more.
  bye("by-stranger-quiet", { disguise: "own-address", talksOnS: 0, isDisowned: false }, BYE, 3),
  bye("other-path", { disguise: "other-path", talksOnS: 4, isDisowned: true }, [
    ...BYE,
    "four-forged-rtp",
  ]),
  bye("talks-on", { disguise: "same-path", talksOnS: 4, isDisowned: false }),
  // By the party's own way and without its media, a phone that hangs up twice looks just so: one sign.
  bye("disowned", { disguise: "same-path", talksOnS: 0, isDisowned: true }, BYE, 3),
  cancel("by-stranger", "own-address", 2),
  cancel("other-path", "other-path", 3),
];
