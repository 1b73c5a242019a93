import { ask, requestOf } from "../support/sip-actors.ts";
import type { Endpoint, Wire } from "../support/wire.ts";
import type { SyntheticAttack } from "./attacks.ts";
import type { HealthyScene } from "./healthy.ts";
import { Registrar } from "./registrar.ts";

/** Bindings that strangers change, and phones that move, start anew and are several, as real ones do. */

const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const THIEF: Endpoint = { ip: "198.51.100.77", port: 5066 };
const HOME: Endpoint = { ip: "203.0.113.20", port: 40_001 };
const OTHER_PHONE = "Linphone/5.1.65 (belle-sip/5.2)";

function phone(n: number): Endpoint {
  return { ip: `192.0.2.${30 + n}`, port: 5060 };
}

function theft(
  name: string,
  sid: number,
  play: (wire: Wire, registrar: Registrar) => void,
  bindingsMax = 10,
): SyntheticAttack {
  return {
    name,
    attack: "registration_hijack",
    sid,
    attacker: THIEF.ip,
    make: (wire) => {
      const registrar = new Registrar(wire, PBX, bindingsMax);
      for (let n = 1; n < 6; n++) registrar.register(phone(n), String(200 + n));
      wire.now += 60;
      play(wire, registrar);
      wire.now += 20;
      ask(wire, phone(9), PBX, requestOf(wire, phone(9), PBX, "OPTIONS", "x"), 200);
    },
  };
}

function ping(wire: Wire, to: Endpoint): void {
  ask(wire, PBX, to, requestOf(wire, PBX, to, "OPTIONS", "keepalive"), 200);
  wire.now += 1;
}

export const REGISTRATION_ATTACKS: readonly SyntheticAttack[] = [
  theft(
    "stolen credentials bind a second host, the owner answers its registrar",
    9_108_006,
    (wire, registrar) => {
      registrar.register(THIEF, "201");
      wire.now += 5;
      ping(wire, phone(1));
    },
  ),
  theft(
    "the same with the owner's User-Agent, the owner refreshes",
    9_108_006,
    (wire, registrar) => {
      registrar.register(THIEF, "201", { userAgent: "Yealink SIP-T46S 66.85.0.5" });
      wire.now += 200;
      registrar.register(phone(1), "201");
    },
  ),
  theft("all bindings removed by somebody who binds nothing", 9_108_005, (_wire, registrar) => {
    registrar.register(THIEF, "202", { contact: "*", expires: 0, userAgent: OTHER_PHONE });
  }),
  theft("the owner's own binding removed by name", 9_108_005, (wire, registrar) => {
    registrar.register(THIEF, "202", {
      contact: "<sip:202@192.0.2.32:5060>",
      expires: 0,
      userAgent: OTHER_PHONE,
    });
    wire.now += 60;
    registrar.register(phone(2), "202");
  }),
  theft("the same with expires beyond 32 bits", 9_108_005, (wire, registrar) => {
    registrar.register(THIEF, "202", { contact: "*", expires: 2 ** 32, userAgent: OTHER_PHONE });
    wire.now += 60;
    registrar.register(phone(2), "202");
  }),
  theft(
    "one binding for a user: taken over, and the owner comes back",
    9_108_002,
    (wire, registrar) => {
      registrar.register(THIEF, "203", { userAgent: OTHER_PHONE });
      wire.now += 120;
      registrar.register(phone(3), "203");
    },
    1,
  ),
  theft("bindings removed and taken over", 9_108_003, (wire, registrar) => {
    registrar.register(THIEF, "203", { contact: "*", expires: 0, userAgent: OTHER_PHONE });
    wire.now += 1;
    registrar.register(THIEF, "203", { userAgent: OTHER_PHONE });
    wire.now += 120;
    registrar.register(phone(3), "203");
  }),
  theft("four users bound to one host", 9_108_007, (wire, registrar) => {
    for (const n of [1, 2, 3, 4]) {
      registrar.register(THIEF, String(200 + n));
      wire.now += 20;
      ping(wire, phone(n));
    }
  }),
  theft("sniffed credentials replayed, accepted", 9_108_001, (wire, registrar) => {
    const digest = registrar.register(phone(1), "201");
    wire.now += 1;
    registrar.register(THIEF, "201", { replay: digest });
  }),
  theft("the same, refused", 9_108_010, (wire, registrar) => {
    const digest = registrar.register(phone(1), "201");
    wire.now += 1;
    registrar.register(THIEF, "201", { replay: digest, status: 401 });
  }),
  theft("bindings removed that are older than the capture", 9_108_004, (wire, registrar) => {
    registrar.register(THIEF, "210", { contact: "*", expires: 0, userAgent: OTHER_PHONE });
    wire.now += 90;
    registrar.register(phone(1), "210");
  }),
  theft("taken without the usual challenge", 9_108_008, (_wire, registrar) => {
    registrar.register(THIEF, "204", { isTrusted: true });
  }),
  theft("a third party's address bound", 9_108_009, (_wire, registrar) => {
    registrar.register(THIEF, "209", { contact: "<sip:209@203.0.113.99:5060>" });
  }),
];

