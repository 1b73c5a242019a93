import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, attempt, authorization, nonceOf } from "./digest.ts";
import { CARRIER, media, outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/** SIP of others goes through the proxy from now on, which adds its Via to requests (RFC 3261 16.6) and takes it off answers (16.7). */
function sendThrough(scene: Scene, proxy: Endpoint): void {
  const direct = scene.send.bind(scene);
  scene.send = (from, to, payload, after = 0) => {
    if (typeof payload !== "string" || from.ip === proxy.ip || to.ip === proxy.ip) {
      direct(from, to, payload, after);
      return;
    }
    const branch = /branch=([^;\s]+)/.exec(payload)?.[1] ?? "";
    const via = `Via: SIP/2.0/UDP ${sentBy(proxy)};branch=${branch}.0\r\n`;
    const inner = payload.replace("Via:", `${via}Via:`);
    const isAnswer = payload.startsWith("SIP/2.0");
    direct(from, proxy, isAnswer ? inner : payload, after);
    direct(proxy, to, isAnswer ? payload : inner, after + 0.002);
  };
}

/** Media of the phone is mirrored before its NAT, too, a millisecond earlier; from packet `until` on with another voice. */
function mirroredInside(scene: Scene, until: number, isOwn = (_: number) => true): void {
  const [outer, inner] = [outside(5), { ...phone(5), ip: "192.168.7.20" }];
  const direct = scene.send.bind(scene);
  let packets = 0;
  scene.send = (from, to, payload, after = 0) => {
    if (typeof payload !== "string" && from.ip === outer.ip) {
      const isCopy = packets++ < until;
      const isChanged = (at: number) => !isCopy && at >= 12 && isOwn(at - 12);
      const voice = payload.map((byte, at) => (isChanged(at) ? byte ^ 0x5a : byte));
      direct({ ...inner, port: from.port }, to, voice, after - 0.001);
    }
    direct(from, to, payload, after);
  };
  wholeCall(new Call(scene, outer, PBX), 9);
  scene.wait(3);
}

/** A call through a proxy; after 5 s `now` says by re-INVITE that the caller's media comes from there. */
function movedBehindProxy(scene: Scene, now: Endpoint, hasMoved: boolean): void {
  new Account(scene, phone(1), PBX, "201").login();
  sendThrough(scene, PBX);
  const call = new Call(scene, phone(1), phone(2)).start(5);
  const [mine, theirs] = call.talkers;
  scene.wait(5.01);
  if (hasMoved) mine.from = media(now, mine.from.port);
  call.talk(1.4);
  scene.wait(1.4);
  call.parties[0].at = now;
  const sdp = audioSdp(now.ip, mine.from.port, 2);
  call.ask(0, "INVITE", 200, { sdp, answerSdp: audioSdp(phone(2).ip, 11_780, 2) });
  scene.wait(0.06);
  theirs.to = media(now, mine.from.port);
  call.talk(6);
  scene.wait(6.03);
  call.hangUp(1);
  scene.wait(3);
}

/** Keys of extensions that do not exist any more are subscribed to again and again. */
function deadKeys(scene: Scene, keys: number, rounds: number): void {
  new Account(scene, phone(1), PBX, "201").login();
  for (let i = 0; i < keys * rounds; i++) {
    const to = String(400 + 3 * (i % keys));
    const fields = { to, callId: scene.unique("s"), fromTag: scene.hex(8) };
    const ask = (cseq: number, headers: readonly string[], status: number, back: string[]) => {
      const request = requestOf(scene, phone(1), PBX, "SUBSCRIBE", "201", {
        ...fields,
        cseq,
        headers: ["Event: dialog", ...headers],
      });
      scene.send(phone(1), PBX, request.text);
      const answer = sipResponse(request, status, { toTag: scene.hex(8), headers: back });
      scene.send(PBX, phone(1), answer, 0.005);
      scene.wait(0.01);
    };
    const nonce = nonceOf(scene);
    const uri = `sip:${to}@${PBX.ip}`;
    ask(1, [], 401, [challenge(nonce)]);
    const password = "secret-of-201";
    ask(2, [authorization({ user: "201", password, nonce, method: "SUBSCRIBE", uri })], 404, []);
    if (i % keys === keys - 1) scene.wait(60 - keys * 0.02);
  }
}

/** Numbers that a server is asked for without credentials; every `nth` gets 404 or, if `isPorted`, 302 and the others the other of the two. */
function looksUp(scene: Scene, numbers: number, nth: number, isPorted: boolean): void {
  for (let i = 0; i < numbers; i++) {
    const to = `+4930${2_000_000 + 7919 * i}`;
    const status = (i % nth === 0) === isPorted ? 302 : 404;
    const answerHeaders = [`Contact: <sip:${to};npdi;rn=+49D123@${CARRIER.ip}>`];
    attempt(scene, CARRIER, PBX, { from: "4989100", to, status, answerHeaders });
    scene.wait(1);
  }
}

/** Nodes of one carrier or site. */
function node(at: Endpoint, n: number): Endpoint {
  return { ...at, ip: at.ip.replace(/\d+$/, String(140 + n)) };
}

export const LOOK_ALIKES: readonly Case[] = [
  {
    name: "dead_keys_each_minute",
    expect: "max 3",
    kind: "known-customer",
    what: "18 BLF keys of removed extensions: the phone subscribes to each again each minute, 404, its credentials are accepted",
    make: (scene) => deadKeys(scene, 18, 20),
  },
  {
    name: "walk_that_asks_each_twice",
    expect: "alert enum|walk|scan <=3",
    kind: "known-customer",
    what: "a registered account asks for 150 extensions twice each, one a quarter of a second, 404 but for a few",
    make: (scene) => {
      new Account(scene, outside(33), PBX, "201").login();
      for (let i = 0; i < 300; i++) {
        const to = String(1000 + (i >> 1));
        const status = (i >> 1) % 37 === 5 ? 486 : 404;
        attempt(scene, outside(33), PBX, { from: "201", to, status, password: "secret-of-201" });
        scene.wait(0.05);
      }
      scene.wait(40);
    },
  },
  {
    name: "walk_with_a_colleague",
    expect: "alert enum|walk|scan <=2",
    kind: "known-customer",
    what: "a registered account calls 150 extensions in a row, 404 but for one in twelve, and after each third one a colleague who answers",
    make: (scene) => {
      new Account(scene, outside(33), PBX, "201").login();
      const password = "secret-of-201";
      for (let i = 0; i < 150; i++) {
        const status = i % 12 === 5 ? 486 : 404;
        attempt(scene, outside(33), PBX, { from: "201", to: String(2000 + i), status, password });
        if (i % 3 === 0) wholeCall(new Call(scene, outside(33), PBX, { to: "1999" }), 0.2);
      }
      scene.wait(40);
    },
  },
  {
    name: "least_cost_routing_six_carriers",
    expect: "max 3",
    kind: "toll-probing",
    what: "a PBX offers each of 6 calls to six carriers, each with its own tech prefix; five say 503, the sixth takes it",
    make: (scene) => {
      for (let i = 0; i < 6; i++) {
        for (let carrier = 0; carrier < 6; carrier++) {
          const to = `${1000 + 111 * carrier}44790090${1000 + 137 * i}`;
          const at = node(CARRIER, carrier);
          if (carrier < 5) attempt(scene, PBX, at, { from: "4989100", to, status: 503 });
          else wholeCall(new Call(scene, PBX, at, { from: "4989100", to, ringSeconds: 0.5 }), 2);
        }
        scene.wait(3);
      }
    },
  },
  {
    name: "prefixes_at_three_nodes",
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: "toll-probing",
    what: "14 prefixes of one number, shared out over three nodes of a site, as if these were carriers",
    make: (scene) => {
      const prefixes = ["0", "00", "000", "9", "90", "900", "011", "9011", "+", "8", "800", "7"];
      for (const [i, prefix] of [...prefixes, "810", "119"].entries()) {
        const to = `${prefix}972592277524`;
        attempt(scene, STRANGER, node(PBX, i % 3), { from: "1000", to, status: 404 });
        scene.wait(20);
      }
    },
  },
  {
    name: "trunk_with_forbidden_routes",
    expect: "max 3",
    kind: "toll-probing",
    what: "a wholesale trunk without credentials: of 60 calls a fifth is answered 403, two fifths fail otherwise, among the answered ones are calls to Cuba",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const to = `+${["44", "33", "53", "91"][i % 4]}${700_000_000 + 7919 * i}`;
        const from = `+4989${200_000 + 31 * i}`;
        const status = [403, 200, 404, 503, 200][i % 5] as number;
        if (status !== 200) attempt(scene, CARRIER, PBX, { from, to, status });
        else wholeCall(new Call(scene, CARRIER, PBX, { from, to, ringSeconds: 0.5 }), 2);
        scene.wait(1);
      }
    },
  },
  {
    name: "forbidden_until_connected",
    expect: "alert fraud|toll|dial|prefix|probe <=1",
    kind: "toll-probing",
    what: "a stranger is answered 403 for nine numbers in Cuba; the tenth is connected without credentials",
    make: (scene) => {
      for (let i = 0; i < 9; i++) {
        const to = `+5353${200_000 + 131 * i}`;
        attempt(scene, STRANGER, PBX, { from: "1000", to, status: 403 });
        scene.wait(30);
      }
      wholeCall(new Call(scene, STRANGER, PBX, { from: "1000", to: "+5353209999" }), 5);
    },
  },
  {
    name: "directory_of_ported_numbers",
    expect: "max 3",
    kind: "toll-probing",
    what: "a proxy asks a redirect server by INVITE where 80 numbers were ported to: 302 with a routing number, or 404 for a quarter",
    make: (scene) => looksUp(scene, 80, 4, false),
  },
  {
    name: "few_numbers_sent_on",
    expect: "alert fraud|toll|dial|probe <=2",
    kind: "toll-probing",
    what: "a stranger tries 40 numbers, one of ten is sent on by 302",
    make: (scene) => looksUp(scene, 40, 10, true),
  },
  {
    name: "load_test_of_one_port",
    expect: "max 3",
    kind: "state-reuse",
    what: "SIPp: twelve calls at once share one media port on each side, with one stream; they end one after the other while the stream goes on",
    make: (scene) => {
      const [callerMedia, calleeMedia] = [media(phone(1), 6000), media(PBX, 6000)];
      const calls = Array.from({ length: 12 }, () => {
        const options = { callerMedia, calleeMedia, ringSeconds: 0.1 };
        const call = new Call(scene, phone(1), PBX, options).start();
        scene.wait(0.1);
        return call;
      });
      new Talker(scene, callerMedia, calleeMedia).talk(10);
      new Talker(scene, calleeMedia, callerMedia).talk(10);
      for (const call of calls) {
        scene.wait(0.5);
        call.hangUp(0);
      }
      scene.wait(5);
    },
  },
  {
    name: "mirror_before_and_behind_nat",
    expect: "max 3",
    kind: "media-injection",
    what: "both sides of a NAT are mirrored: each packet comes from the phone's own address first, and then from the NAT's",
    make: (scene) => mirroredInside(scene, Number.POSITIVE_INFINITY),
  },
  {
    name: "copies_then_own_voice",
    expect: "alert media|inject <=2",
    kind: "media-injection",
    what: "somebody repeats a stream from another address for three seconds, and then speaks in its sequence",
    make: (scene) => mirroredInside(scene, 150),
  },
  {
    name: "copies_with_words_of_their_own",
    expect: "alert media|inject <=2",
    kind: "media-injection",
    what: "somebody who hears a stream repeats it from another address and soon changes every second word of the voice",
    make: (scene) => mirroredInside(scene, 150, (at) => at % 8 >= 4),
  },
  {
    name: "roams_reinvite_behind_proxy",
    expect: "max 3",
    kind: "party-moved",
    what: "pjsip: media moves to the new address at once, 1.4 s later the re-INVITE from there, through a proxy and without credentials",
    make: (scene) => movedBehindProxy(scene, { ...phone(1), ip: "10.20.9.44" }, true),
  },
  {
    name: "reinvite_of_stranger_behind_proxy",
    expect: "alert hijack|redirect|media <=1",
    kind: "party-moved",
    what: "the same by a colleague's phone while the true caller goes on",
    make: (scene) => movedBehindProxy(scene, phone(7), false),
  },
];
