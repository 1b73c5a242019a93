import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { unescaped } from "../accounts/unescaped.ts";
import type { Transaction } from "../transactions/transaction.ts";

/**
 * The end of a number that stays when its prefix changes: national numbers have nine or more digits
 * (ITU-T E.164 6.2), so two that share nine are one number.
 */
const TAIL_DIGITS = 9;
/** Longer than any number with any prefix; the rest of a text is not looked at. */
const DIALLED_MAX = 40;
const ROWS_MAX = 32_768;
/** Ways to dial one number that are remembered. */
const FORMS_MAX = 32;
const DAY_US = 24 * 3_600_000_000;
/** A row of a client, one of all clients of a server, and one of a client at a server. */
const BY_CLIENT = 1;
const BY_SERVER = 2;
const BY_BOTH = 3;
const BY_STRANGERS = 4;
/**
 * A row of a client at a server for numbers that differ in their last four digits only: whoever changes more has left the number
 * that he is paid for.
 */
const BY_BLOCK = 5;
const BLOCK = 10_000;
/** Hosts that share a walk; fewer are a host and its neighbour. */
const STRANGERS_MIN = 3;
/** Carriers that least-cost routing offers a call to, one after the other. */
const CARRIERS_MAX = 8;
/** Hosts of which each has tried another way; two of the ways are enough where they lead out of a PBX first. */
const MANY_STRANGERS = 4;
const OUTWARD_MIN = 2;

/** Ways to write one number that an account or trunk that works may try beyond a stranger's: 0, 00, 000, + and none are five. */
export const WAYS_OF_CUSTOMERS = 2;

export interface PrefixWalk {
  /** Different ways in which this client has tried the number; of a stranger half of those for its neighbours, too, where that is more. */
  byClient: number;
  /** The same of all clients together; 0 when they are one. */
  byAll: number;
  /**
   * The same of at least three hosts of which the server has taken no call, and one more where ways lead out of a PBX first: customers differ in
   * how they write a number, not in that. 0 when this one is none, or tried nothing new.
   */
  byStrangers: number;
}

/**
 * One number dialled behind many prefixes: somebody looks for the one that a dial plan lets out. People redial with 0, 00 or +, which
 * are two or three ways; a walk shows at the fourth, however slow it is and whatever it is answered, but for a call that is taken. Who
 * takes another number of a range each time needs twice as many. Least-cost routing has a prefix for each carrier, so the first way at
 * each further server is none of a walk.
 */
export class PrefixWalks {
  readonly #table = new KeyTable(ROWS_MAX);
  readonly #forms = column(Int32Array, ROWS_MAX * FORMS_MAX);
  readonly #count = column(Uint8Array, ROWS_MAX);
  readonly #startUs = column(Float64Array, ROWS_MAX);
  /** The only client of a server's row; -1 when there are several. */
  readonly #client = column(Float64Array, ROWS_MAX);
  /** Of a client's row: ways that were the first at another server than the first one; of strangers: how many of them, roughly. */
  readonly #routed = column(Uint8Array, ROWS_MAX);
  /** Of strangers: ways that lead out of a PBX first. */
  readonly #outward = column(Uint8Array, ROWS_MAX);
  readonly #walk: PrefixWalk = { byClient: 0, byAll: 0, byStrangers: 0 };

