import { column } from "../../base/column.ts";
import { FewKeys } from "../../base/few-keys.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import { IpProtocol } from "../../decode/layer.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { isLongNumber } from "../fraud/failed-request.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { CustomerCalls } from "./customer-calls.ts";
import type { Customers } from "./customers.ts";
import { LostAnswers } from "./lost-answers.ts";

const ENDPOINTS_MAX = 65_536;
const SERVERS_MAX = 4096;
const WINDOW_US = 10_000_000;
/** A phone that is refused tries again a few times, not more, within ten seconds. */
const PHONE_REQUESTS_MAX = 4;
/** Lines of one phone; whoever asks for more users from one port, however slowly, is none. */
const PHONE_USERS_MAX = 8;
/**
 * Failures within ten seconds that are put down to an outage: a large office behind one address, a trunk at
 * thirty calls a second, all phones of a server. What is beyond is a flood, whatever the server makes of it.
 */
const CLIENT_FAILURES_MAX = 500;
const TRUNK_FAILURES_MAX = 300;
const SERVER_FAILURES_MAX = 2000;
/** Who was failed is remembered up to here, per server; enough to tell how wide an outage is. */
const FAILED_MAX = 1024;
/** An outage is over when nobody has been failed for this long. */
const OVER_US = 60_000_000;

/** So many failed clients are no coincidence of one client's wrong password with a slow server. */
const WIDE_MIN = 5;

/** Logins of an outage that are told apart, and how many taken ones contradict it. */
const LOGINS_KEPT = 64;
const CONTRADICTED_BY = 3;
/** Fewer logins that the server fails while it takes others' are no word of it. */
const CONTRADICTED_MIN = 12;
/** So many Call-IDs, and this many for each host that failed with hardly more than one account: telephones stay on theirs (RFC 3261 10.2). */
const CALLS_MIN = 20;
const CALLS_EACH = 2;

/** What gateways and proxies say when what is behind them is away (RFC 3261 21.5): it is no word about the user. */
const FAR_END_AWAY = new Set([502, 503, 504]);

const BY_ENDPOINT = 1;
const BY_CLIENT = 2;
const BY_SERVER = 3;

interface Outage {
  readonly failed: Set<number>;
  /** Accounts whose credentials it failed, up to `LOGINS_KEPT`; the same with the host that sent them. */
  readonly accounts: Set<number>;
  readonly logins: Set<number>;
  /** Call-IDs of these requests, up to `FAILED_MAX`. */
  readonly calls: Set<number>;
  /** Logins that it took meanwhile and had not failed, up to `CONTRADICTED_BY`. */
  readonly taken: Set<number>;
  /** A login that it had failed was taken, or it failed a customer. */
  hasRecovered: boolean;
  readonly sinceUs: number;
  lastUs: number;
  reported: number;
}

/**
 * Requests that a server fails by 5xx or silence. That is an outage when it befalls customers, or phones by
 * their shape: an address and port with one user that asks a few times. The failures of an outage are its
 * own fact and no other.
 */
export class Outages {
  /** What is put down to the mirror instead. */
  readonly lost = new LostAnswers();
  readonly #counts: KeyTable;
  readonly #windowUs: Float64Array;
  readonly #requests: Int32Array;
  readonly #userKey: Float64Array;
  /** Whom it has asked for. */
  readonly #users: FewKeys;
  readonly #servers: KeyTable;
  readonly #outages: (Outage | undefined)[] = [];
  readonly #customers: Customers;
  readonly #calls = new CustomerCalls();

  constructor(customers: Customers) {
    this.#customers = customers;
    this.#counts = new KeyTable(ENDPOINTS_MAX);
    this.#windowUs = column(Float64Array, ENDPOINTS_MAX);
    this.#requests = column(Int32Array, ENDPOINTS_MAX);
    this.#userKey = column(Float64Array, ENDPOINTS_MAX);
    this.#users = new FewKeys(ENDPOINTS_MAX, PHONE_USERS_MAX + 1);
    this.#servers = new KeyTable(SERVERS_MAX);
  }

