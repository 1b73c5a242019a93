import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { asksRemoval, type BindingSuspect } from "./binding-suspect.ts";
import type { Binding } from "./registrations.ts";

const TENURES_MAX = 4096;
const KEEPERS_MAX = 1024;
/** Users that are remembered of one host: enough to tell what it does. */
const USERS_MAX = 256;
/** A push message, the start of an app and its registration (RFC 8599 5.3), while the caller waits. */
const WAKE_US = 60_000_000;
/** A keeper that gives up just before or behind the owner's return was told of it by the owner. */
const HAND_BACK_US = 5_000_000;
/** An app tells its keeper as it goes to sleep: so soon behind the owner's own registration, and within a small part of its time. */
const HAND_OVER_US = 30_000_000;
const HAND_OVER_SHARE = 1 / 8;
/** Users whose bindings a host must have kept well, and how many for each that it kept badly. */
const WELL_MIN = 2;
const WELL_PER_BAD = 3;

/** One user's binding at a host that is not the owner's. */
interface Tenure {
  readonly client: HostKey;
  readonly registrar: HostKey;
  readonly aorKey: number;
  readonly owners: ReadonlySet<HostKey>;
  /** When the owner's own registration runs out. */
  readonly lapseUs: number;
  /** The latest call of the registrar to the keeper; when it gave up; when the owner came back. 0: not yet. */
  calledUs: number;
  removedUs: number;
  returnUs: number;
  isWell: boolean;
  /** It began as the owner went to sleep: what a thief who does not watch the owner meets by chance only. */
  readonly isPrompt: boolean;
  /** The keeper took a call of the user by itself. */
  isRobbed: boolean;
}

/**
 * Hosts that register for users while their apps sleep (RFC 8599, push servers of app makers). On the wire they look like
 * thieves: the owner comes back and registers again. What no thief can arrange without the owner: its registration ran out
 * as it was asleep; it comes at the call that its keeper was sent, and takes it; its keeper gives up just when it comes. A
 * keeper that takes a call itself is none. One that begins just as the owner has registered, with user after user, was told by the owner, too.
 */
export class Keepers {
  readonly #peers: Peers;
  readonly #tenures = new KeyMap<Tenure>(TENURES_MAX);
  /** By user, and who calls: the registrar, or the keeper that sends a call on. */
  readonly #byCaller = new KeyMap<Tenure>(2 * TENURES_MAX);
  /** Of one host at one registrar: users whose bindings it kept, well or not. */
  readonly #records = new KeyMap<Map<number, boolean>>(KEEPERS_MAX);

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /** Somebody holds, or held, the binding of another: calls are of interest. */
  get isWaiting(): boolean {
    return this.#tenures.size > 0;
  }

  /** A host bound itself for a user with these bindings. */
  began(suspect: BindingSuspect, bindings: readonly Binding[]): void {
    const { aorKey, client, owners, parties, registrar } = suspect;
    const tenure: Tenure = {
      client,
      registrar,
      aorKey,
      owners: new Set(owners.map(({ host }) => host)),
      lapseUs: lapseOf(bindings, suspect),
      calledUs: 0,
      removedUs: 0,
      returnUs: 0,
      isWell: false,
      isPrompt: isPrompt(bindings, suspect),
      isRobbed: false,
    };
    this.#tenures.set(combine53(registrar, aorKey), tenure);
    this.#byCaller.set(combine53(registrar, parties.toUserKey), tenure);
    this.#byCaller.set(combine53(client, parties.toUserKey), tenure);
  }

  /** How many users' bindings that host has kept as a push server does; 0 for one that is none, this user left out. */
  users({ aorKey, client, registrar }: BindingSuspect): number {
    const record = this.#records.get(combine53(registrar, client));
    if (record === undefined) return 0;
    let well = 0;
    let bad = 0;
    for (const [user, isWell] of record) {
      if (isWell) well++;
      else if (user !== aorKey) bad++;
    }
    return well >= WELL_MIN && well >= bad * WELL_PER_BAD ? well : 0;
  }

