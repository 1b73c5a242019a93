import { NumberRow } from "../../base/number-row.ts";
import type { HostKey } from "../../decode/host.ts";
import type { SipMethod } from "../../decode/sip/methods.ts";

const CLIENT = 0;
const CLIENT_MAC = 1;
const SERVER = 2;
const CSEQ = 3;
const CALL_KEY = 4;
const FROM_TAG_KEY = 5;
const TO_TAG_KEY = 6;
const REQUEST_KEY = 7;
const HOP_KEY = 8;
const TO_USER_KEY = 9;
const FROM_USER_KEY = 10;
const URI_USER_KEY = 11;
const AOR_KEY = 12;
const ACCOUNT_KEY = 13;
const NONCE_KEY = 14;
const DIGEST_KEY = 15;
/** Both tags, each plus one, and the protocol above them. */
const CARRIAGE = 16;
/** Whole numbers of four bytes, behind these. */
const CLIENT_PORT = 34;
const CLIENT_TTL = 35;
const SERVER_PORT = 36;
const METHOD_ID = 37;
const VIA_COUNT = 38;
const URI_USER_AT = 39;
const URI_USER_BYTES = 40;
/** Numbers of eight bytes of the part of a row that says what a request is. */
export const REQUEST_ROW = 21;

const VLAN_UNIT = 4096 + 1;

/**
 * What a request is: who asked whom, by which way it came, and what identifies it (RFC 3261 17.1.3, 12). Keys are
 * 53-bit hashes, 0 where there is nothing to hash.
 */
export class RequestRow extends NumberRow {
  /** The end that asked. */
  get client(): HostKey {
    return this.read(CLIENT);
  }

  set client(value: HostKey) {
    this.write(CLIENT, value);
  }

  get clientPort(): number {
    return this.readInt(CLIENT_PORT);
  }

  set clientPort(value: number) {
    this.writeInt(CLIENT_PORT, value);
  }

  /** Source MAC of the request, 48 bits; -1 on links without. With the TTL it is the way that it came. */
  get clientMac(): number {
    return this.read(CLIENT_MAC);
  }

  set clientMac(value: number) {
    this.write(CLIENT_MAC, value);
  }

  get clientTtl(): number {
    return this.readInt(CLIENT_TTL);
  }

  set clientTtl(value: number) {
    this.writeInt(CLIENT_TTL, value);
  }

  /** The end that was asked. */
  get server(): HostKey {
    return this.read(SERVER);
  }

  set server(value: HostKey) {
    this.write(SERVER, value);
  }

  get serverPort(): number {
    return this.readInt(SERVER_PORT);
  }

  set serverPort(value: number) {
    this.writeInt(SERVER_PORT, value);
  }

  get methodId(): SipMethod {
    return this.readInt(METHOD_ID) as SipMethod;
  }

  set methodId(value: SipMethod) {
    this.writeInt(METHOD_ID, value);
  }

  get cseq(): number {
    return this.read(CSEQ);
  }

  set cseq(value: number) {
    this.write(CSEQ, value);
  }

  /** Hops that its Via headers tell of. */
  get viaCount(): number {
    return this.readInt(VIA_COUNT);
  }

  set viaCount(value: number) {
    this.writeInt(VIA_COUNT, value);
  }

  get callKey(): number {
    return this.read(CALL_KEY);
  }

  set callKey(value: number) {
    this.write(CALL_KEY, value);
  }

  get fromTagKey(): number {
    return this.read(FROM_TAG_KEY);
  }

  set fromTagKey(value: number) {
    this.write(FROM_TAG_KEY, value);
  }

  get toTagKey(): number {
    return this.read(TO_TAG_KEY);
  }

  set toTagKey(value: number) {
    this.write(TO_TAG_KEY, value);
  }

  get requestKey(): number {
    return this.read(REQUEST_KEY);
  }

  set requestKey(value: number) {
    this.write(REQUEST_KEY, value);
  }

  get hopKey(): number {
    return this.read(HOP_KEY);
  }

  set hopKey(value: number) {
    this.write(HOP_KEY, value);
  }

  get toUserKey(): number {
    return this.read(TO_USER_KEY);
  }

  set toUserKey(value: number) {
    this.write(TO_USER_KEY, value);
  }

  get fromUserKey(): number {
    return this.read(FROM_USER_KEY);
  }

  set fromUserKey(value: number) {
    this.write(FROM_USER_KEY, value);
  }

  get uriUserKey(): number {
    return this.read(URI_USER_KEY);
  }

  set uriUserKey(value: number) {
    this.write(URI_USER_KEY, value);
  }

  get aorKey(): number {
    return this.read(AOR_KEY);
  }

  set aorKey(value: number) {
    this.write(AOR_KEY, value);
  }

  /** User of the digest, else of From, at this server: whatever realm or domain stands beside it. */
  get accountKey(): number {
    return this.read(ACCOUNT_KEY);
  }

  set accountKey(value: number) {
    this.write(ACCOUNT_KEY, value);
  }

  get nonceKey(): number {
    return this.read(NONCE_KEY);
  }

  set nonceKey(value: number) {
    this.write(NONCE_KEY, value);
  }

  /** Nonce and response of the digest. */
  get digestKey(): number {
    return this.read(DIGEST_KEY);
  }

  set digestKey(value: number) {
    this.write(DIGEST_KEY, value);
  }

  /** Where in the message the request-URI's user stands; rules ask for this text more often than for others. */
  get uriUserAt(): number {
    return this.readInt(URI_USER_AT);
  }

  set uriUserAt(value: number) {
    this.writeInt(URI_USER_AT, value);
  }

  get uriUserBytes(): number {
    return this.readInt(URI_USER_BYTES);
  }

  set uriUserBytes(value: number) {
    this.writeInt(URI_USER_BYTES, value);
  }

  /** -1 without a tag. */
  get vlan(): number {
    return (this.read(CARRIAGE) % VLAN_UNIT) - 1;
  }

  get innerVlan(): number {
    return (Math.floor(this.read(CARRIAGE) / VLAN_UNIT) % VLAN_UNIT) - 1;
  }

  /** 17 is UDP. */
  get ipProtocol(): number {
    return Math.floor(this.read(CARRIAGE) / VLAN_UNIT ** 2);
  }

  setCarriage(outerVlan: number, innerVlan: number, ipProtocol: number): void {
    const inner = innerVlan + 1 + ipProtocol * VLAN_UNIT;
    this.write(CARRIAGE, outerVlan + 1 + inner * VLAN_UNIT);
  }
}
