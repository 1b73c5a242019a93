import type { Span } from "../base/ascii.ts";
import { hash53 } from "../base/hash.ts";
import type { PacketView } from "../decode/packet.ts";
import { DigestView } from "../decode/sip/digest.ts";
import { HeaderId } from "../decode/sip/headers.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { AddressView, viaCount } from "../decode/sip/params.ts";
import { accountKeyOf, aorKeyOf } from "./account-keys.ts";
import type { Challenges } from "./challenges.ts";
import { macOf } from "./hosts.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { Transaction } from "./transaction.ts";

/** Credentials of one request that are looked at: one for each realm on the way (RFC 3261 22.3). */
const CREDENTIALS_MAX = 16;
const CREDENTIAL_HEADERS: readonly number[] = [
  HeaderId.AUTHORIZATION,
  HeaderId.PROXY_AUTHORIZATION,
];

const uri = new AddressView();
const digest = new DigestView();
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
  transaction.methodId = message.method;
  transaction.cseq = message.cseq;
  transaction.viaCount = viaCount(message);
  transaction.startUs = packet.timeUs;
  transaction.callKey = keys.callKey;
  transaction.fromTagKey = keys.fromTagKey;
  transaction.toTagKey = keys.hasToTag ? keys.toTagKey : 0;
  transaction.isInDialog = keys.hasToTag;
  transaction.requestKey = keys.requestKey;
  transaction.hopKey = keys.hopKey;
  transaction.fromUserKey = keyOf(bytes, from.user);
  transaction.toUserKey = keyOf(bytes, to.user);
  uri.decodeUri(bytes, message.uri.start, message.uri.end);
  transaction.uriUserKey = keyOf(bytes, uri.user);
  if (message.method === SipMethod.REGISTER) {
    transaction.aorKey = aorKeyOf(bytes, to.user, to.host);
  }
  user.start = from.user.start;
  user.end = from.user.end;
  describeCredentials(transaction, message, challenges);
  transaction.accountKey = accountKeyOf(bytes, user, transaction.server);
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
  let count = 0;
  for (const header of CREDENTIAL_HEADERS) {
    let i = message.indexOf(header);
    for (; i >= 0 && count < CREDENTIALS_MAX; i = message.indexOf(header, i + 1), count++) {
      const start = message.valueSpans[2 * i] as number;
      const end = message.valueSpans[2 * i + 1] as number;
      if (!digest.decode(message.bytes, start, end)) continue;
      if (digest.response.end === digest.response.start) continue;
      const realm = hash53(message.bytes, digest.realm.start, digest.realm.end);
      const isAsked = challenges.isRealmOf(transaction.server, realm);
      if (!isAsked && transaction.hasCredentials) continue;
      takeCredentials(transaction, message.bytes, i, challenges);
      if (isAsked) return;
    }
  }
}

function takeCredentials(
  transaction: Transaction,
  bytes: Buffer,
  header: number,
  challenges: Challenges,
): void {
  const { nonce, response, username } = digest;
  transaction.hasCredentials = true;
  transaction.credentialsHeader = header;
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

function keyOf(bytes: Uint8Array, { start, end }: Span): number {
  return end > start ? hash53(bytes, start, end) : 0;
}