  /** A REGISTER of the owner or of its keeper was accepted. */
  registered(transaction: Transaction, nowUs: number): void {
    const { aorKey, client, server } = transaction;
    const tenure = this.#tenures.get(combine53(server, aorKey));
    if (tenure === undefined) return;
    if (client === tenure.client) {
      if (asksRemoval(transaction.contact, transaction.expires)) tenure.removedUs = nowUs;
      else if (tenure.returnUs !== 0) tenure.returnUs = 0;
    } else if (tenure.owners.has(client) && tenure.returnUs === 0) {
      tenure.returnUs = nowUs;
      if (tenure.lapseUs < nowUs) tenure.isWell = true;
    } else return;
    const { removedUs, returnUs } = tenure;
    if (returnUs === 0) return;
    if (removedUs !== 0 && Math.abs(removedUs - returnUs) <= HAND_BACK_US) tenure.isWell = true;
    this.#note(tenure);
  }

  /** The owner was seen to live where it was while somebody else held its binding. */
  lives({ aorKey, registrar }: BindingSuspect): void {
    const tenure = this.#tenures.get(combine53(registrar, aorKey));
    if (tenure !== undefined) this.#note(tenure);
  }

  /** A call went from a registrar to a host that may hold the binding. */
  called(transaction: Transaction, nowUs: number): void {
    const tenure = this.#tenureOf(transaction);
    if (tenure?.client === transaction.server) tenure.calledUs = nowUs;
  }

  /** 2xx. A call was taken by the owner whom it woke, or whom its keeper sent it on to, or by the keeper itself. */
  answered(transaction: Transaction, nowUs: number): void {
    if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    const tenure = this.#tenureOf(transaction);
    if (tenure === undefined) return;
    const { client, server } = transaction;
    const { calledUs, returnUs } = tenure;
    const isOfCall = calledUs !== 0 && nowUs - calledUs <= 2 * WAKE_US;
    if (server === tenure.client) {
      if (tenure.returnUs !== 0 || tenure.isWell) return;
      tenure.isRobbed = true;
    } else if (isOfCall && tenure.owners.has(server)) {
      const isWoken = returnUs >= calledUs && returnUs - calledUs <= WAKE_US;
      // Who listens in sends calls on as well, but the app does not register with it.
      const isAtHome = this.#peers.rank(server, client, nowUs) >= Rank.ACCEPTED;
      if (client === tenure.client ? !isAtHome : !isWoken) return;
      tenure.isWell = true;
    } else return;
    this.#note(tenure);
  }

  #tenureOf({ client, toUserKey, uriUserKey }: Transaction): Tenure | undefined {
    const byTo = this.#byCaller.get(combine53(client, toUserKey));
    return byTo ?? this.#byCaller.get(combine53(client, uriUserKey));
  }

  #note({ aorKey, client, isPrompt, isRobbed, isWell, registrar }: Tenure): void {
    const key = combine53(registrar, client);
    let record = this.#records.get(key);
    if (record === undefined) {
      record = new Map();
      this.#records.set(key, record);
    }
    this.#records.touch(key);
    const isKept = (isWell || isPrompt) && !isRobbed;
    if (record.size < USERS_MAX || record.has(aorKey)) record.set(aorKey, isKept);
  }
}

/** When the last registration of other hosts runs out; never, as far as is known, where none was seen. */
function lapseOf(bindings: readonly Binding[], { aorKey, client }: BindingSuspect): number {
  let lapseUs = 0;
  for (const binding of bindings) {
    if (binding.aorKey !== aorKey || binding.host === client) continue;
    lapseUs = Math.max(lapseUs, binding.expiresUs);
  }
  return lapseUs === 0 ? Number.POSITIVE_INFINITY : lapseUs;
}

/** The owner had registered just before. */
function isPrompt(
  bindings: readonly Binding[],
  { aorKey, client, sinceUs }: BindingSuspect,
): boolean {
  return bindings.some((binding) => {
    if (binding.aorKey !== aorKey || binding.host === client) return false;
    const share = (binding.expiresUs - binding.lastUs) * HAND_OVER_SHARE;
    return sinceUs - binding.lastUs <= Math.min(HAND_OVER_US, share);
  });
}
