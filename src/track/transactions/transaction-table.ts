import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { numberRows } from "../../base/number-row.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { SeenPacket } from "../facts/packet-origin.ts";
import { Rank } from "../hosts/standing.ts";
import { MessageArena } from "./message-arena.ts";
import type { MessageKeys } from "./message-keys.ts";
import { Transaction } from "./transaction.ts";
import { TRANSACTION_ROW } from "./transaction-row.ts";
import { TransactionTexts } from "./transaction-texts.ts";

/** 64 x T1 (RFC 3261 17.1.1.2): a request is repeated, and passed on, no later than this. */
const LIFETIME_US = 32_000_000;
/** Tries with one identity that a repetition is compared with. */
const COMPARED_MAX = 4;
/** An INVITE rings no longer than this (RFC 3261 16.6 step 11: timer C, three minutes at least). */
const INVITE_LIFETIME_US = 300_000_000;
const EXPIRED_AT_ONCE = 4;
const CHUNK_ROWS = 1024;

/**
 * Client transactions by hop and client host; bounded, strangers go first. A request with the identity of
 * an earlier one and other bytes is a try of its own, whatever its branch says: registrars judge each
 * anew. Answers go to the oldest try that has none.
 */
export class TransactionTable {
  readonly table: KeyTable;
  readonly #rows: Transaction[] = [];
  /** First hop of each request, whichever hop it was seen on first, as `ref`. */
  readonly #requests: KeyTable;
  readonly #firstHops: Float64Array;
  readonly #arena: MessageArena;
  readonly #texts: TransactionTexts;
  #lastHopKey = 0.5;
  #lastClient = 0.5;
  #lastHop = 0.5;

  constructor(capacity: number, arenaBytes: number, names: HostNames) {
    this.table = new KeyTable(capacity);
    this.#requests = new KeyTable(capacity);
    this.#firstHops = column(Float64Array, capacity);
    this.#arena = new MessageArena(arenaBytes);
    this.#texts = new TransactionTexts(this.#arena, names);
  }

  get size(): number {
    return this.table.size;
  }

  get capacity(): number {
    return this.table.capacity;
  }

  get evictions(): number {
    return this.table.evictions;
  }

  get provenEvictions(): number {
    return this.table.provenEvictions;
  }