function healthy(
  name: string,
  play: (wire: Wire, registrar: Registrar) => void,
  bindingsMax = 10,
): HealthyScene {
  return {
    name: `registrations: ${name}`,
    make: (wire) => play(wire, new Registrar(wire, PBX, bindingsMax)),
  };
}

export const HEALTHY_REGISTRATIONS: readonly HealthyScene[] = [
  ...[1, 10].map((bindingsMax) =>
    healthy(
      `phones roam from the office to a mobile network and back, ${bindingsMax} bindings kept`,
      (wire, registrar) => {
        for (let n = 1; n < 8; n++) {
          const user = String(200 + n);
          const callId = wire.unique("own-");
          for (const place of [phone(n), { ...HOME, port: HOME.port + n }, phone(n)]) {
            registrar.register(place, user, { callId });
            wire.now += 40;
          }
          ping(wire, phone(n));
        }
      },
      bindingsMax,
    ),
  ),
  healthy(
    "an office of 30 phones moves to another uplink; the old one carries others on",
    (wire, registrar) => {
      const uplink = (ip: string, n: number) => ({ ip, port: 20_000 + n });
      for (let n = 0; n < 30; n++) registrar.register(uplink("203.0.113.5", n), String(300 + n));
      wire.now += 100;
      for (let n = 0; n < 20; n++) registrar.register(uplink("198.51.100.9", n), String(300 + n));
      for (let n = 20; n < 30; n++) registrar.register(uplink("203.0.113.5", n), String(300 + n));
      wire.now += 30;
      for (let n = 20; n < 30; n++) ping(wire, uplink("203.0.113.5", n));
    },
  ),
  healthy("phones remove all bindings when they start, then register", (wire, registrar) => {
    for (let round = 0; round < 3; round++) {
      for (let n = 1; n < 8; n++) {
        const place = { ...phone(n), ip: `192.0.2.${30 + n + 20 * round}` };
        registrar.register(place, String(200 + n), { contact: "*", expires: 0 });
        wire.now += 0.5;
        registrar.register(place, String(200 + n));
      }
      wire.now += 60;
    }
  }),
  healthy("a desk phone and a softphone in one office share a user", (wire, registrar) => {
    for (let round = 0; round < 5; round++) {
      registrar.register(phone(1), "201");
      wire.now += 30;
      registrar.register(phone(2), "201", { userAgent: OTHER_PHONE });
      wire.now += 30;
      ping(wire, phone(1));
      ping(wire, phone(2));
    }
  }),
  healthy(
    "the same at a registrar that keeps one binding",
    (wire, registrar) => {
      for (let round = 0; round < 5; round++) {
        registrar.register(phone(1), "201");
        wire.now += 100;
        registrar.register(phone(2), "201", { userAgent: OTHER_PHONE });
        wire.now += 100;
      }
    },
    1,
  ),
  healthy(
    "a softphone is closed: it removes its own binding, the desk phone's stays",
    (wire, registrar) => {
      registrar.register(phone(1), "201");
      wire.now += 5;
      const contact = `<sip:201@${HOME.ip}:${HOME.port}>`;
      registrar.register(HOME, "201", { contact, expires: 0, userAgent: OTHER_PHONE });
      wire.now += 200;
      registrar.register(phone(1), "201");
    },
  ),
  healthy(
    "phones without qop repeat one digest at every refresh, one of them from its new address",
    (wire, registrar) => {
      const callId = wire.unique("own-");
      const digest = registrar.register(phone(1), "201", { callId });
      for (let round = 0; round < 5; round++) {
        wire.now += 60;
        const place = round < 2 ? phone(1) : HOME;
        registrar.register(place, "201", { callId, cseq: 3 + 2 * round, replay: digest });
      }
    },
  ),
  healthy("two nodes of one PBX register a trunk's user and refresh it", (wire, registrar) => {
    for (let round = 0; round < 6; round++) {
      for (const node of [phone(1), phone(2)]) {
        registrar.register(node, "trunk", { userAgent: "Asterisk PBX 20.5" });
        wire.now += 25;
        ping(wire, node);
      }
    }
  }),
];
