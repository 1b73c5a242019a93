import type { PacketPlace } from "../../capture/packet-place.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Rank } from "../hosts/standing.ts";
import { FLAG_ROW, FlagRow } from "./flag-row.ts";

/** Hosts that a request is known to have been passed on to. */
const REACHED_MAX = 4;

const START_US = FLAG_ROW + 0;
const KEPT_AT = FLAG_ROW + 1;
const REF = FLAG_ROW + 2;
const PLACE = FLAG_ROW + 3;
const ANSWER_PLACE = FLAG_ROW + 4;
const FLOW_START_US = FLAG_ROW + 5;
const ANSWER_TAG_KEY = FLAG_ROW + 6;
const REACHED = FLAG_ROW + 7;
/** Whole numbers of four bytes, behind these. */
const INTS = 2 * (REACHED + REACHED_MAX);
const FINAL_STATUS = INTS + 0;
const FOREIGN_STATUS = INTS + 1;
const RANK = INTS + 2;
const TRIES = INTS + 3;
const TRIES_ANSWERED = INTS + 4;
const MESSAGE_BYTES = INTS + 5;
const CREDENTIALS_INDEX = INTS + 6;
const REACHED_COUNT = INTS + 7;
const ANSWER_MAC_KEY = INTS + 8;
const ANSWER_TTL = INTS + 9;
const ANSWER_MARK = INTS + 10;
const ANSWER_AFTER_MS = INTS + 11;
/** Numbers of eight bytes of a row. */
export const TRANSACTION_ROW = REACHED + REACHED_MAX + 6;

/** What became of a request, as far as it was seen, and what of it is kept. */
export class TransactionRow extends FlagRow {
  /** All numbers 0 and all flags off, but for what means "none". */
  clear(): void {
    this.wipe(TRANSACTION_ROW);
    this.isFirstHop = true;
    this.credentialsIndex = -1;
  }

  /** The request was passed on to that host, provably. */
  addReached(host: HostKey): void {
    if (this.hasReached(host)) return;
    const count = this.readInt(REACHED_COUNT);
    this.write(REACHED + (count % REACHED_MAX), host);
    this.writeInt(REACHED_COUNT, count + 1);
  }

  hasReached(host: HostKey): boolean {
    for (let i = Math.min(this.readInt(REACHED_COUNT), REACHED_MAX) - 1; i >= 0; i--) {
      if (this.read(REACHED + i) === host) return true;
    }
    return false;
  }

  /** Where the request lies in its capture. */
  get place(): PacketPlace {
    return this.read(PLACE);
  }

  set place(value: PacketPlace) {
    this.write(PLACE, value);
  }

  /** Where its first final answer lies; none before. */
  get answerPlace(): PacketPlace {
    return this.read(ANSWER_PLACE);
  }

  set answerPlace(value: PacketPlace) {
    this.write(ANSWER_PLACE, value);
  }

  /** Source MAC of the first answer, as `macKeyOf` has it: with the TTL the way that it came. */
  get answerMacKey(): number {
    return this.readInt(ANSWER_MAC_KEY);
  }

  set answerMacKey(value: number) {
    this.writeInt(ANSWER_MAC_KEY, value);
  }

  /** 0 before the first answer. */
  get answerTtl(): number {
    return this.readInt(ANSWER_TTL);
  }

  set answerTtl(value: number) {
    this.writeInt(ANSWER_TTL, value);
  }

  /** Hash of the bytes of a final answer that may be forged; 0 of one that came by a known way. */
  get answerMark(): number {
    return this.readInt(ANSWER_MARK);
  }

  set answerMark(value: number) {
    this.writeInt(ANSWER_MARK, value);
  }

  /** Milliseconds from the request to that answer. */
  get answerAfterMs(): number {
    return this.readInt(ANSWER_AFTER_MS);
  }

  set answerAfterMs(value: number) {
    this.writeInt(ANSWER_AFTER_MS, value);
  }

  get flowStartUs(): number {
    return this.read(FLOW_START_US);
  }

  set flowStartUs(value: number) {
    this.write(FLOW_START_US, value);
  }

  get startUs(): number {
    return this.read(START_US);
  }

  set startUs(value: number) {
    this.write(START_US, value);
  }

  get seenUs(): number {
    return this.startUs;
  }

  /** 0 until a final response was seen. */
  get finalStatus(): number {
    return this.readInt(FINAL_STATUS);
  }

  set finalStatus(value: number) {
    this.writeInt(FINAL_STATUS, value);
  }

  /** A final response came from a host that was not asked; 0 without one. */
  get foreignStatus(): number {
    return this.readInt(FOREIGN_STATUS);
  }

  set foreignStatus(value: number) {
    this.writeInt(FOREIGN_STATUS, value);
  }

  /** What was proven of it: RETURNED by a nonce that was issued to the client, or an answer's To tag. */
  get rank(): Rank {
    return this.readInt(RANK) as Rank;
  }

  set rank(value: Rank) {
    this.writeInt(RANK, value);
  }

  /** Further tries with the same identity but other content. */
  get tries(): number {
    return this.readInt(TRIES);
  }

  set tries(value: number) {
    this.writeInt(TRIES, value);
  }

  /** How many of these are known to have their final answer. */
  get triesAnswered(): number {
    return this.readInt(TRIES_ANSWERED);
  }

  set triesAnswered(value: number) {
    this.writeInt(TRIES_ANSWERED, value);
  }

  /** Place of the request in the arena. */
  get keptAt(): number {
    return this.read(KEPT_AT);
  }

  set keptAt(value: number) {
    this.write(KEPT_AT, value);
  }

  get messageBytes(): number {
    return this.readInt(MESSAGE_BYTES);
  }

  set messageBytes(value: number) {
    this.writeInt(MESSAGE_BYTES, value);
  }

  /** Which digest of the request counts, as `CredentialsView` numbers them; -1 without any. */
  get credentialsIndex(): number {
    return this.readInt(CREDENTIALS_INDEX);
  }

  set credentialsIndex(value: number) {
    this.writeInt(CREDENTIALS_INDEX, value);
  }

  /** Row and generation: safe to keep. */
  get ref(): number {
    return this.read(REF);
  }

  set ref(value: number) {
    this.write(REF, value);
  }

  /** To tag of the final answer; 0 when it had none, or the client has repeated it. */
  get answerTagKey(): number {
    return this.read(ANSWER_TAG_KEY);
  }

  set answerTagKey(value: number) {
    this.write(ANSWER_TAG_KEY, value);
  }
}