  /** The transaction of a `ref`; null when it has gone. */
  at(ref: number): Transaction | null {
    const row = this.table.rowOf(ref);
    return row < 0 ? null : (this.#rows[row] as Transaction);
  }

  /** The latest try of that hop and client. */
  find(hopKey: number, client: HostKey): Transaction | undefined {
    const first = this.#first(hopKey, client);
    return first === undefined ? undefined : (this.#try(first, first.tries) ?? first);
  }

  /** The oldest try without a final answer, else the latest: what an answer on that hop is about. */
  answered(hopKey: number, client: HostKey): Transaction | undefined {
    const first = this.#first(hopKey, client);
    if (first === undefined || first.tries === 0 || first.finalStatus === 0) return first;
    while (first.triesAnswered < first.tries) {
      const next = this.#try(first, first.triesAnswered + 1);
      if (next !== undefined && next.finalStatus === 0) return next;
      first.triesAnswered++;
    }
    return this.#try(first, first.tries) ?? first;
  }

  /** True when the message repeats a request that is known: the same bytes, from the same client. */
  isRepetition(
    keys: MessageKeys,
    client: HostKey,
    message: SipMessageView,
    nowUs: number,
  ): boolean {
    const first = this.#first(keys.hopKey, client);
    if (first === undefined) return false;
    if (this.#isSame(first, message, nowUs)) return repeated(first);
    const oldest = Math.max(1, first.tries - COMPARED_MAX);
    for (let n = first.tries; n >= oldest; n--) {
      const earlier = this.#try(first, n);
      if (earlier !== undefined && this.#isSame(earlier, message, nowUs)) return repeated(earlier);
    }
    return false;
  }

  /** A fresh row for a request, not yet filed under its hop's order. */
  open(keys: MessageKeys, client: HostKey, message: SipMessageView): Transaction {
    const hop = this.#hopOf(keys.hopKey, client);
    const known = this.table.find(hop);
    const first = known < 0 ? null : (this.#rows[known] as Transaction);
    if (first !== null) first.tries++;
    const row = this.table.add(first === null ? hop : combine53(hop, first.tries));
    const transaction = this.#rowAt(row);
    transaction.clear();
    transaction.ref = this.table.ref(row);
    transaction.keptAt = this.#arena.put(message.bytes, message.start, message.end);
    transaction.messageBytes = message.end - message.start;
    return transaction;
  }

  /** Keeps a message that opens no transaction, for a fact that may come of it. */
  keep(packet: PacketView, message: SipMessageView): SeenPacket {
    const keptAt = this.#arena.put(message.bytes, message.start, message.end);
    const kept = { keptAt, messageBytes: message.end - message.start };
    return new SeenPacket(packet, kept, this.#texts);
  }

  /**
   * Decides whether a new transaction is its request's first hop. A proxy's copy comes from a host that the
   * request is known to have reached, with more Vias, while the transaction lives; a Via that somebody
   * made up proves nothing.
   */
  place(transaction: Transaction): void {
    const row = this.#requests.find(transaction.requestKey);
    const first = this.#firstHopAt(row, transaction.startUs);
    if (first === undefined) {
      this.#setFirstHop(transaction, row);
      return;
    }
    const hasMoreVias = transaction.viaCount > first.viaCount;
    if (hasMoreVias && first.hasReached(transaction.client)) {
      transaction.isFirstHop = false;
      first.addReached(transaction.server);
      return;
    }
    // The mirror showed the proxy's copy before the client's own request.
    const isEarlierHop =
      transaction.viaCount < first.viaCount && transaction.server === first.client;
    if (!isEarlierHop) {
      transaction.addReached(transaction.server);
      return;
    }
    first.isFirstHop = false;
    this.#setFirstHop(transaction, row);
    transaction.addReached(first.server);
  }

  /** What was proven of it keeps it from being pushed out by strangers. */
  promote(transaction: Transaction, rank: Rank): void {
    if (rank > transaction.rank) transaction.rank = rank;
    if (rank < Rank.RETURNED) return;
    const row = this.table.rowOf(transaction.ref);
    if (row >= 0) this.table.promote(row);
  }

  /** Forgets what is over: a few of the oldest at each call. An INVITE may wait for its answer long. */
  expire(nowUs: number): void {
    for (let looked = 0; looked < EXPIRED_AT_ONCE; looked++) {
      // By turns those of strangers and those that proved themselves.
      const row = looked % 2 === 0 ? this.table.oldest() : this.table.oldestPromoted();
      if (row < 0) continue;
      const transaction = this.#rows[row] as Transaction;
      const ageUs = nowUs - transaction.startUs;
      if (ageUs <= LIFETIME_US) continue;
      const isPending =
        transaction.methodId === SipMethod.INVITE &&
        (transaction.finalStatus === 0 || transaction.answerMark !== 0);
      if (isPending && ageUs <= INVITE_LIFETIME_US) this.table.touch(row);
      else this.table.remove(row);
    }
  }

  /** Rows are made as they are needed, many at a time. */
  #rowAt(row: number): Transaction {
    let transaction = this.#rows[row];
    if (transaction === undefined) {
      const first = row - (row % CHUNK_ROWS);
      const numbers = numberRows(CHUNK_ROWS, TRANSACTION_ROW);
      for (let i = 0; i < CHUNK_ROWS; i++) {
        this.#rows[first + i] = new Transaction(numbers, i * TRANSACTION_ROW, this.#texts);
      }
      transaction = this.#rows[row] as Transaction;
    }
    return transaction;
  }

  /** `row`: that of the request; below 0 when it has none yet. */
  #setFirstHop(transaction: Transaction, row: number): void {
    transaction.addReached(transaction.server);
    const own = row < 0 ? this.#requests.add(transaction.requestKey) : row;
    this.#firstHops[own] = transaction.ref;
  }

  #firstHopAt(row: number, nowUs: number): Transaction | undefined {
    if (row < 0) return undefined;
    const first = this.at(this.#firstHops[row] as number);
    return first === null || nowUs - first.startUs > LIFETIME_US ? undefined : first;
  }

  #first(hopKey: number, client: HostKey): Transaction | undefined {
    const row = this.table.find(this.#hopOf(hopKey, client));
    return row < 0 ? undefined : this.#rows[row];
  }

  /** Key of a hop and its client. A message asks for its own several times. */
  #hopOf(hopKey: number, client: HostKey): number {
    if (hopKey !== this.#lastHopKey || client !== this.#lastClient) {
      this.#lastHopKey = hopKey;
      this.#lastClient = client;
      this.#lastHop = combine53(hopKey, client);
    }
    return this.#lastHop;
  }

  /** The n-th further try; 0 is the first one itself. */
  #try(first: Transaction, n: number): Transaction | undefined {
    if (n === 0) return first;
    const row = this.table.find(combine53(combine53(first.hopKey, first.client), n));
    return row < 0 ? undefined : this.#rows[row];
  }

  #isSame(earlier: Transaction, message: SipMessageView, nowUs: number): boolean {
    if (nowUs - earlier.startUs > LIFETIME_US) return false;
    if (earlier.messageBytes !== message.end - message.start) return false;
    const offset = this.#arena.offsetOf(earlier.keptAt);
    // Written over: the same length and identity have to do.
    if (offset < 0) return true;
    const kept = this.#arena.keptBytes(earlier.messageBytes);
    const { bytes, start } = message;
    return this.#arena.bytes.compare(bytes, start, start + kept, offset, offset + kept) === 0;
  }
}

function repeated(transaction: Transaction): true {
  transaction.isRepeated = true;
  return true;
}
