import { column } from "../../base/column.ts";
import { combine53, hashText53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import { isLongNumber } from "../fraud/failed-request.ts";
import type { Transaction } from "../transactions/transaction.ts";

const PHONES_MAX = 65_536;
const PAIRS_MAX = 32_768;
/** People do not answer every call. */
const MISSED_PER_TAKEN = 2;
/** An intercom whose calls a phone took rings there in vain so often in a day, and more the more are taken. */
const MISSED_OF_KNOWN = 20;
const MISSED_PER_CALL = 5;
/** A proxy begins the branches of a call at once; a ring group has hundreds. */
const FORKED_US = 2_000_000;
/** A back-to-back user agent rings the devices of one user; more have names of their own. A proxy shows by its Via beside the caller's (RFC 3261 16.6). */
const DEVICES_MAX = 10;
/** What a phone says for whoever sits at it, whether it has rung or not. */
const NOT_TAKEN = new Set([480, 486, 487, 600, 603]);
const DAY_US = 24 * 3_600_000_000;

/**
 * Calls straight to a phone from a host that is none of its servers: the phone is registered elsewhere, and
 * the caller has never had a call taken there. Phones ring for such calls, at night and with nobody on the
 * line, since most take an INVITE from anywhere. Where a phone registers was not seen in the first hour of a capture: then it is one
 * user, called at one host after the other, that tells.
 */
export class GhostCalls {
  /** Phones by their address, with the registrar that took their registration last. */
  readonly #phones = new KeyTable(PHONES_MAX);
  readonly #registrar = column(Float64Array, PHONES_MAX);
  readonly #pairs = new KeyTable(PAIRS_MAX);
  readonly #calls = column(Uint32Array, PAIRS_MAX);
  readonly #startUs = column(Float64Array, PAIRS_MAX);
  readonly #taken = column(Uint32Array, PAIRS_MAX);

  /** A registrar accepted a registration from that host. */
  registered(phone: HostKey, registrar: HostKey): void {
    let row = this.#phones.find(phone);
    if (row < 0) row = this.#phones.add(phone);
    this.#phones.touch(row);
    this.#registrar[row] = registrar;
  }

  /** Missed and taken calls of each caller to phones, within the day. */
  readonly #callers = new KeyTable(PAIRS_MAX);
  readonly #missedOf = column(Uint32Array, PAIRS_MAX);
  readonly #takenOf = column(Uint32Array, PAIRS_MAX);
  readonly #callerUs = column(Float64Array, PAIRS_MAX);
  /** Whom it called last without being taken, and where. */
  readonly #lastUser = column(Float64Array, PAIRS_MAX);
  readonly #lastServer = column(Float64Array, PAIRS_MAX);
  readonly #lastCall = column(Float64Array, PAIRS_MAX);
  /** Its branches so far. */
  readonly #lastBranches = column(Uint8Array, PAIRS_MAX);
  /** When the first of them began. */
  readonly #lastStartUs = column(Float64Array, PAIRS_MAX);

  /** A call between two hosts was taken, so they deal with each other, both ways. */
  taken(client: HostKey, server: HostKey, nowUs: number): void {
    for (const key of [combine53(client, server), combine53(server, client)]) {
      let row = this.#pairs.find(key);
      if (row < 0) row = this.#open(key, nowUs);
      this.#taken[row] = (this.#taken[row] as number) + 1;
      this.#pairs.promote(row);
      this.#pairs.touch(row);
    }
    const caller = this.#callers.find(client);
    if (caller >= 0) this.#takenOf[caller] = (this.#takenOf[caller] as number) + 1;
  }

  /** That phone's registration was seen. */
  isPhone(host: HostKey): boolean {
    return this.#phones.find(host) >= 0;
  }

  /** A call was not taken. Returns how many of that caller to that phone have not been within the day; 0 for ordinary ones. */
  missed(transaction: Transaction, nowUs: number): number {
    const { client, server } = transaction;
    const phone = this.#phones.find(server);
    if (phone < 0) return this.#isNextHost(transaction, nowUs) ? 1 : 0;
    const registrar = this.#registrar[phone] as number;
    if (registrar === client || this.#areTaken(client, registrar)) return 0;
    if (this.#isServing(client, nowUs)) return 0;
    const key = combine53(client, server);
    let row = this.#pairs.find(key);
    if (row < 0) row = this.#open(key, nowUs);
    if (nowUs - (this.#startUs[row] as number) > DAY_US) {
      this.#calls[row] = 0;
      this.#startUs[row] = nowUs;
    }
    this.#pairs.touch(row);
    const calls = (this.#calls[row] as number) + 1;
    this.#calls[row] = calls;
    const taken = this.#taken[row] as number;
    return taken > 0 && calls <= MISSED_OF_KNOWN + MISSED_PER_CALL * taken ? 0 : calls;
  }

  #open(key: number, nowUs: number): number {
    const row = this.#pairs.add(key);
    this.#taken[row] = 0;
    this.#calls[row] = 0;
    this.#startUs[row] = nowUs;
    return row;
  }

  /**
   * The caller was not taken for the same user at another host just before. A server calls each phone by the phone's own name, a stranger knows
   * none; a number of the public network is offered to one carrier after the other.
   */
  #isNextHost(transaction: Transaction, nowUs: number): boolean {
    const { callKey, client, finalStatus, server, startUs, uriUser, viaCount } = transaction;
    if (!NOT_TAKEN.has(finalStatus) || this.#phones.find(client) >= 0) return false;
    if (uriUser === "" || isLongNumber(uriUser)) return false;
    const row = this.#callerOf(client, nowUs);
    const user = hashText53(uriUser);
    const isBranch =
      this.#lastCall[row] === callKey &&
      Math.abs(startUs - (this.#lastStartUs[row] as number)) < FORKED_US;
    const branches = isBranch ? Math.min((this.#lastBranches[row] as number) + 1, 255) : 1;
    this.#lastBranches[row] = branches;
    const isFork = isBranch && (viaCount > 1 || branches <= DEVICES_MAX);
    const isNext = !isFork && this.#lastUser[row] === user && this.#lastServer[row] !== server;
    this.#lastUser[row] = user;
    this.#lastServer[row] = server;
    if (!isFork) this.#lastStartUs[row] = startUs;
    this.#lastCall[row] = callKey;
    return isNext && !this.#areTaken(client, server) && !this.#isServing(client, nowUs);
  }

  /** Phones take one in three of the caller's calls or more: a server that the capture does not show registering. */
  #isServing(client: HostKey, nowUs: number): boolean {
    const row = this.#callerOf(client, nowUs);
    const missed = (this.#missedOf[row] as number) + 1;
    this.#missedOf[row] = missed;
    return (this.#takenOf[row] as number) * MISSED_PER_TAKEN >= missed;
  }

  #callerOf(client: HostKey, nowUs: number): number {
    let row = this.#callers.find(client);
    if (row < 0) row = this.#startCaller(this.#callers.add(client), nowUs);
    else if (nowUs - (this.#callerUs[row] as number) > DAY_US) this.#startCaller(row, nowUs);
    this.#callers.touch(row);
    return row;
  }

  #startCaller(row: number, nowUs: number): number {
    this.#missedOf[row] = 0;
    this.#takenOf[row] = 0;
    this.#lastUser[row] = 0;
    this.#lastServer[row] = -1;
    this.#lastCall[row] = 0;
    this.#callerUs[row] = nowUs;
    return row;
  }

  #areTaken(one: HostKey, other: HostKey): boolean {
    const row = this.#pairs.find(combine53(one, other));
    return row >= 0 && (this.#taken[row] as number) > 0;
  }
}
