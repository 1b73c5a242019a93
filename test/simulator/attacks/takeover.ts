import { type Agent, contactOf } from "../sip/agent.ts";
import type { Call } from "../sip/call.ts";
import { type Header, request, type SipMessage } from "../sip/message.ts";
import { type Endpoint, sentBy } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";
import { forgedRequest, prepare, strike, talkingCall } from "./victim-call.ts";

/** Requests inside a dialog from somebody who is no party of it; the callee obeys. */

interface Takeover {
  readonly method: string;
  readonly status: number;
  readonly headers?: (source: Endpoint) => readonly Header[];
  /** Offers the adversary's own media address. */
  readonly movesMedia?: boolean;
}

function takeOver({ method, status, headers, movesMedia = false }: Takeover) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const call = talkingCall(adversary, 1);
    const startS = scene.now;
    prepare(adversary, call);
    const source = adversary.source();
    const { caller, callee } = call.senders;
    caller.play(startS, 6);
    callee.play(startS + 0.007, movesMedia ? 1.5 : 6);
    scene.now = startS + 1.5;
    const body = movesMedia
      ? call.sdp("caller", { ip: source.machine.ip, port: 40_000, version: 2 })
      : null;
    const asked = forgedRequest(adversary, call, method, source, {
      body,
      headers: headers?.(source) ?? [],
    });
    strike(adversary, call.callee, source, asked, status, movesMedia ? call.sdp("callee") : null);
    if (method === "INVITE") acknowledge(adversary, call, source, asked);
    if (movesMedia) {
      callee.to = { ...source, port: 40_000 };
      callee.play(scene.now + 0.05, 3);
    }
    if (method === "REFER") followReferral(adversary, call, call.callee, source);
    scene.now = startS + 7;
    call.hangUp();
  };
}

function acknowledge(adversary: Adversary, call: Call, source: Endpoint, asked: SipMessage): void {
  const { scene } = adversary;
  scene.turn(source);
  const ack = forgedRequest(adversary, call, "ACK", source);
  const headers = ack.headers.map(
    ([name, value]): Header =>
      name === "CSeq" ? [name, asked.value("CSeq").replace("INVITE", "ACK")] : [name, value],
  );
  scene.send(source, call.callee.endpoint, ack.withHeaders(headers).text());
}

/** RFC 3515: the referred phone tells how it goes (NOTIFY) and calls where it was sent. */
function followReferral(adversary: Adversary, call: Call, phone: Agent, source: Endpoint): void {
  const { scene } = adversary;
  const own = sentBy(phone.ownIp, phone.ownPort);
  const target = `sip:900@${sentBy(source.machine.ip, source.port)}`;
  const invite = request({
    method: "INVITE",
    uri: target,
    sentBy: own,
    branch: scene.random.hex(16),
    from: `sip:${phone.user}@${phone.domain}`,
    to: target,
    fromTag: scene.random.hex(10),
    callId: scene.random.hex(20),
    cseq: 1,
    contact: contactOf(phone),
    userAgent: phone.userAgent,
    body: call.sdp("callee"),
  });
  scene.turn(phone.endpoint);
  scene.send(phone.endpoint, source, invite.text());
}

const EVASIONS: readonly Evasion[] = [
  "forged-options-first",
  "forged-invite-first",
  "made-up-via",
  "constant-branch",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];

function attack(name: string, severityMax: number, takeover: Takeover): Attack {
  const kind = /hijack|redirect|transfer|stranger|no party/i;
  return {
    name: `takeover-${name}`,
    kind,
    severityMax,
    evasions: EVASIONS,
    play: takeOver(takeover),
  };
}

export const TAKEOVERS: readonly Attack[] = [
  attack("by-reinvite", 2, { method: "INVITE", status: 200, movesMedia: true }),
  attack("by-update", 2, { method: "UPDATE", status: 200, movesMedia: true }),
  attack("by-refer", 3, {
    method: "REFER",
    status: 202,
    headers: ({ machine, port }) => [["Refer-To", `<sip:900@${sentBy(machine.ip, port)}>`]],
  }),
  attack("by-info", 3, {
    method: "INFO",
    status: 200,
    headers: () => [["Info-Package", "dtmf"]],
  }),
  attack("by-notify", 3, {
    method: "NOTIFY",
    status: 200,
    headers: () => [
      ["Event", "check-sync"],
      ["Subscription-State", "terminated"],
    ],
  }),
];
