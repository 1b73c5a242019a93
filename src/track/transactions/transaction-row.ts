import type { PacketPlace } from "../../capture/packet-place.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Rank } from "../hosts/standing.ts";
import { REQUEST_ROW, RequestRow } from "./request-row.ts";

/** Hosts that a request is known to have been passed on to. */
const REACHED_MAX = 4;

const START_US = REQUEST_ROW + 0;
const KEPT_AT = REQUEST_ROW + 1;
const REF = REQUEST_ROW + 2;
const PLACE = REQUEST_ROW + 3;
const ANSWER_PLACE = REQUEST_ROW + 4;
const FLOW_START_US = REQUEST_ROW + 5;
const ANSWER_TAG_KEY = REQUEST_ROW + 6;
const REACHED = REQUEST_ROW + 7;
/** Whole numbers of four bytes, behind these. */
const INTS = 2 * (REACHED + REACHED_MAX);
const FINAL_STATUS = INTS + 0;
const FOREIGN_STATUS = INTS + 1;
const RANK = INTS + 2;
const TRIES = INTS + 3;
const TRIES_ANSWERED = INTS + 4;
const MESSAGE_BYTES = INTS + 5;
const CREDENTIALS_INDEX = INTS + 6;
/** The yes-or-no fields. */
const FLAGS = INTS + 7;
const REACHED_COUNT = INTS + 8;
/** Numbers of eight bytes of a row. */
export const TRANSACTION_ROW = REACHED + REACHED_MAX + 5;

const HAS_PROVISIONAL = 1;
const IS_FIRST_HOP = 2;
const HAS_CREDENTIALS = 4;
const HAS_ISSUED_NONCE = 8;
const IS_ACCEPTED = 16;
const IS_IN_DIALOG = 32;
const IS_RETURNED = 64;
const HAS_PROOF = 128;
const HAS_RUNG = 256;
const IS_REPLAYED = 512;
const IS_FORGED = 1024;

/** What became of a request, as far as it was seen, and what of it is kept. */
export class TransactionRow extends RequestRow {
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

  get hasProvisional(): boolean {
    return (this.readInt(FLAGS) & HAS_PROVISIONAL) !== 0;
  }

  set hasProvisional(value: boolean) {
    this.flag(HAS_PROVISIONAL, value);
  }

  /** The other end rang: 180 to 183 (RFC 3261 21.1). */
  get hasRung(): boolean {
    return (this.readInt(FLAGS) & HAS_RUNG) !== 0;
  }

  set hasRung(value: boolean) {
    this.flag(HAS_RUNG, value);
  }

  /** This is the client's own hop, not a proxy's copy of it. */
  get isFirstHop(): boolean {
    return (this.readInt(FLAGS) & IS_FIRST_HOP) !== 0;
  }

  set isFirstHop(value: boolean) {
    this.flag(IS_FIRST_HOP, value);
  }

  get hasCredentials(): boolean {
    return (this.readInt(FLAGS) & HAS_CREDENTIALS) !== 0;
  }

  set hasCredentials(value: boolean) {
    this.flag(HAS_CREDENTIALS, value);
  }

  /** The nonce of its credentials was issued by this server to this client. */
  get hasIssuedNonce(): boolean {
    return (this.readInt(FLAGS) & HAS_ISSUED_NONCE) !== 0;
  }

  set hasIssuedNonce(value: boolean) {
    this.flag(HAS_ISSUED_NONCE, value);
  }

  /** Its client receives at its address: an issued nonce says so, or TCP's handshake. */
  get isReturned(): boolean {
    return (this.readInt(FLAGS) & (IS_RETURNED | HAS_ISSUED_NONCE)) !== 0;
  }

  set isReturned(value: boolean) {
    this.flag(IS_RETURNED, value);
  }

  /** Nobody else can have sent it: it has a nonce that only its client was sent, or came by TCP. */
  get hasProof(): boolean {
    return (this.readInt(FLAGS) & HAS_PROOF) !== 0;
  }

  set hasProof(value: boolean) {
    this.flag(HAS_PROOF, value);
  }

  /** Its digest was sent by another host before, on another Call-ID. */
  get isReplayed(): boolean {
    return (this.readInt(FLAGS) & IS_REPLAYED) !== 0;
  }

  set isReplayed(value: boolean) {
    this.flag(IS_REPLAYED, value);
  }

  /** It came by another way than what its client is known by, and proves nothing: somebody writes in the client's name. */
  get isForged(): boolean {
    return (this.readInt(FLAGS) & IS_FORGED) !== 0;
  }

  set isForged(value: boolean) {
    this.flag(IS_FORGED, value);
  }

  /** To tag of the final answer; 0 when it had none, or the client has repeated it. */
  get answerTagKey(): number {
    return this.read(ANSWER_TAG_KEY);
  }

  set answerTagKey(value: number) {
    this.write(ANSWER_TAG_KEY, value);
  }

  /** The server has shown that it took the credentials. */
  get isAccepted(): boolean {
    return (this.readInt(FLAGS) & IS_ACCEPTED) !== 0;
  }

  set isAccepted(value: boolean) {
    this.flag(IS_ACCEPTED, value);
  }

  /** The request carried a To tag: it belongs to a dialog (RFC 3261 12.2). */
  get isInDialog(): boolean {
    return (this.readInt(FLAGS) & IS_IN_DIALOG) !== 0;
  }

  set isInDialog(value: boolean) {
    this.flag(IS_IN_DIALOG, value);
  }

  protected flag(bit: number, value: boolean): void {
    const flags = this.readInt(FLAGS);
    this.writeInt(FLAGS, value ? flags | bit : flags & ~bit);
  }
}
