import { REQUEST_ROW, RequestRow } from "./request-row.ts";

/** Where the yes-or-no fields are, as a number of four bytes. */
const FLAGS = 2 * REQUEST_ROW;
/** Numbers of eight bytes of a row, so far. */
export const FLAG_ROW = REQUEST_ROW + 1;

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
const IS_REPEATED = 2048;
const HAS_TWO_ANSWER_WAYS = 4096;

/** What is so or not so of a request. */
export class FlagRow extends RequestRow {
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

  /** Its client has sent it again, as RFC 3261 17.1 has it while no answer comes. */
  get isRepeated(): boolean {
    return (this.readInt(FLAGS) & IS_REPEATED) !== 0;
  }

  set isRepeated(value: boolean) {
    this.flag(IS_REPEATED, value);
  }

  /** Before its final answer others came by two ways: a mirror on both sides of something, or somebody who answers early. */
  get hasTwoAnswerWays(): boolean {
    return (this.readInt(FLAGS) & HAS_TWO_ANSWER_WAYS) !== 0;
  }

  set hasTwoAnswerWays(value: boolean) {
    this.flag(HAS_TWO_ANSWER_WAYS, value);
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
