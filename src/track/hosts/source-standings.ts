import { column } from "../../base/column.ts";
import { FewKeys } from "../../base/few-keys.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";

/** Proofs that are remembered with their times: what is asked for is never more. */
export const PROOFS_MAX = 8;
/** What was seen of a host so long ago says nothing of who uses its address now. */
const FORGET_US = 86_400_000_000;
/** A trunk sends no credentials: so many calls of it, to so many users, were answered and acknowledged. */
const TRUNK_CALLS_MIN = 5;
const TRUNK_USERS_MIN = 3;
/** Tries before a success: a person mistypes less often. */
const GUESSES_MIN = 4;

/** What an address is to others than its sender; "" when nothing speaks for anybody else behind it. */
export type SharedUse = "" | "server" | "trunk" | "registered users" | "answers calls";

/**
 * What was proven of hosts that send requests: that answers reach them (a nonce issued to their address, the To tag
 * of an answer), and that others depend on their address: registrations that a server took, calls that they answered
 * or brought, requests that they serve. Only proofs make a row, so a flood of forged sources costs nothing here.
 * Whoever got in by guessing is not among those who depend on the address.
 */
export class SourceStandings {
  readonly table: KeyTable;
  readonly #hosts: Float64Array;
  /** Times of the latest proofs of the return path, a ring for each row. */
  readonly #proofUs: Float64Array;
  readonly #proofs: Int32Array;
  readonly #serverUs: Float64Array;
  readonly #registeredUs: Float64Array;
  /** The account that was registered there first within the day, and when another one was last; 0 before. */
  readonly #account: Float64Array;
  readonly #otherAccountUs: Float64Array;
  readonly #answeredUs: Float64Array;
  readonly #trunkUs: Float64Array;
  readonly #trunkCalls: Int32Array;
  readonly #trunkUsers: FewKeys;
  readonly #guessedUs: Float64Array;

  constructor(capacity: number) {
    this.table = new KeyTable(capacity);
    this.#hosts = column(Float64Array, capacity);
    this.#proofUs = column(Float64Array, capacity * PROOFS_MAX);
    this.#proofs = column(Int32Array, capacity);
    this.#serverUs = column(Float64Array, capacity);
    this.#registeredUs = column(Float64Array, capacity);
    this.#account = column(Float64Array, capacity);
    this.#otherAccountUs = column(Float64Array, capacity);
    this.#answeredUs = column(Float64Array, capacity);
    this.#trunkUs = column(Float64Array, capacity);
    this.#trunkCalls = column(Int32Array, capacity);
    this.#trunkUsers = new FewKeys(capacity, TRUNK_USERS_MIN);
    this.#guessedUs = column(Float64Array, capacity);
  }

  /**
   * A request repeated what only its source's address had been sent. `who` is the host for the ACK of a refusal, and
   * host and account, combined, for credentials.
   */
  returned(who: number, nowUs: number): void {
    const row = this.#rowOf(who);
    const count = this.#proofs[row] as number;
    this.#proofUs[row * PROOFS_MAX + (count % PROOFS_MAX)] = nowUs;
    // Beyond the ring only the place of the next one matters.
    this.#proofs[row] = count + 1 < 2 * PROOFS_MAX ? count + 1 : PROOFS_MAX;
  }

