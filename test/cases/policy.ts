import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { clientHello, serverHello } from "../support/tls-hellos.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, type CallOptions, wholeCall } from "./call.ts";
import { Account } from "./digest.ts";
import { CARRIER, media, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "policy";
const WANTED = "alert policy <=3";
const KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const NOTES = "policy.notes=true";

function sdp(host: string, port: number, profile: string, more: readonly string[] = []): string {
  return [audioSdp(host, port).replace("RTP/AVP", profile).trimEnd(), ...more, ""].join("\r\n");
}

function call(scene: Scene, options: CallOptions, from = phone(1), to = phone(2)): void {
  wholeCall(new Call(scene, from, to, options), 1);
  scene.wait(1);
}

function refused(scene: Scene, from: Endpoint, to: Endpoint, status: number, offer: string): void {
  const request = requestOf(scene, from, to, "INVITE", "100", { sdp: offer });
  scene.send(from, to, request.text);
  scene.send(to, from, sipResponse(request, status, { toTag: scene.hex(8) }), 0.01);
  scene.wait(1);
}

/** What a hardened office looks like: nothing to say whatever is declared. */
const DECLARED = [
  NOTES,
  "policy.secure=[10.99.0.0/16]",
  "policy.domains=[pbx.example]",
  "policy.codecs=[pcmu]",
  "policy.trunkPorts=[5080]",
  "policy.trunks=[192.0.2.0/24]",
];

const secureOffer = sdp(phone(1).ip, 16_384, "RTP/SAVP", [KEY]);

export const POLICY: readonly Case[] = [
  {
    name: "policy_nothing_declared",
    expect: "quiet",
    kind: KIND,
    what: "clear calls, keys in clear, MD5: nothing is declared, so nobody is told",
    make: (scene) => {
      call(scene, { offer: secureOffer });
      new Account(scene, phone(1), PBX, "201").login();
    },
  },
  {
    name: "policy_held",
    expect: "quiet",
    kind: KIND,
    what: "an office that holds what it has declared, with ordinary weak points: notes at most",
    config: DECLARED,
    make: (scene) => {
      call(scene, {});
      new Account(scene, phone(1), PBX, "201").login();
      call(scene, {}, CARRIER, { ...PBX, port: 5080 });
    },
  },
  {
    name: "policy_clear_sip",
    expect: WANTED,
    kind: KIND,
    what: "a phone of the secure segment calls in clear (IPv6)",
    config: ["policy.secure=['2001:db8:20::/48']"],
    make: (scene) => call(scene, {}, phone6(1), PBX6),
  },
  {
    name: "policy_clear_rtp",
    expect: WANTED,
    kind: KIND,
    what: "an answer without SRTP in the secure segment",
    config: ["policy.secure=[10.20.1.0/24]"],
    make: (scene) => call(scene, {}),
  },
  {
    name: "policy_srtp_stripped",
    expect: WANTED,
    kind: KIND,
    what: "RTP/SAVP is offered, RTP/AVP answered: somebody in between took it out",
    config: [NOTES],
    make: (scene) => call(scene, { offer: secureOffer }),
  },
  {
    name: "policy_unknown_peer",
    expect: WANTED,
    kind: KIND,
    what: "the trunk port of the PBX serves a host of the Internet",
    config: ["policy.trunkPorts=[5080]", "policy.trunks=[192.0.2.0/24]"],
    make: (scene) => call(scene, {}, STRANGER, { ...PBX, port: 5080 }),
  },
  {
    name: "policy_unknown_peer_refused",
    expect: "quiet",
    kind: KIND,
    what: "the trunk port refuses a host of the Internet, and serves the carrier",
    config: ["policy.trunkPorts=[5080]", "policy.trunks=[192.0.2.0/24]"],
    make: (scene) => {
      const port = { ...PBX, port: 5080 };
      refused(scene, STRANGER, port, 403, audioSdp(STRANGER.ip, 9000));
      call(scene, {}, CARRIER, port);
    },
  },
  {
    name: "policy_foreign_domain",
    expect: WANTED,
    kind: KIND,
    what: "the PBX takes a call for a domain that is not its own",
    config: ["policy.domains=[pbx.example]"],
    make: (scene) => {
      const dress = (text: string) =>
        text.replace(/^(To: [^@\r\n]*@)[^>;\r]*/m, "$1victim.example");
      call(scene, { dress }, phone(1), PBX);
    },
  },
  {
    name: "policy_codec",
    expect: WANTED,
    kind: KIND,
    what: "PCMU is agreed on where only opus may be",
    config: ["policy.codecs=[opus]"],
    make: (scene) => call(scene, {}),
  },
  {
    name: "policy_unsigned_call",
    expect: WANTED,
    kind: KIND,
    what: "a call without Identity from a carrier that signs each",
    config: ["policy.signed=[192.0.2.128/25]"],
    make: (scene) => call(scene, {}, CARRIER, PBX),
  },
  {
    name: "policy_users_not_told",
    expect: "quiet",
    kind: KIND,
    what: "404 to right credentials, and for a domain that is not served: nobody learns who exists",
    config: [NOTES],
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      new Account(scene, phone(1), PBX, "202").login({ status: 404 });
      const ask = requestOf(scene, phone(1), PBX, "REGISTER", "203");
      const dress = (text: string) => text.replace(/^(To: [^@\r\n]*@)[^>;\r]*/m, "$1none.example");
      scene.send(phone(1), PBX, dress(ask.text));
      scene.send(PBX, phone(1), dress(sipResponse(ask, 404, { toTag: "x" })), 0.01);
      scene.wait(1);
    },
  },
  {
    name: "policy_notes",
    expect: "quiet",
    kind: KIND,
    what: "each weak point three times: notes, and each once",
    config: [NOTES],
    make: (scene) => {
      for (let i = 0; i < 3; i++) {
        const best = sdp(phone(1).ip, 16_384, "RTP/AVP", [KEY]);
        call(scene, { offer: best });
        call(scene, {
          offer: sdp(phone(1).ip, 16_384, "RTP/AVP", ["a=fingerprint:sha-256 00:11"]),
        });
        refused(scene, outside6(4), PBX6, 488, sdp(outside6(4).ip, 9000, "RTP/SAVP", [KEY]));
        for (const [n, status] of [404, 401].entries()) {
          const ask = requestOf(scene, STRANGER, PBX, "REGISTER", `77${n}`);
          const headers = status === 401 ? [challenge("abc")] : [];
          scene.send(STRANGER, PBX, ask.text);
          scene.send(PBX, STRANGER, sipResponse(ask, status, { toTag: "x", headers }), 0.01);
          scene.wait(1);
        }
        const hello = clientHello({
          ciphers: [0xc02b],
          extensions: [],
          version: 0xfefd,
          isDatagram: true,
        });
        scene.send(media(phone(1), 16_384), media(phone(2), 11_780), hello);
        const chosen = serverHello(0xfeff, 0xc02b, true);
        scene.send(media(phone(2), 11_780), media(phone(1), 16_384), chosen);
        scene.send(media(PBX, 2427), media(phone(9), 2427), "RQNT 1 aaln/1@x MGCP 1.0\r\n\r\n");
      }
      scene.wait(5);
    },
  },
];