  /**
   * A call to a number failed. `isStrange`: of who has proven nothing to the server, and not for want of a free line. The result
   * is reused; null for what is no number or nothing new.
   */
  failed(transaction: Transaction, isStrange: boolean, nowUs: number): PrefixWalk | null {
    const number = dialled(transaction.uriUser);
    if (number === null) return null;
    const walk = this.#walk;
    const { client, server } = transaction;
    const mine = this.#rowOf(combine53(combine53(client, BY_CLIENT), number.tail), client, nowUs);
    const isFirst = this.#isFirstAt(combine53(client, server), number.tail, mine, nowUs);
    const isNew = this.#add(mine, number.form);
    if (isNew && isFirst && this.#isRouted(mine))
      this.#routed[mine] = (this.#routed[mine] as number) + 1;
    walk.byClient = isNew ? (this.#count[mine] as number) - (this.#routed[mine] as number) : 0;
    const all = this.#rowOf(combine53(combine53(server, BY_SERVER), number.tail), client, nowUs);
    if (this.#client[all] !== client) this.#client[all] = -1;
    walk.byAll =
      this.#add(all, number.form) && this.#client[all] === -1 ? (this.#count[all] as number) : 0;
    walk.byStrangers = isStrange ? this.#shared(transaction, number, nowUs) : 0;
    if (isStrange)
      walk.byClient = Math.max(walk.byClient, this.#inBlock(transaction, number, nowUs) >> 1);
    return walk.byClient > 0 || walk.byAll > 0 || walk.byStrangers > 0 ? walk : null;
  }

  /**
   * Ways in which the client has tried numbers of that block at this server; 0 when this one is not new. A carrier has one prefix,
   * whoever it sends on to.
   */
  #inBlock(transaction: Transaction, { tail, form }: Dialled, nowUs: number): number {
    const row = this.#rowOf(blockKey(transaction, tail), transaction.client, nowUs);
    return this.#add(row, form) ? (this.#count[row] as number) : 0;
  }

  #shared({ client, server }: Transaction, number: Dialled, nowUs: number): number {
    const row = this.#rowOf(combine53(strangersKey(server), number.tail), client, nowUs);
    if (!this.#add(row, number.form)) return 0;
    if (number.isOutward) this.#outward[row] = (this.#outward[row] as number) + 1;
    // Two hosts in turns count as many: they share the walk all the same.
    if (this.#client[row] !== client || this.#routed[row] === 0) {
      this.#client[row] = client;
      if ((this.#routed[row] as number) < MANY_STRANGERS)
        this.#routed[row] = (this.#routed[row] as number) + 1;
    }
    if ((this.#routed[row] as number) < STRANGERS_MIN) return 0;
    const isMany = (this.#routed[row] as number) >= MANY_STRANGERS;
    const outward = this.#outward[row] as number;
    return (this.#count[row] as number) + Number(outward >= (isMany ? 1 : OUTWARD_MIN));
  }

  /** A call to the number was taken: what that client tried before was redialling. */
  answered(transaction: Transaction): void {
    const number = dialled(transaction.uriUser);
    if (number === null) return;
    this.#forget(combine53(combine53(transaction.client, BY_CLIENT), number.tail));
    this.#forget(blockKey(transaction, number.tail));
    // It is one that people call, in whichever ways.
    this.#forget(combine53(strangersKey(transaction.server), number.tail));
  }

  #forget(key: number): void {
    const row = this.#table.find(key);
    if (row >= 0) this.#table.remove(row);
  }

  /** The client has not tried the number at this server before, since it began to try it. */
  #isFirstAt(pairKey: number, tail: number, mine: number, nowUs: number): boolean {
    const pair = this.#rowOf(combine53(combine53(pairKey, BY_BOTH), tail), -1, nowUs);
    const isKnown = this.#count[pair] === 1;
    const isFirst = !isKnown || (this.#startUs[pair] as number) < (this.#startUs[mine] as number);
    this.#count[pair] = 1;
    if (isFirst) this.#startUs[pair] = nowUs;
    return isFirst;
  }

  #isRouted(mine: number): boolean {
    return (this.#count[mine] as number) > 1 && (this.#routed[mine] as number) < CARRIERS_MAX - 1;
  }

  #rowOf(key: number, client: number, nowUs: number): number {
    let row = this.#table.find(key);
    if (row >= 0 && nowUs - (this.#startUs[row] as number) <= DAY_US) return row;
    if (row < 0) row = this.#table.add(key);
    this.#count[row] = 0;
    this.#routed[row] = 0;
    this.#outward[row] = 0;
    this.#startUs[row] = nowUs;
    this.#client[row] = client;
    return row;
  }

  #add(row: number, form: number): boolean {
    const start = row * FORMS_MAX;
    const count = this.#count[row] as number;
    for (let at = start; at < start + count; at++) if (this.#forms[at] === form) return false;
    if (count === FORMS_MAX) return false;
    this.#forms[start + count] = form;
    this.#count[row] = count + 1;
    // A row that grows is worth more than one that did not: walks are kept before single calls.
    if (count > 0) this.#table.promote(row);
    return true;
  }
}

function blockKey({ client, server }: Transaction, tail: number): number {
  return combine53(combine53(combine53(client, server), BY_BLOCK), Math.floor(tail / BLOCK));
}

function strangersKey(server: number): number {
  return combine53(server, BY_STRANGERS);
}

interface Dialled {
  tail: number;
  form: number;
  /** What stands before it gets a line first: 9, 900, 9011, 000. */
  isOutward: boolean;
}

const parsed: Dialled = { tail: 0, form: 0, isOutward: false };
/** A digit or more before the prefix for abroad (ITU-T E.164 6.2.4, annex B): 00, 011 or +. */
const OUTWARD = /^(?!011)[0-9*#]{1,4}(?:00|011|\+)/;

/** The tail of a dialled number and a hash of all before it; null for what is no such number. */
function dialled(text: string): Dialled | null {
  // Parameters of a telephone number stand behind it (RFC 3966 3).
  const semicolon = text.indexOf(";");
  const user = unescaped(semicolon < 0 ? text : text.slice(0, semicolon));
  if (user.length < TAIL_DIGITS || user.length > DIALLED_MAX) return null;
  let digits = 0;
  for (let at = 0; at < user.length; at++) {
    const code = user.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (!"+*#-. ,".includes(user.charAt(at))) return null;
  }
  if (digits < TAIL_DIGITS) return null;
  let tail = 0;
  let unit = 1;
  let at = user.length - 1;
  for (let left = TAIL_DIGITS; left > 0; at--) {
    const code = user.charCodeAt(at);
    if (code < 0x30 || code > 0x39) continue;
    tail += (code - 0x30) * unit;
    unit *= 10;
    left--;
  }
  let form = 1;
  for (; at >= 0; at--) form = (Math.imul(form, 31) + user.charCodeAt(at)) | 0;
  parsed.tail = tail;
  parsed.form = form;
  parsed.isOutward = OUTWARD.test(user.slice(0, DIALLED_MAX - TAIL_DIGITS));
  return parsed;
}
