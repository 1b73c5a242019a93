import { registered } from "../honest/calls.ts";
import { type Agent, contactOf, lanPhone, pbx, uriOf } from "../sip/agent.ts";
import { type Challenge, challengeHeader, credentialsHeader } from "../sip/digest.ts";
import type { Header } from "../sip/message.ts";
import { Transaction } from "../sip/transaction.ts";
import { Place } from "../wire/network.ts";
import type { Adversary } from "./adversary.ts";
import type { Attack, Evasion } from "./attack.ts";

/** Passwords tried at the registrar: every guess is a digest that the server rejects. */

interface GuessOptions {
  readonly guesses: number;
  readonly pauseS: number;
  /** Accounts that take turns. */
  readonly accounts?: number;
  readonly method?: "REGISTER" | "INVITE";
  /** All guesses on one Call-ID, each for the nonce of the rejection before it. */
  readonly isChained?: boolean;
  /** A decoy for another realm stands before the real header. */
  readonly hasDecoy?: boolean;
  readonly succeeds?: boolean;
}

/** Lines of one client at one server with the ids that it keeps or changes. */
class Guesser {
  readonly #adversary: Adversary;
  readonly #server: Agent;
  readonly #options: GuessOptions;
  #callId = "";
  #fromTag = "";
  #cseq = 0;
  #challenge: Challenge | null = null;

  constructor(adversary: Adversary, options: GuessOptions) {
    this.#adversary = adversary;
    this.#server = pbx(adversary.scene);
    this.#options = options;
  }

  guess(client: Agent, password: string, isRight: boolean): void {
    if (this.#options.isChained !== true || this.#challenge === null) {
      const { random } = this.#adversary.scene;
      this.#callId = random.hex(20);
      this.#fromTag = random.hex(8);
      this.#cseq = 0;
      this.#challenged(this.#ask(client, []));
    }
    const challenge = this.#challenge as unknown as Challenge;
    const login = {
      username: client.user,
      password,
      method: this.#method,
      uri: this.#uri,
      cnonce: this.#adversary.scene.random.hex(8),
    };
    const decoy = credentialsHeader({ ...challenge, realm: "voip", nonce: "0" }, login);
    const headers = [credentialsHeader(challenge, login)];
    if (this.#options.hasDecoy === true) headers.unshift(decoy);
    const asked = this.#ask(client, headers);
    if (!isRight) this.#challenged(asked);
    else asked.answer(200, { toTag: "a1", headers: [["Contact", `<${contactOf(client)}>`]] });
  }

  #ask(client: Agent, headers: readonly Header[]): Transaction {
    const { scene } = this.#adversary;
    this.#cseq++;
    scene.turn(client.endpoint);
    return new Transaction(scene, [client, this.#server], {
      method: this.#method,
      uri: this.#uri,
      from: uriOf(client),
      to: this.#method === "REGISTER" ? uriOf(client) : this.#uri,
      fromTag: this.#fromTag,
      callId: this.#callId,
      cseq: this.#cseq,
      branch: this.#adversary.branch(),
      contact: contactOf(client),
      headers,
    }).send();
  }

  #challenged(asked: Transaction): void {
    const { random } = this.#adversary.scene;
    const nonce = random.hex(32);
    this.#challenge = { realm: Place.PBX, nonce, status: 401, hasQop: false };
    const toTag = random.hex(8);
    this.#adversary.forgeAnswer(asked);
    asked.answer(401, { toTag, headers: [challengeHeader(this.#challenge)] });
    if (this.#method === "INVITE") asked.acknowledgeFailure(toTag);
  }

  get #method(): "REGISTER" | "INVITE" {
    return this.#options.method ?? "REGISTER";
  }

  get #uri(): string {
    return this.#method === "INVITE" ? `sip:900@${Place.PBX}` : `sip:${Place.PBX}`;
  }
}

function guessing(options: GuessOptions) {
  return (adversary: Adversary) => {
    const { scene } = adversary;
    const { guesses, accounts = 1, pauseS } = options;
    const owner = registered(scene, lanPhone(scene, 0), pbx(scene));
    adversary.begins(Place.PBX);
    const guesser = new Guesser(adversary, options);
    for (let i = 0; i < guesses; i++) {
      const user = accounts === 1 ? owner.user : scene.user(20 + (i % accounts));
      guesser.guess(adversary.agent(user, Place.PBX), `guess${Math.floor(i / accounts)}`, false);
      adversary.pause(pauseS);
    }
    if (options.succeeds === true) {
      guesser.guess(adversary.agent(owner.user, Place.PBX), owner.password, true);
    }
    scene.wait(12);
    registered(scene, lanPhone(scene, 1), pbx(scene));
  };
}

const AT_ANY_SPEED: readonly Evasion[] = [
  "5-sources",
  "20-sources",
  "no-tool-habits",
  "constant-branch",
  "forged-503",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
];
const ANY: readonly Evasion[] = ["slowed-5x", ...AT_ANY_SPEED];

function attack(
  name: string,
  options: GuessOptions,
  kind = /auth_bruteforce/,
  evasions = ANY,
): Attack {
  const severityMax = options.succeeds === true ? 1 : 2;
  return { name: `guessing-${name}`, kind, severityMax, evasions, play: guessing(options) };
}

export const GUESSING: readonly Attack[] = [
  attack("fast", { guesses: 60, pauseS: 0.3 }),
  // Four a minute: a phone with a stale password makes one or two.
  attack("slow", { guesses: 200, pauseS: 15 }, /auth_bruteforce/, AT_ANY_SPEED),
  attack("by-invite", { guesses: 60, pauseS: 0.3, method: "INVITE" }),
  attack("on-one-call-id", { guesses: 60, pauseS: 0.4, isChained: true }),
  attack("behind-a-decoy", { guesses: 60, pauseS: 0.3, hasDecoy: true }),
  attack("spray", { guesses: 60, pauseS: 1, accounts: 60 }, /password_spray|auth_bruteforce/),
  attack("succeeds", { guesses: 60, pauseS: 0.5, succeeds: true }, /bruteforce_success|compromise/),
];
