import { dial, PBX } from "../support/dialled-call.ts";
import { ask, register, requestOf } from "../support/sip-actors.ts";
import type { Endpoint, Wire } from "../support/wire.ts";
import type { SyntheticAttack } from "./attacks.ts";
import type { HealthyScene } from "./healthy.ts";

/** Calls at somebody else's expense, and calls abroad that people mean to make. */

const THIEF: Endpoint = { ip: "198.51.100.77", port: 5066 };

function phone(n: number): Endpoint {
  return { ip: `192.0.2.${30 + n}`, port: 5060 };
}

function fraud(
  name: string,
  sid: number,
  play: (wire: Wire) => void,
  attack = "toll_fraud",
): SyntheticAttack {
  return {
    name: `toll fraud: ${name}`,
    attack,
    sid,
    attacker: THIEF.ip,
    make: (wire) => {
      for (let n = 1; n < 5; n++) register(wire, phone(n), PBX, String(200 + n));
      wire.now += 30;
      play(wire);
      wire.now += 60;
      ask(wire, phone(9), PBX, requestOf(wire, phone(9), PBX, "OPTIONS", "x"), 200);
    },
  };
}

function guess(wire: Wire, user: string, tries: number): void {
  for (let i = 0; i < tries; i++) {
    register(wire, THIEF, PBX, user, { status: 401, secret: `guess${i}` });
    wire.now += 5;
  }
  register(wire, THIEF, PBX, user);
  wire.now += 5;
}

export const TOLL_FRAUDS: readonly SyntheticAttack[] = [
  fraud("satellite calls after twelve guesses", 9_106_010, (wire) => {
    guess(wire, "201", 12);
    dial(wire, THIEF, "201", "0088216123456789");
  }),
  fraud(
    "the same after three guesses, while the owner's phone is registered elsewhere",
    9_106_010,
    (wire) => {
      guess(wire, "201", 3);
      dial(wire, THIEF, "201", "00252612345678");
    },
  ),
  fraud("national calls after twelve guesses", 9_106_011, (wire) => {
    guess(wire, "201", 12);
    dial(wire, THIEF, "201", "03012345678");
  }),
  fraud("parallel calls to several countries with stolen credentials", 9_106_013, (wire) => {
    const numbers = ["002312099391", "00252612345678", "0053512345678", "00972595123456"];
    for (let i = 0; i < 12; i++) {
      dial(wire, THIEF, "202", `${numbers[i % 4]}${i}`, { seconds: 300 });
      wire.now += 2;
    }
  }),
  fraud("one after another from North America, 9 for an outside line", 9_106_013, (wire) => {
    for (let i = 0; i < 4; i++) {
      dial(wire, THIEF, "202", `9011${["2312099391", "2528953298"][i % 2]}`);
      wire.now += 120;
    }
  }),
  fraud("a prober finds the way out", 9_106_014, (wire) => {
    for (const prefix of ["", "00", "9011", "011"]) {
      dial(wire, THIEF, "100", `${prefix}972595123456`, { hasCredentials: false, status: 401 });
      wire.now += 2;
    }
    dial(wire, THIEF, "100", "900972595123456", { hasCredentials: false });
  }),
  fraud(
    "one number at six servers",
    9_106_015,
    (wire) => {
      for (let i = 0; i < 6; i++) {
        const server = { ip: `203.0.${113 + i}.10`, port: 5060 };
        const status = i % 2 === 0 ? 404 : 403;
        dial(wire, THIEF, "100", "00441234567890", { server, hasCredentials: false, status });
        wire.now += 300;
      }
    },
    "toll_fraud_probe",
  ),
];

function honest(name: string, play: (wire: Wire) => void): HealthyScene {
  return { name: `calls: ${name}`, make: play };
}

export const HONEST_CALLS: readonly HealthyScene[] = [
  honest("a family in Somalia and one in Cuba, from phones at home", (wire) => {
    for (const [n, numbers] of [
      [1, ["00252612345678", "00252612345679", "00252617777777"]],
      [2, ["0053512345678", "0053512345678"]],
    ] as const) {
      register(wire, phone(n), PBX, String(200 + n));
      wire.now += 900;
      for (const number of numbers) {
        dial(wire, phone(n), String(200 + n), number, { seconds: 600 });
        wire.now += 700;
      }
    }
  }),
  honest("an office calls Europe, America and Asia all night", (wire) => {
    const numbers = [
      "00442079460000",
      "0014085551234",
      "00493012345678",
      "0081312345678",
      "0033142000000",
    ];
    for (let i = 0; i < 40; i++) {
      dial(wire, phone(i % 8), String(200 + (i % 8)), numbers[i % numbers.length] as string);
      wire.now += 60;
    }
  }),
  honest("one call to a premium number, one to a ship", (wire) => {
    dial(wire, phone(1), "201", "0900123456");
    wire.now += 100;
    dial(wire, phone(1), "201", "00870773123456", { seconds: 900 });
  }),
  honest("German towns behind an outside line 0, which look like Africa", (wire) => {
    const towns = ["0023112345678", "0022112345678", "00891234567", "0069123456", "0025212345"];
    for (let i = 0; i < 40; i++) {
      dial(wire, phone(i % 5), String(200 + (i % 5)), towns[(i * 3) % towns.length] as string);
      wire.now += 90;
    }
  }),
  honest("a carrier's calls to high-cost countries, none with credentials", (wire) => {
    const carrier = { ip: "203.0.113.60", port: 5060 };
    for (let i = 0; i < 60; i++) {
      const number = `00${["252", "231", "53", "960"][i % 4]}6123456${i}`;
      const status = i % 3 === 0 ? 404 : 200;
      dial(wire, carrier, `4930123${i}`, number, { hasCredentials: false, status });
      wire.now += 4;
    }
  }),
  honest("three mistyped passwords on a new phone, then calls", (wire) => {
    register(wire, phone(1), PBX, "201");
    wire.now += 20;
    for (let i = 0; i < 3; i++) {
      register(wire, phone(2), PBX, "201", { status: 401, secret: `typo${i}` });
      wire.now += 8;
    }
    register(wire, phone(2), PBX, "201");
    wire.now += 30;
    dial(wire, phone(2), "201", "00493012345678");
    wire.now += 100;
    dial(wire, phone(2), "201", "03012345678");
  }),
  honest("a carrier fails over between its three nodes", (wire) => {
    for (let i = 0; i < 30; i++) {
      const server = { ip: `203.0.113.${10 + (i % 3)}`, port: 5060 };
      const status = i % 3 === 2 ? 200 : 404;
      dial(wire, phone(1), "pbx", "00493012345678", { server, hasCredentials: false, status });
      wire.now += 5;
    }
  }),
];
