import { ask, LiveCall, register, requestOf, stream } from "../support/sip-actors.ts";
import { audioSdp, challenge, credentials, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy, type Wire } from "../support/wire.ts";
import { REGISTRATION_ATTACKS } from "./registrations.ts";
import { TOLL_FRAUDS } from "./toll.ts";

/** Attacks as no capture of the lab has them: other rates, ports, tools and IPv6. */
export interface SyntheticAttack {
  readonly name: string;
  /** Metadata `attack` of the alert that has to come. */
  readonly attack: string;
  /** This very rule has to fire, because no bundled capture fires it. */
  readonly sid?: number;
  readonly attacker: string;
  readonly make: (wire: Wire) => void;
}

interface Place {
  readonly name: string;
  readonly pbx: Endpoint;
  readonly attacker: Endpoint;
  readonly phone: (n: number) => Endpoint;
  readonly other: (n: number) => Endpoint;
}

function placeV4(port: number): Place {
  return {
    name: `IPv4, port ${port}`,
    pbx: { ip: "192.0.2.10", port },
    attacker: { ip: "198.51.100.77", port: port === 5060 ? 41_234 : port },
    phone: (n) => ({ ip: `192.0.2.${100 + n}`, port: 5060 }),
    other: (n) => ({ ip: `203.0.113.${n + 1}`, port: 5060 }),
  };
}

/** As alerts write it: Suricata's long form. */
const V6_ATTACKER = "2001:0db8:0000:0000:0000:0000:0bad:0001";

const V6: Place = {
  name: "IPv6",
  pbx: { ip: "2001:db8::10", port: 5060 },
  attacker: { ip: "2001:db8::bad:1", port: 5060 },
  phone: (n) => ({ ip: `2001:db8::1:${n + 1}`, port: 5060 }),
  other: (n) => ({ ip: `2001:db8:1::${n + 1}`, port: 5060 }),
};

const PLACES: readonly Place[] = [placeV4(5060), placeV4(5062), V6];

function nameOf({ attacker }: Place): string {
  return attacker.ip.includes(":") ? V6_ATTACKER : attacker.ip;
}

function enumeration(place: Place): SyntheticAttack[] {
  const { pbx, attacker, name } = place;
  const base = { attack: "sip_enumeration", attacker: nameOf(place) };
  const walk =
    (method: string, status: number, perSecond: number, users: number) => (wire: Wire) => {
      for (let i = 0; i < users; i++) {
        const headers = status === 401 ? [challenge(wire.unique("n"))] : [];
        const request = requestOf(wire, attacker, pbx, method, String(1000 + i), {
          userAgent: `Softphone ${i % 7}`,
          ...(method === "INVITE" ? { sdp: audioSdp(attacker.ip, 9000) } : {}),
        });
        ask(wire, attacker, pbx, request, status, headers);
        wire.now += 1 / perSecond;
      }
      // The challenges have to grow old.
      wire.now += 10;
      ask(wire, attacker, pbx, requestOf(wire, attacker, pbx, "OPTIONS", "x"), 200);
    };
  return [
    ...["REGISTER", "OPTIONS", "SUBSCRIBE", "INVITE"].flatMap((method) =>
      [0.5, 5, 100].map((perSecond) => ({
        ...base,
        name: `walk by ${method}, 404, ${perSecond}/s, changing User-Agent (${name})`,
        make: walk(method, 404, perSecond, 60),
      })),
    ),
    ...[1, 20].map((perSecond) => ({
      ...base,
      name: `walk by REGISTER, every answer 401, ${perSecond}/s (${name})`,
      make: walk("REGISTER", 401, perSecond, 60),
    })),
    {
      ...base,
      name: `slow walk, one user in 90 s (${name})`,
      sid: 9_101_005,
      make: walk("REGISTER", 404, 1 / 90, 40),
    },
  ];
}

function distributedEnumeration(place: Place): SyntheticAttack {
  return {
    name: `walk shared by eight sources (${place.name})`,
    attack: "sip_enumeration",
    sid: 9_101_006,
    attacker: "",
    make: (wire) => {
      for (let i = 0; i < 56; i++) {
        const source = place.other(i % 8);
        const request = requestOf(wire, source, place.pbx, "REGISTER", String(3000 + i));
        ask(wire, source, place.pbx, request, 404);
        wire.now += 0.5;
      }
    },
  };
}