  /**
   * A request failed by 5xx or silence. Returns how many clients or calls the outage has failed so far, 0
   * when there is nothing new to say of it, -1 when this is no outage's failure. `isGateway`: its client is known to the server.
   */
  failed(transaction: Transaction, nowUs: number, isGateway = false): number {
    const { client, clientPort, server, callKey, hasCredentials, methodId } = transaction;
    if (hasCredentials && methodId === SipMethod.INVITE) this.#calls.failed(transaction);
    const isTrunk = isGateway || this.#customers.isTrunkProven(client, server, nowUs);
    if (!isTrunk && this.#isMadeUp(transaction, nowUs)) return -1;
    if (!isTrunk && !this.#isPhone(transaction, nowUs)) return -1;
    const clientMax = isTrunk ? TRUNK_FAILURES_MAX : CLIENT_FAILURES_MAX;
    if (this.#count(combine53(client, BY_CLIENT), nowUs) > clientMax) return -1;
    if (this.#count(combine53(server, BY_SERVER), nowUs) > SERVER_FAILURES_MAX) return -1;
    const outage = this.#outageOf(server, nowUs);
    const who = isTrunk ? callKey : combine53(client, clientPort);
    if (outage.failed.size < FAILED_MAX) outage.failed.add(who);
    const size = outage.failed.size;
    if (size < 2 * outage.reported) return 0;
    outage.reported = size;
    return size;
  }

  /** Many clients or calls of that server have failed lately: its own trouble, not theirs. */
  isWide(server: HostKey, nowUs: number): boolean {
    const row = this.#servers.find(server);
    const outage = row < 0 ? undefined : this.#outages[row];
    return (
      outage !== undefined && nowUs - outage.lastUs <= OVER_US && outage.failed.size >= WIDE_MIN
    );
  }

  /**
   * The same of credentials that it failed: many accounts, and not those alone that nobody ever logs in with while it takes those of others. A
   * server in trouble takes some of the logins that it has failed.
   */
  isWideOfLogins(
    { accountKey, callKey, client, server }: Transaction,
    isCustomer: boolean,
    nowUs: number,
  ): boolean {
    if (!this.isWide(server, nowUs)) return false;
    const outage = this.#outages[this.#servers.find(server)] as Outage;
    if (isCustomer) outage.hasRecovered = true;
    const { accounts, calls, hasRecovered, logins, taken } = outage;
    if (accounts.size < LOGINS_KEPT) accounts.add(accountKey);
    if (logins.size < LOGINS_KEPT) logins.add(combine53(client, accountKey));
    if (calls.size < FAILED_MAX) calls.add(callKey);
    if (hasRecovered) return true;
    if (accounts.size < WIDE_MIN) {
      const isOfPhones = calls.size < CALLS_MIN || calls.size < CALLS_EACH * logins.size;
      return isOfPhones && (taken.size === 0 || logins.size < WIDE_MIN);
    }
    return taken.size < CONTRADICTED_BY || logins.size < CONTRADICTED_MIN;
  }

  loginTaken(transaction: Transaction): void {
    const { accountKey, client, methodId, server } = transaction;
    if (methodId === SipMethod.INVITE) this.#calls.taken(transaction);
    const row = this.#servers.size === 0 ? -1 : this.#servers.find(server);
    const outage = row < 0 ? undefined : this.#outages[row];
    if (outage === undefined || outage.hasRecovered) return;
    const login = combine53(client, accountKey);
    if (outage.logins.has(login)) outage.hasRecovered = true;
    else if (outage.taken.size < CONTRADICTED_BY) outage.taken.add(login);
  }

  /**
   * A REGISTER that a server fails with 5xx, while it fails hardly anybody else, before it has looked at any credentials: some
   * say so of users that they do not know. A call to an extension just so, while it takes its customers' calls. Not of a customer.
   */
  isAlone(transaction: Transaction, nowUs: number): boolean {
    const { finalStatus, hasCredentials, methodId, server } = transaction;
    if (hasCredentials || finalStatus < 500) return false;
    if (methodId === SipMethod.INVITE) return this.#isStrangersCall(transaction, nowUs);
    if (methodId !== SipMethod.REGISTER) return false;
    return !this.isWide(server, nowUs) && !this.#customers.excuses(transaction, nowUs);
  }

  /** A trunk's callers have numbers of the telephone network. */
  #isStrangersCall(transaction: Transaction, nowUs: number): boolean {
    const { finalStatus, fromUser, server, uriUser } = transaction;
    if (FAR_END_AWAY.has(finalStatus) || isLongNumber(uriUser) || isLongNumber(fromUser)) {
      return false;
    }
    const outage = this.#outages[this.#servers.find(server)];
    if (outage === undefined || !this.#calls.areTaken(server, outage.sinceUs, nowUs)) return false;
    return !this.#customers.excuses(transaction, nowUs);
  }

  #isMadeUp(transaction: Transaction, nowUs: number): boolean {
    if (transaction.finalStatus !== 0 || isRepeatedIfSilent(transaction)) return false;
    return !this.#customers.isAccountProven(transaction, nowUs);
  }

  #isPhone(transaction: Transaction, nowUs: number): boolean {
    const { client, clientPort } = transaction;
    const key = combine53(combine53(client, BY_ENDPOINT), clientPort);
    const requests = this.#count(key, nowUs);
    const row = this.#counts.find(key);
    const user = transaction.fromUserKey;
    if (requests === 1) this.#userKey[row] = user;
    this.#users.add(row, askedKey(transaction));
    if (this.#customers.isAccountProven(transaction, nowUs)) return requests <= CLIENT_FAILURES_MAX;
    if (this.#users.count(row) > PHONE_USERS_MAX) return false;
    return this.#userKey[row] === user && requests <= PHONE_REQUESTS_MAX;
  }

  #outageOf(server: HostKey, nowUs: number): Outage {
    let row = this.#servers.find(server);
    if (row < 0) {
      row = this.#servers.add(server);
      this.#outages[row] = undefined;
    }
    let outage = this.#outages[row];
    if (outage === undefined || nowUs - outage.lastUs > OVER_US) {
      outage = {
        failed: new Set(),
        accounts: new Set(),
        logins: new Set(),
        calls: new Set(),
        taken: new Set(),
        hasRecovered: false,
        sinceUs: nowUs,
        lastUs: nowUs,
        reported: 0.5,
      };
      this.#outages[row] = outage;
    }
    this.#servers.touch(row);
    outage.lastUs = nowUs;
    return outage;
  }

  #count(key: number, nowUs: number): number {
    let row = this.#counts.find(key);
    if (row < 0) {
      row = this.#counts.add(key);
      this.#users.clear(row);
      this.#requests[row] = 0;
      this.#windowUs[row] = nowUs;
    } else if (nowUs - (this.#windowUs[row] as number) > WINDOW_US) {
      this.#requests[row] = 0;
      this.#windowUs[row] = nowUs;
    }
    this.#counts.touch(row);
    const requests = (this.#requests[row] as number) + 1;
    this.#requests[row] = requests;
    return requests;
  }
}

/** Whom a request is about. One caller may walk over extensions that a server says nothing of, or fails. */
function askedKey({ methodId, toUserKey }: Transaction): number {
  return methodId === SipMethod.OPTIONS ? 0 : toUserKey;
}

/** Phones repeat over UDP what is not answered (RFC 3261 17.1); who writes a made-up address once does not. */
function isRepeatedIfSilent({ ipProtocol, isRepeated }: Transaction): boolean {
  return isRepeated || ipProtocol !== IpProtocol.UDP;
}

/**
 * It was not sent again. A caller whose call was answered out of sight acknowledges it; who sent nothing but an INVITE may not
 * be there.
 */
export function isLeft(transaction: Transaction, hosts: HostTable): boolean {
  if (isRepeatedIfSilent(transaction)) return false;
  if (transaction.methodId !== SipMethod.INVITE) return true;
  return (hosts.get(transaction.client)?.sentRequests ?? 0) <= 1;
}

/** A REGISTER without credentials that had no answer and was not sent again. */
export function isDropped(transaction: Transaction): boolean {
  const { hasCredentials, isInDialog, methodId } = transaction;
  if (methodId !== SipMethod.REGISTER || hasCredentials || isInDialog) return false;
  return !isRepeatedIfSilent(transaction);
}

/** Of who is never seen to be answered nobody knows which of its calls were. */
export function isHeard({ client, finalStatus }: Transaction, hosts: HostTable): boolean {
  return finalStatus !== 0 || (hosts.get(client)?.receivedResponses ?? 0) > 0;
}

/** A call of whoever is registered there, in whatever name: a gateway calls in those of others. */
export function isRegisteredCall(transaction: Transaction, hosts: HostTable): boolean {
  const { client, isForged, methodId, server } = transaction;
  if (methodId !== SipMethod.INVITE || isForged) return false;
  return hosts.get(client)?.registrar === server;
}
