import type { HostKey } from "../decode/host.ts";
import type { SipMethod } from "../decode/sip/methods.ts";
import type { Rank } from "./standing.ts";

/** Hosts that a request is known to have been passed on to. */
const REACHED_MAX = 4;

/** Places in a row; `FLAGS` holds the yes-or-no fields. */
const CLIENT = 0;
const CLIENT_PORT = 1;
const SERVER = 2;
const SERVER_PORT = 3;
const METHOD_ID = 4;
const CSEQ = 5;
const VIA_COUNT = 6;
const START_US = 7;
const FINAL_STATUS = 8;
const FOREIGN_STATUS = 9;
const RANK = 10;
const CALL_KEY = 11;
const FROM_TAG_KEY = 12;
const TO_TAG_KEY = 13;
const REQUEST_KEY = 14;
const HOP_KEY = 15;
const TO_USER_KEY = 16;
const FROM_USER_KEY = 17;
const URI_USER_KEY = 18;
const AOR_KEY = 19;
const ACCOUNT_KEY = 20;
const NONCE_KEY = 21;
const DIGEST_KEY = 22;
const TRIES = 23;
const TRIES_ANSWERED = 24;
const KEPT_AT = 25;
const MESSAGE_BYTES = 26;
const CREDENTIALS_INDEX = 27;
const REF = 28;
const CLIENT_MAC = 29;
const CLIENT_TTL = 30;
const FLAGS = 31;
const REACHED_COUNT = 32;
const REACHED = 33;
/** Numbers of a row. */
export const TRANSACTION_ROW = REACHED + REACHED_MAX;

const HAS_PROVISIONAL = 1;
const IS_FIRST_HOP = 2;
const HAS_CREDENTIALS = 4;
const HAS_ISSUED_NONCE = 8;
const IS_ACCEPTED = 16;
const IS_IN_DIALOG = 32;

/**
 * The numbers of one transaction, in a row of a Float64Array that many share: a table of them is cheap to
 * keep and nothing for the garbage collector. Keys are 53-bit hashes, 0 where there is nothing to hash.
 */
export class TransactionRow {
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor(numbers: Float64Array, at: number) {
    this.#numbers = numbers;
    this.#at = at;
  }

  /** All numbers 0 and all flags off, but for what means "none". */
  clear(): void {
    this.#numbers.fill(0, this.#at, this.#at + TRANSACTION_ROW);
    this.isFirstHop = true;
    this.credentialsIndex = -1;
  }

  /** The request was passed on to that host, provably. */
  addReached(host: HostKey): void {
    if (this.hasReached(host)) return;
    const count = this.#get(REACHED_COUNT);
    this.#set(REACHED + (count % REACHED_MAX), host);
    this.#set(REACHED_COUNT, count + 1);
  }