function bruteForce(place: Place): SyntheticAttack[] {
  const { pbx, attacker, name } = place;
  const base = { attack: "auth_bruteforce", attacker: nameOf(place) };
  const guess = (count: number, perSecond: number) => (wire: Wire) => {
    for (let i = 0; i < count; i++) {
      register(wire, attacker, pbx, "210", { status: 401, secret: `guess${i}` });
      wire.now += 1 / perSecond;
    }
  };
  const chained = (wire: Wire) => {
    const callId = wire.unique("chain-");
    let nonce = "n0";
    for (let i = 0; i < 30; i++) {
      const headers = [credentials("210", nonce, `guess${i}`)];
      nonce = `n${i + 1}`;
      const request = requestOf(wire, attacker, pbx, "REGISTER", "210", {
        callId,
        cseq: 2,
        headers,
      });
      ask(wire, attacker, pbx, request, 401, [challenge(nonce)]);
      wire.now += 0.5;
    }
  };
  return [
    ...[0.3, 3, 50].map((perSecond) => ({
      ...base,
      name: `password guessing, ${perSecond}/s (${name})`,
      make: guess(40, perSecond),
    })),
    { ...base, name: `password guessing in one Call-ID, CSeq stuck (${name})`, make: chained },
    {
      ...base,
      name: `slow password guessing, one in 15 s (${name})`,
      sid: 9_102_002,
      make: guess(200, 1 / 15),
    },
    {
      attack: "bruteforce_success",
      attacker: nameOf(place),
      name: `password guessing that succeeds (${name})`,
      make: (wire) => {
        guess(25, 2)(wire);
        register(wire, attacker, pbx, "210");
      },
    },
    {
      attack: "password_spray",
      attacker: nameOf(place),
      name: `one password for twenty accounts (${name})`,
      make: (wire) => {
        for (let i = 0; i < 20; i++) {
          register(wire, attacker, pbx, String(300 + i), { status: 401, secret: "Summer2026" });
          wire.now += 3;
        }
        wire.now += 10;
        ask(wire, attacker, pbx, requestOf(wire, attacker, pbx, "OPTIONS", "x"), 200);
      },
    },
    {
      attack: "auth_bruteforce",
      attacker: "",
      sid: 9_102_004,
      name: `one account guessed from seven sources, four guesses each (${name})`,
      make: (wire) => {
        for (let i = 0; i < 28; i++) {
          register(wire, place.other(i % 7), pbx, "210", { status: 401, secret: `g${i}` });
          wire.now += 20;
        }
      },
    },
  ];
}

function scans(place: Place): SyntheticAttack[] {
  const { attacker, name } = place;
  const sweep = (hosts: number, pause: number) => (wire: Wire) => {
    for (let i = 0; i < hosts; i++) {
      const target = place.phone(i);
      ask(
        wire,
        attacker,
        target,
        requestOf(wire, attacker, target, "OPTIONS", "100"),
        i % 3 === 0 ? 405 : 404,
      );
      wire.now += pause;
    }
  };
  const base = { attack: "sip_scan", attacker: nameOf(place) };
  return [
    {
      ...base,
      name: `sweep over 20 hosts, two a second (${name})`,
      sid: 9_100_002,
      make: sweep(20, 0.5),
    },
    {
      ...base,
      name: `sweep over 40 hosts, one in ten minutes (${name})`,
      sid: 9_100_003,
      make: sweep(40, 600),
    },
  ];
}

/** A call between two phones that has talked for `talked` seconds. */
function talking(wire: Wire, place: Place, talked = 3): LiveCall {
  // Everybody's way has been seen before.
  for (const n of [1, 2]) register(wire, place.phone(n), place.pbx, String(200 + n));
  wire.now += 1;
  const call = new LiveCall(wire, place.phone(1), place.phone(2));
  wire.now += 0.05;
  call.talk(talked + 6);
  wire.now += talked;
  return call;
}

