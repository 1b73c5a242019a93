import { audioSdp, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import { sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { PBX, PBX6, phone, phone6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

interface GroupOptions {
  readonly phones: number;
  readonly isV6?: boolean;
}

/** The request as the proxy sends it on: its own Via on top (RFC 3261 16.6). */
function passedOn(request: SipRequest, proxy: string, branch: string): SipRequest {
  const via = `Via: SIP/2.0/UDP ${proxy};branch=z9hG4bK${branch}\r\n`;
  return { ...request, text: request.text.replace(/^Via:/m, `${via}Via:`) };
}

/** A proxy's CANCEL is of its own hop: it has the proxy's Via only (RFC 3261 9.1, 16.10). */
function cancelOf({ text }: SipRequest): string {
  const [head = ""] = text.split("\r\n\r\n");
  const [, top = "", ...lines] = head.replaceAll("INVITE", "CANCEL").split("\r\n");
  const kept = lines.filter((line) => !/^(Via|Content-Type|Content-Length|Contact):/.test(line));
  const [startLine = ""] = head.replaceAll("INVITE", "CANCEL").split("\r\n");
  return `${[startLine, top, ...kept, "Content-Length: 0"].join("\r\n")}\r\n\r\n`;
}

/** An answer with the Vias of that hop. */
function answerTo(hop: SipRequest, call: Call, status: number, tag: string, sdp = ""): string {
  const text = sipResponse(call.invite, status, {
    toTag: tag,
    contact: sentBy(call.parties[1].at),
    ...(sdp !== "" && { sdp }),
  });
  const [, top = ""] = /^(Via: .*\r\n)Via:/m.exec(hop.text) ?? [];
  return text.replace(/^Via:/m, `${top}Via:`);
}

/** A stateful proxy rings all phones at once, the last but two answers, the others are cancelled. */
function group(scene: Scene, { phones, isV6 = false }: GroupOptions): void {
  const proxy = isV6 ? PBX6 : PBX;
  const at = isV6 ? phone6 : phone;
  const call = new Call(scene, at(1), proxy, { to: "700" });
  const caller = call.parties[0].at;
  scene.send(caller, proxy, call.invite.text);
  const legs = Array.from({ length: phones }, (_, i) => {
    const hop = passedOn(call.invite, sentBy(proxy), `leg${i}`);
    const tag = scene.hex(10);
    scene.send(proxy, at(2 + i), hop.text, 0.003 + i * 0.0004);
    scene.send(at(2 + i), proxy, answerTo(hop, call, 180, tag), 0.1 + i * 0.003);
    scene.send(proxy, caller, call.answer(180, { tag }), 0.102 + i * 0.003);
    return { phone: at(2 + i), hop, tag };
  });
  scene.wait(6);
  const answering = legs.at(-3);
  for (const leg of legs) {
    const { hop, tag } = leg;
    if (leg === answering) continue;
    const cancel = cancelOf(hop);
    scene.send(proxy, leg.phone, cancel, 0.01);
    const [startLine = ""] = cancel.split("\r\n");
    const answer = cancel.replace(startLine, "SIP/2.0 200 OK");
    scene.send(leg.phone, proxy, answer, 0.02);
    scene.send(leg.phone, proxy, answerTo(hop, call, 487, tag), 0.03);
  }
  if (answering === undefined) return;
  const sdp = audioSdp(answering.phone.ip, 11_780);
  scene.send(answering.phone, proxy, answerTo(answering.hop, call, 200, answering.tag, sdp));
  scene.send(proxy, caller, call.answer(200, { tag: answering.tag, sdp }), 0.002);
  scene.wait(5);
}

export const LARGE_RING_GROUPS: readonly Case[] = [60, 120, 200].map((phones) => ({
  name: `ring_group_by_proxy_${phones}`,
  expect: "quiet",
  kind: "dialog-identity",
  what: `a proxy rings ${phones} phones, one answers, the others are cancelled hop by hop`,
  make: (scene: Scene) => group(scene, { phones, isV6: phones === 120 }),
}));
