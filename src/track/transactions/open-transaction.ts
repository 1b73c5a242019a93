import type { Span } from "../../base/ascii.ts";
import { hash53 } from "../../base/hash.ts";
import type { PacketView } from "../../decode/packet.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { SipAnomaly } from "../../decode/sip/anomaly.ts";
import { CredentialsView } from "../../decode/sip/credentials.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { viaCount } from "../../decode/sip/via.ts";
import { accountKeyOf, aorKeyOf } from "../accounts/account-keys.ts";
import { userKeyOf } from "../accounts/user-key.ts";
import { macOf } from "../hosts/way.ts";
import type { Challenges } from "./challenges.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { Transaction } from "./transaction.ts";

const uri = new AddressView();
const credentials = new CredentialsView();
const user: Span = { start: 0, end: 0 };

/** Fills a fresh row with what its request says: ends, identity, keys of users and credentials. */
export function describeRequest(
  transaction: Transaction,
  packet: PacketView,
  message: SipMessageView,
  keys: MessageKeys,
  challenges: Challenges,
): void {
  const { bytes } = message;
  const { from, to } = keys;
  transaction.client = packet.srcHost;
  transaction.clientPort = packet.srcPort;
  transaction.server = packet.dstHost;
  transaction.serverPort = packet.dstPort;
  transaction.clientMac = macOf(packet);
  transaction.clientTtl = packet.ttl;
  transaction.isReturned = packet.isReturned;
  transaction.methodId = message.method;
  transaction.cseq = message.cseq;
  transaction.viaCount = viaCount(message, keys.via);
  transaction.startUs = packet.timeUs;
  transaction.place = packet.place;
  transaction.flowStartUs = packet.flowStartUs;
  transaction.setCarriage(packet.vlan, packet.innerVlan, packet.ipProtocol);
  transaction.callKey = keys.callKey;
  transaction.fromTagKey = keys.fromTagKey;
  transaction.toTagKey = keys.hasToTag ? keys.toTagKey : 0;
  transaction.isInDialog = keys.hasToTag;
  transaction.requestKey = keys.requestKey;
  transaction.hopKey = keys.hopKey;
  transaction.fromUserKey = userKeyOf(bytes, from.user.start, from.user.end);
  transaction.toUserKey = userKeyOf(bytes, to.user.start, to.user.end);
  uri.decodeUri(bytes, message.uri.start, message.uri.end);
  // A request mostly goes to whom its To names.
  transaction.uriUserKey = isSame(bytes, uri.user, to.user)
    ? transaction.toUserKey
    : userKeyOf(bytes, uri.user.start, uri.user.end);
  transaction.uriUserAt = uri.user.start - message.start;
  transaction.uriUserBytes = uri.user.end - uri.user.start;
  if (message.method === SipMethod.REGISTER) {
    transaction.aorKey = aorKeyOf(bytes, to.user, to.host);
  }
  user.start = from.user.start;
  user.end = from.user.end;
  describeCredentials(transaction, message, challenges);
  transaction.accountKey = accountKeyOf(bytes, user, transaction.server);
}

function isSame(bytes: Uint8Array, a: Span, b: Span): boolean {
  const length = a.end - a.start;
  if (b.end - b.start !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[a.start + i] !== bytes[b.start + i]) return false;
  return true;
}

/**
 * Digest credentials of the request (RFC 3261 22.4): those whose realm the server challenges for, else the
 * first; without a response there are none. Leaves their username in `user`.
 */
function describeCredentials(
  transaction: Transaction,
  message: SipMessageView,
  challenges: Challenges,
): void {
  const count = credentials.decode(message);
  for (let i = 0; i < count; i++) {
    const digest = credentials.at(i);
    const realm = hash53(message.bytes, digest.realm.start, digest.realm.end);
    const isAsked = challenges.isRealmOf(transaction.server, realm);
    if (!isAsked && transaction.hasCredentials) continue;
    takeCredentials(transaction, message.bytes, i, challenges);
    if (isAsked) return;
  }
  if ((message.anomalies & SipAnomaly.VALUES_TOO_LONG) === 0) return;
  // Nobody hides the digest that the server looks at behind thousands of others.
  const { bytes } = message;
  const isAsked = (start: number, end: number): boolean =>
    challenges.isRealmOf(transaction.server, hash53(bytes, start, end));
  const hidden = credentials.findCut(message, isAsked);
  if (hidden >= 0) takeCredentials(transaction, bytes, hidden, challenges);
}

function takeCredentials(
  transaction: Transaction,
  bytes: Buffer,
  index: number,
  challenges: Challenges,
): void {
  const { nonce, response, username } = credentials.at(index);
  transaction.hasCredentials = true;
  transaction.credentialsIndex = index;
  transaction.nonceKey = hash53(bytes, nonce.start, nonce.end);
  transaction.digestKey = hash53(bytes, response.start, response.end, transaction.nonceKey);
  transaction.hasIssuedNonce = challenges.isIssued(
    transaction.nonceKey,
    transaction.server,
    transaction.client,
  );
  user.start = username.start;
  user.end = username.end;
}