  /** Credentials of a REGISTER were taken after so many wrong ones. The server serves, and somebody is at home there. */
  registered(
    {
      accountKey,
      client,
      server,
    }: { readonly accountKey: number; readonly client: HostKey; readonly server: HostKey },
    guesses: number,
    nowUs: number,
  ): void {
    this.#serverUs[this.#dependedOn(server)] = nowUs;
    const row = this.#dependedOn(client);
    if (guesses < GUESSES_MIN) this.#settled(row, accountKey, nowUs);
    else if (this.#useOf(row, nowUs) === "") this.#guessedUs[row] = nowUs;
  }

  /** A call was answered and acknowledged; `user` is a key of whom it asked for. */
  called(
    caller: HostKey,
    callee: HostKey,
    { user, hasCredentials }: { readonly user: number; readonly hasCredentials: boolean },
    nowUs: number,
  ): void {
    this.#answeredUs[this.#dependedOn(callee)] = nowUs;
    if (hasCredentials) return;
    const row = this.#rowOf(caller);
    if (nowUs - (this.#trunkUs[row] as number) > FORGET_US) {
      this.#trunkCalls[row] = 0;
      this.#trunkUsers.clear(row);
    }
    this.#trunkUs[row] = nowUs;
    this.#trunkCalls[row] = (this.#trunkCalls[row] as number) + 1;
    this.#trunkUsers.add(row, user);
    if (this.#isTrunk(row, nowUs)) this.table.promote(row);
  }

  /** Proofs of `returned` since then, up to `PROOFS_MAX`. */
  proofsSince(who: number, sinceUs: number): number {
    const row = this.table.find(who);
    if (row < 0) return 0;
    const kept = Math.min(this.#proofs[row] as number, PROOFS_MAX);
    let count = 0;
    for (let i = 0; i < kept; i++) {
      if ((this.#proofUs[row * PROOFS_MAX + i] as number) >= sinceUs) count++;
    }
    return count;
  }

  /**
   * Who else depends on this address. `exceptAccount`: what it has done is told of that account, so whose only registration there is
   * a stolen one depends on nothing; 0 for none.
   */
  useOf(host: HostKey, nowUs: number, exceptAccount = 0): SharedUse {
    const row = this.table.find(host);
    if (row < 0) return "";
    const use = this.#useOf(row, nowUs);
    const isOfUsers = use === "registered users" || use === "answers calls";
    return isOfUsers && this.#isAlone(row, exceptAccount, nowUs) ? "" : use;
  }

  /** Calls `visit` for each address that others depend on. */
  forEachShared(nowUs: number, visit: (host: HostKey, use: SharedUse) => void): void {
    for (let row = this.table.oldestPromoted(); row >= 0; row = this.table.younger(row)) {
      const use = this.#useOf(row, nowUs);
      if (use !== "") visit(this.#hosts[row] as HostKey, use);
    }
  }

  #settled(row: number, accountKey: number, nowUs: number): void {
    const isOver = nowUs - (this.#registeredUs[row] as number) > FORGET_US;
    if (this.#account[row] === 0 || isOver) this.#account[row] = accountKey;
    else if (this.#account[row] !== accountKey) this.#otherAccountUs[row] = nowUs;
    this.#registeredUs[row] = nowUs;
  }

  /** Nobody else than that account is registered there. */
  #isAlone(row: number, accountKey: number, nowUs: number): boolean {
    if (accountKey === 0 || this.#account[row] !== accountKey) return false;
    const otherUs = this.#otherAccountUs[row] as number;
    return otherUs === 0 || nowUs - otherUs > FORGET_US;
  }

  #useOf(row: number, nowUs: number): SharedUse {
    const isRecent = (us: number | undefined) => (us ?? 0) > 0 && nowUs - (us ?? 0) <= FORGET_US;
    if (isRecent(this.#serverUs[row])) return "server";
    if (this.#isTrunk(row, nowUs)) return "trunk";
    const hasGuessed = isRecent(this.#guessedUs[row]);
    if (hasGuessed) return "";
    if (isRecent(this.#registeredUs[row])) return "registered users";
    return isRecent(this.#answeredUs[row]) ? "answers calls" : "";
  }

  #isTrunk(row: number, nowUs: number): boolean {
    return (
      (this.#trunkCalls[row] as number) >= TRUNK_CALLS_MIN &&
      this.#trunkUsers.count(row) >= TRUNK_USERS_MIN &&
      nowUs - (this.#trunkUs[row] as number) <= FORGET_US
    );
  }

  #dependedOn(host: HostKey): number {
    const row = this.#rowOf(host);
    this.table.promote(row);
    return row;
  }

  #rowOf(host: HostKey): number {
    let row = this.table.find(host);
    if (row < 0) {
      row = this.table.add(host);
      this.#hosts[row] = host;
      this.#proofs[row] = 0;
      this.#serverUs[row] = 0;
      this.#registeredUs[row] = 0;
      this.#account[row] = 0;
      this.#otherAccountUs[row] = 0;
      this.#answeredUs[row] = 0;
      this.#trunkUs[row] = 0;
      this.#trunkCalls[row] = 0;
      this.#trunkUsers.clear(row);
      this.#guessedUs[row] = 0;
    }
    this.table.touch(row);
    return row;
  }
}