  hasReached(host: HostKey): boolean {
    const count = Math.min(this.#get(REACHED_COUNT), REACHED_MAX);
    for (let i = 0; i < count; i++) if (this.#get(REACHED + i) === host) return true;
    return false;
  }

  /** The end that asked. */
  get client(): HostKey {
    return this.#get(CLIENT);
  }

  set client(value: HostKey) {
    this.#set(CLIENT, value);
  }

  get clientPort(): number {
    return this.#get(CLIENT_PORT);
  }

  set clientPort(value: number) {
    this.#set(CLIENT_PORT, value);
  }

  /** The end that was asked. */
  get server(): HostKey {
    return this.#get(SERVER);
  }

  set server(value: HostKey) {
    this.#set(SERVER, value);
  }

  get serverPort(): number {
    return this.#get(SERVER_PORT);
  }

  set serverPort(value: number) {
    this.#set(SERVER_PORT, value);
  }

  /** Source MAC of the request, 48 bits; -1 on links without. With the TTL it is the way that it came. */
  get clientMac(): number {
    return this.#get(CLIENT_MAC);
  }

  set clientMac(value: number) {
    this.#set(CLIENT_MAC, value);
  }

  get clientTtl(): number {
    return this.#get(CLIENT_TTL);
  }

  set clientTtl(value: number) {
    this.#set(CLIENT_TTL, value);
  }

  get methodId(): SipMethod {
    return this.#get(METHOD_ID) as SipMethod;
  }

  set methodId(value: SipMethod) {
    this.#set(METHOD_ID, value);
  }

  get cseq(): number {
    return this.#get(CSEQ);
  }

  set cseq(value: number) {
    this.#set(CSEQ, value);
  }

  /** Hops that its Via headers tell of. */
  get viaCount(): number {
    return this.#get(VIA_COUNT);
  }

  set viaCount(value: number) {
    this.#set(VIA_COUNT, value);
  }

  get startUs(): number {
    return this.#get(START_US);
  }

  set startUs(value: number) {
    this.#set(START_US, value);
  }

  /** 0 until a final response was seen. */
  get finalStatus(): number {
    return this.#get(FINAL_STATUS);
  }

  set finalStatus(value: number) {
    this.#set(FINAL_STATUS, value);
  }

  /** A final response came from a host that was not asked; 0 without one. */
  get foreignStatus(): number {
    return this.#get(FOREIGN_STATUS);
  }

  set foreignStatus(value: number) {
    this.#set(FOREIGN_STATUS, value);
  }

  /** What was proven of it: RETURNED by a nonce that was issued to the client, or an answer's To tag. */
  get rank(): Rank {
    return this.#get(RANK) as Rank;
  }

  set rank(value: Rank) {
    this.#set(RANK, value);
  }

  get callKey(): number {
    return this.#get(CALL_KEY);
  }

  set callKey(value: number) {
    this.#set(CALL_KEY, value);
  }

  get fromTagKey(): number {
    return this.#get(FROM_TAG_KEY);
  }

  set fromTagKey(value: number) {
    this.#set(FROM_TAG_KEY, value);
  }

  get toTagKey(): number {
    return this.#get(TO_TAG_KEY);
  }

  set toTagKey(value: number) {
    this.#set(TO_TAG_KEY, value);
  }

  get requestKey(): number {
    return this.#get(REQUEST_KEY);
  }

  set requestKey(value: number) {
    this.#set(REQUEST_KEY, value);
  }

  get hopKey(): number {
    return this.#get(HOP_KEY);
  }

  set hopKey(value: number) {
    this.#set(HOP_KEY, value);
  }

  get toUserKey(): number {
    return this.#get(TO_USER_KEY);
  }

  set toUserKey(value: number) {
    this.#set(TO_USER_KEY, value);
  }

  get fromUserKey(): number {
    return this.#get(FROM_USER_KEY);
  }

  set fromUserKey(value: number) {
    this.#set(FROM_USER_KEY, value);
  }

  get uriUserKey(): number {
    return this.#get(URI_USER_KEY);
  }

  set uriUserKey(value: number) {
    this.#set(URI_USER_KEY, value);
  }

  get aorKey(): number {
    return this.#get(AOR_KEY);
  }

  set aorKey(value: number) {
    this.#set(AOR_KEY, value);
  }

  /** User of the digest, else of From, at this server: whatever realm or domain stands beside it. */
  get accountKey(): number {
    return this.#get(ACCOUNT_KEY);
  }

  set accountKey(value: number) {
    this.#set(ACCOUNT_KEY, value);
  }

  get nonceKey(): number {
    return this.#get(NONCE_KEY);
  }

  set nonceKey(value: number) {
    this.#set(NONCE_KEY, value);
  }

  /** Nonce and response of the digest. */
  get digestKey(): number {
    return this.#get(DIGEST_KEY);
  }

  set digestKey(value: number) {
    this.#set(DIGEST_KEY, value);
  }

  /** Further tries with the same identity but other content. */
  get tries(): number {
    return this.#get(TRIES);
  }

  set tries(value: number) {
    this.#set(TRIES, value);
  }

  /** How many of these are known to have their final answer. */
  get triesAnswered(): number {
    return this.#get(TRIES_ANSWERED);
  }

  set triesAnswered(value: number) {
    this.#set(TRIES_ANSWERED, value);
  }

  /** Place of the request in the arena. */
  get keptAt(): number {
    return this.#get(KEPT_AT);
  }

  set keptAt(value: number) {
    this.#set(KEPT_AT, value);
  }

  get messageBytes(): number {
    return this.#get(MESSAGE_BYTES);
  }

  set messageBytes(value: number) {
    this.#set(MESSAGE_BYTES, value);
  }

  /** Which digest of the request counts, as `CredentialsView` numbers them; -1 without any. */
  get credentialsIndex(): number {
    return this.#get(CREDENTIALS_INDEX);
  }

  set credentialsIndex(value: number) {
    this.#set(CREDENTIALS_INDEX, value);
  }

  /** Row and generation: safe to keep. */
  get ref(): number {
    return this.#get(REF);
  }

  set ref(value: number) {
    this.#set(REF, value);
  }

  get hasProvisional(): boolean {
    return (this.#get(FLAGS) & HAS_PROVISIONAL) !== 0;
  }

  set hasProvisional(value: boolean) {
    this.#flag(HAS_PROVISIONAL, value);
  }

  /** This is the client's own hop, not a proxy's copy of it. */
  get isFirstHop(): boolean {
    return (this.#get(FLAGS) & IS_FIRST_HOP) !== 0;
  }

  set isFirstHop(value: boolean) {
    this.#flag(IS_FIRST_HOP, value);
  }

  get hasCredentials(): boolean {
    return (this.#get(FLAGS) & HAS_CREDENTIALS) !== 0;
  }

  set hasCredentials(value: boolean) {
    this.#flag(HAS_CREDENTIALS, value);
  }

  /** The nonce of its credentials was issued by this server to this client. */
  get hasIssuedNonce(): boolean {
    return (this.#get(FLAGS) & HAS_ISSUED_NONCE) !== 0;
  }

  set hasIssuedNonce(value: boolean) {
    this.#flag(HAS_ISSUED_NONCE, value);
  }

  /** The server has shown that it took the credentials. */
  get isAccepted(): boolean {
    return (this.#get(FLAGS) & IS_ACCEPTED) !== 0;
  }

  set isAccepted(value: boolean) {
    this.#flag(IS_ACCEPTED, value);
  }

  /** The request carried a To tag: it belongs to a dialog (RFC 3261 12.2). */
  get isInDialog(): boolean {
    return (this.#get(FLAGS) & IS_IN_DIALOG) !== 0;
  }

  set isInDialog(value: boolean) {
    this.#flag(IS_IN_DIALOG, value);
  }

  #get(field: number): number {
    return this.#numbers[this.#at + field] as number;
  }

  #set(field: number, value: number): void {
    this.#numbers[this.#at + field] = value;
  }

  #flag(bit: number, value: boolean): void {
    const flags = this.#get(FLAGS);
    this.#set(FLAGS, value ? flags | bit : flags & ~bit);
  }
}