function dialogs(place: Place): SyntheticAttack[] {
  const { attacker, name } = place;
  const byStranger = { attacker: nameOf(place) };
  return [
    {
      ...byStranger,
      attack: "bye_spoof",
      name: `BYE by a stranger (${name})`,
      make: (wire) => {
        const call = talking(wire, place);
        const bye = call.inDialog("BYE", { sentBy: sentBy(attacker) });
        wire.send(attacker, call.callee, bye.text);
        wire.send(call.callee, attacker, sipResponse(bye, 200), 0.004);
      },
    },
    {
      attacker: "",
      attack: "bye_spoof",
      name: `BYE in the caller's name, same MAC and TTL, the caller talks on (${name})`,
      make: (wire) => {
        const call = talking(wire, place);
        call.hangUp();
      },
    },
    {
      ...byStranger,
      attack: "cancel_attack",
      name: `CANCEL by a stranger (${name})`,
      make: (wire) => {
        const [caller, callee] = [place.phone(1), place.phone(2)];
        const invite = requestOf(wire, caller, callee, "INVITE", "201", {
          to: "202",
          sdp: audioSdp(caller.ip, 10_000),
        });
        wire.send(caller, callee, invite.text);
        wire.send(callee, caller, sipResponse(invite, 180, { toTag: "t" }), 0.01);
        wire.now += 2;
        const { callId, branch, fromTag } = invite;
        const cancel = requestOf(wire, caller, callee, "CANCEL", "201", {
          to: "202",
          callId,
          branch,
          fromTag,
        });
        ask(wire, attacker, callee, cancel, 200);
        wire.send(callee, caller, sipResponse(invite, 487, { toTag: "t" }), 0.01);
      },
    },
    {
      ...byStranger,
      attack: "reinvite_hijack",
      name: `re-INVITE by a stranger moves the media (${name})`,
      make: (wire) => {
        const call = talking(wire, place);
        const invite = call.inDialog("INVITE", {
          sentBy: sentBy(attacker),
          sdp: audioSdp(attacker.ip, 7000),
        });
        ask(wire, attacker, call.callee, invite, 200);
      },
    },
    {
      ...byStranger,
      attack: "rtp_injection",
      name: `media injected by a stranger (${name})`,
      make: (wire) => {
        const call = talking(wire, place);
        stream(wire, { ...attacker, port: 40_000 }, call.calleeMedia, { ssrc: 0xbad, seconds: 2 });
        wire.now += 3;
      },
    },
    {
      attacker: "",
      attack: "rtp_injection",
      name: `media injected in the caller's name with its SSRC (${name})`,
      make: (wire) => {
        const call = talking(wire, place);
        stream(wire, call.callerMedia, call.calleeMedia, {
          ssrc: 0x1111,
          seconds: 2,
          sequence: 4000,
          timestamp: 480_000,
          after: 0.011,
        });
        wire.now += 3;
      },
    },
    {
      ...byStranger,
      attack: "bye_spoof",
      name: `BYE by a stranger on a trunk, both ports 5060 (${name})`,
      make: (wire) => {
        const trunk = { ip: place.other(20).ip, port: place.pbx.port };
        const call = new LiveCall(wire, place.pbx, trunk, { from: "5551234", to: "5559876" });
        wire.now += 0.1;
        call.talk(6);
        wire.now += 3;
        ask(wire, attacker, trunk, call.inDialog("BYE", { sentBy: sentBy(attacker) }), 200);
      },
    },
  ];
}

function floods(place: Place): SyntheticAttack[] {
  const { attacker, pbx, name } = place;
  const flood =
    (method: string, status: number, source: (i: number) => Endpoint, count: number) =>
    (wire: Wire) => {
      for (let i = 0; i < count; i++) {
        const from = source(i);
        const request = requestOf(wire, from, pbx, method, String(i % 97));
        ask(wire, from, pbx, request, status, status === 401 ? [challenge(wire.unique("n"))] : []);
        wire.now += 0.004;
      }
      wire.now += 10;
      ask(wire, attacker, pbx, requestOf(wire, attacker, pbx, "OPTIONS", "x"), 200);
    };
  const one = () => attacker;
  const many = (i: number) => place.other(i % 200);
  return [
    {
      attack: "register_flood",
      attacker: nameOf(place),
      name: `REGISTER flood, 401 (${name})`,
      make: flood("REGISTER", 401, one, 1500),
    },
    {
      attack: "register_flood",
      attacker: nameOf(place),
      name: `REGISTER flood, no answer (${name})`,
      sid: 9_103_007,
      make: flood("REGISTER", 0, one, 1500),
    },
    {
      attack: "register_flood",
      attacker: "",
      name: `REGISTER flood from 200 sources, no answer (${name})`,
      sid: 9_103_010,
      make: flood("REGISTER", 0, many, 1500),
    },
    {
      attack: "invite_flood",
      attacker: nameOf(place),
      name: `INVITE flood, 407 (${name})`,
      make: flood("INVITE", 407, one, 1500),
    },
    {
      attack: "options_flood",
      attacker: nameOf(place),
      name: `OPTIONS flood, 200 (${name})`,
      make: flood("OPTIONS", 200, one, 1500),
    },
    {
      attack: "register_flood",
      attacker: "",
      sid: 9_103_004,
      name: `REGISTER flood from 200 sources (${name})`,
      make: flood("REGISTER", 401, many, 2500),
    },
    {
      attack: "invite_flood",
      attacker: "",
      sid: 9_103_005,
      name: `INVITE flood from 200 sources (${name})`,
      make: flood("INVITE", 407, many, 2500),
    },
    {
      attack: "options_flood",
      attacker: "",
      sid: 9_103_006,
      name: `OPTIONS flood from 200 sources (${name})`,
      make: (wire) => {
        for (let i = 0; i < 6000; i++) {
          ask(wire, many(i), pbx, requestOf(wire, many(i), pbx, "OPTIONS", "x"), 200);
          wire.now += 0.001;
        }
      },
    },
  ];
}

export const SYNTHETIC_ATTACKS: readonly SyntheticAttack[] = PLACES.flatMap((place) => [
  ...enumeration(place),
  distributedEnumeration(place),
  ...bruteForce(place),
  ...scans(place),
  ...dialogs(place),
  ...floods(place),
]).concat(REGISTRATION_ATTACKS, TOLL_FRAUDS);
