import { dial } from "../support/dialled-call.ts";
import type { Endpoint } from "../support/wire.ts";
import { Registrar } from "../synthetic/registrar.ts";
import { Account } from "./digest.ts";
import { outside, PBX, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "away-from-home";
/** Far away, in a network that nobody of the site is in. */
const AFAR: Endpoint = { ip: "185.11.1.6", port: 5060, mac: ROUTER_MAC, ttl: 45 };
const HOME: Endpoint = { ip: "91.20.1.11", port: 5061, mac: ROUTER_MAC, ttl: 57 };
const SIX = [
  "00882131234567",
  "0022490123456",
  "00252612345678",
  "0067570123456",
  "005352345678",
  "009607991234",
];

/** 201 is registered from its desk, and stays. */
class Desk {
  readonly #scene: Scene;
  readonly #account: Account;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#account = new Account(scene, phone(1), PBX, "201");
    this.goesOn(720);
  }

  goesOn(seconds: number): void {
    for (let i = 0; i < seconds; i += 120) {
      this.#account.login();
      this.#scene.wait(Math.min(120, seconds - i));
    }
  }
}

function called(scene: Scene, desk: Desk, numbers: readonly string[], pause: number): void {
  new Account(scene, AFAR, PBX, "201").login();
  for (const number of numbers) {
    dial(scene, AFAR, "201", number, { server: PBX, seconds: Math.min(pause - 5, 200) });
    desk.goesOn(pause);
  }
}

/** 60 guesses of 20 hosts at 201. */
function guessed(scene: Scene, desk: Desk): void {
  for (let i = 0; i < 60; i++) {
    const guess = new Account(scene, outside(60 + (i % 20)), PBX, "201");
    guess.login({ password: `guess${i}`, status: 403 });
    desk.goesOn(10);
  }
}

/** The user's telephone lives at home, and somebody uses the account from afar: a thief, or the user. */
export const AWAY_FROM_HOME: readonly Case[] = [
  {
    name: "leaked_password_calls_six_countries",
    expect: "alert many high-cost numbers <=2",
    kind: KIND,
    what: "the right password at once from afar, then six high-cost countries, one in half a minute, while the desk telephone lives on",
    make: (scene) => called(scene, new Desk(scene), SIX, 30),
  },
  {
    name: "satellite_number_called_while_at_home",
    expect: "alert fraud <=3",
    kind: KIND,
    what: "the same to one satellite number, eight times within the hour",
    make: (scene) => called(scene, new Desk(scene), Array(8).fill("00882131234567"), 240),
  },
  {
    name: "five_high_cost_places_while_at_home",
    expect: "alert six high-cost <=2",
    kind: KIND,
    what: "the same to five high-cost places, one an hour",
    make: (scene) => called(scene, new Desk(scene), SIX.slice(0, 5), 3_600),
  },
  {
    name: "softphone_in_a_hotel_calls_home",
    expect: "max 3",
    kind: KIND,
    what: "a user with a softphone abroad calls home, twice Cuba, and home again, while the desk telephone lives on",
    make: (scene) => {
      const numbers = ["0301234567", "005352345678", "005352345679", "0301234568", "0301234569"];
      called(scene, new Desk(scene), numbers, 300);
    },
  },
  {
    name: "newcomer_logs_in_amid_guesses",
    expect: "alert compromised <=2",
    kind: KIND,
    what: "20 hosts guess at an account (403) whose telephone lives at home, then one more host logs in at its first try",
    make: (scene) => {
      const desk = new Desk(scene);
      guessed(scene, desk);
      new Account(scene, AFAR, PBX, "201").login();
      desk.goesOn(60);
    },
  },
  {
    name: "owner_logs_in_amid_guesses",
    expect: "alert distributed credential brute force <=2",
    kind: KIND,
    what: "the same guesses, and the desk telephone alone logs in",
    make: (scene) => guessed(scene, new Desk(scene)),
  },
  {
    name: "bound_beside_the_owner_by_a_tool",
    expect: "alert HIJACK registration <=2",
    kind: KIND,
    what: "somebody whose User-Agent is an attack tool's binds itself beside the owner, who registers again",
    make: (scene) => bound(scene, "pplsip"),
  },
  {
    name: "bound_beside_the_owner_by_a_phone",
    expect: "max 3",
    kind: KIND,
    what: "the same by a softphone",
    make: (scene) => bound(scene, "Zoiper rv2.10.18"),
  },
];

function bound(scene: Scene, userAgent: string): void {
  const registrar = new Registrar(scene, PBX);
  registrar.register(HOME, "201", { callId: "own", cseq: 1 });
  scene.wait(60);
  for (let i = 1; i < 6; i++) {
    registrar.register(AFAR, "201", { userAgent, callId: "other", cseq: 2 * i });
    scene.wait(200);
    registrar.register(HOME, "201", { callId: "own", cseq: 10 + 2 * i });
  }
}
