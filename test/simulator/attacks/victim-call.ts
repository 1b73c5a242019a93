import { proxied, registered } from "../honest/calls.ts";
import { type Agent, carrier, lanPhone, pbx, remotePhone } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import { request, respond, type SipMessage, via } from "../sip/message.ts";
import { askOnce } from "../sip/registration.ts";
import { type Endpoint, Place, sentBy } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";

/** The call that the adversary reaches into. */

/** Ringing; over the proxy, with the PBX, or on a trunk. */
export function ringingCall(adversary: Adversary): Call {
  const { scene } = adversary;
  const kind = scene.random.pick(["proxied", "with-pbx", "trunk"]);
  let call: Call;
  if (kind === "proxied") call = proxied(scene);
  else if (kind === "with-pbx") {
    const make = scene.random.pick([lanPhone, remotePhone]);
    const phone = registered(scene, make(scene, 0), pbx(scene));
    call = new Call(scene, pbx(scene, "100"), phone);
  } else {
    const number = `4930${scene.random.whole(1_000_000, 9_999_999)}`;
    // Trunks are pinged: who they are has long been known.
    for (let i = 0; i < 4; i++) {
      askOnce(scene, carrier(scene, ""), pbx(scene), {
        method: "OPTIONS",
        toUser: "",
        status: 200,
      });
      scene.wait(2);
    }
    call = new Call(scene, carrier(scene, number), pbx(scene, scene.user(0)), {
      dialled: scene.user(0),
    });
  }
  call.start().ring();
  scene.wait(scene.random.between(1, 3));
  return call;
}

/**
 * Answered and talking; both send media until `call.stopMedia` times. A sensor that starts in the middle
 * sees a session refresh (RFC 4028) before anything happens: without it nobody could know the call.
 */
export function talkingCall(adversary: Adversary, afterS: number): Call {
  const { scene } = adversary;
  const call = ringingCall(adversary).answer();
  call.talk(scene.random.between(2, 4));
  adversary.begins(addressOf(call.caller), addressOf(call.callee));
  if (adversary.has("starts-in-the-middle")) {
    const startS = scene.now;
    call.playBoth(2);
    scene.wait(0.5);
    call.reInvite("caller");
    scene.now = startS + 2;
  }
  for (const { media } of [call]) {
    adversary.victims.add(media.caller.endpoint.machine.ip);
    adversary.victims.add(media.callee.endpoint.machine.ip);
  }
  call.talk(afterS);
  return call;
}

export function addressOf({ endpoint }: Agent): string {
  return endpoint.ip ?? endpoint.machine.ip;
}

/** Whom the callee talks to: its proxy, or the caller itself. */
export function neighbourOf(call: Call): Agent {
  const { path } = call.invite;
  return path[path.length - 2] as Agent;
}

/** A request inside the dialog as somebody writes it who has read along. */
export function forgedRequest(
  adversary: Adversary,
  call: Call,
  method: string,
  from: Endpoint,
  more: { readonly body?: SipMessage["body"]; readonly headers?: SipMessage["headers"] } = {},
): SipMessage {
  const ip = from.ip ?? from.machine.ip;
  const genuine = call.transaction("caller", method, {
    cseq: call.lastCseq("caller") + 1,
    ...(more.body ? { body: more.body } : {}),
    ...(more.headers ? { headers: more.headers } : {}),
  }).request;
  const [, ...rest] = genuine.headers;
  const vias = [via(sentBy(ip, from.port), adversary.branch())];
  if (adversary.has("made-up-via")) {
    vias.push(via(sentBy(call.caller.ownIp, call.caller.ownPort), adversary.scene.random.hex(12)));
  }
  return genuine.withHeaders([...vias, ...rest.filter(([name]) => name !== "Route")]);
}

/** What the adversary sends beforehand so that it looks like somebody who belongs to the call. */
export function prepare(adversary: Adversary, call: Call): void {
  const { scene } = adversary;
  if (adversary.has("forged-options-first")) {
    intrude(adversary, call, "OPTIONS", 200);
  }
  if (adversary.has("forged-invite-first")) intrude(adversary, call, "INVITE", 486);
  scene.wait(0.3);
}

/** A request out of any dialog that bears the call's Call-ID, from the adversary's own address. */
function intrude(adversary: Adversary, call: Call, method: string, status: number): void {
  const { scene } = adversary;
  const source = adversary.source();
  const own = sentBy(source.machine.ip, source.port);
  const target = call.callee;
  const asked = request({
    method,
    uri: `sip:${target.user}@${sentBy(target.ownIp, target.ownPort)}`,
    sentBy: own,
    branch: adversary.branch(),
    from: `sip:100@${own}`,
    to: `sip:${target.user}@${Place.PBX}`,
    fromTag: scene.random.hex(8),
    callId: call.callId,
    cseq: 1,
    contact: `sip:100@${own}`,
    body: method === "INVITE" ? call.sdp("caller", { ip: source.machine.ip, port: 4000 }) : null,
  });
  scene.send(source, target.endpoint, asked.text());
  scene.turn(target.endpoint);
  const toTag = scene.random.hex(8);
  scene.send(target.endpoint, source, respond(asked, status, { toTag }).text());
  if (method !== "INVITE") return;
  scene.turn(source);
  const ack = asked.withHeaders(
    asked.headers.map(([name, value]) =>
      name === "CSeq"
        ? [name, "1 ACK"]
        : name === "To"
          ? [name, `${value};tag=${toTag}`]
          : [name, value],
    ),
  );
  scene.send(source, target.endpoint, ack.text().replace(/^INVITE /, "ACK "));
}

/** The forged request and what the victim answers: the attack itself. */
export function strike(
  adversary: Adversary,
  victim: Agent,
  from: Endpoint,
  asked: SipMessage,
  status: number,
  body: SipMessage["body"] = null,
): void {
  const { scene } = adversary;
  scene.isVital = true;
  scene.send(from, victim.endpoint, asked.text());
  answerTo(adversary, victim, from, asked, status, body);
  scene.isVital = false;
}

/** The victim's answer, to the address that the request came from. */
function answerTo(
  adversary: Adversary,
  victim: Agent,
  asker: Endpoint,
  asked: SipMessage,
  status: number,
  body: SipMessage["body"] = null,
): void {
  const { scene } = adversary;
  scene.turn(victim.endpoint);
  const source = { ip: asker.ip ?? asker.machine.ip, port: asker.port };
  const contact =
    body === null ? undefined : `sip:${victim.user}@${victim.ownIp}:${victim.ownPort}`;
  const response = respond(asked, status, { source, contact, body, server: victim.userAgent });
  const back = scene.endpoint(source.ip, source.port);
  scene.send(victim.endpoint, back, response.text());
}
