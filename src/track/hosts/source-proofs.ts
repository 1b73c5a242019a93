import { combine53 } from "../../base/hash.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { Challenges } from "../transactions/challenges.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import { isReplay } from "../transactions/replays.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";
import type { SourceStandings } from "./source-standings.ts";

export interface SourceProofParts {
  readonly challenges: Challenges;
  readonly standings: SourceStandings;
  readonly transactions: TransactionTable;
}

/** What in a request only its source's address can have been sent. */
export class SourceProofs {
  readonly #parts: SourceProofParts;

  constructor(parts: SourceProofParts) {
    this.#parts = parts;
  }

  /** A nonce that others got as well may be sent in this client's name; one of its own, or TCP, proves the client. */
  opened(packet: PacketView, transaction: Transaction): void {
    const { challenges, standings, transactions } = this.#parts;
    const { accountKey, client, nonceKey, server } = transaction;
    if (transaction.hasCredentials) {
      const sender = challenges.sentBefore(transaction);
      transaction.isReplayed = sender !== null && isReplay(transaction, sender, transactions);
    }
    transaction.hasProof =
      packet.isReturned ||
      (transaction.hasIssuedNonce && challenges.isOwn(nonceKey, server, client));
    if (!transaction.hasProof || !transaction.hasCredentials) return;
    standings.returned(combine53(client, accountKey), packet.timeUs);
  }

  /** The first final answer, with a tag that only the client is told. */
  answered(transaction: Transaction, keys: MessageKeys): void {
    if (keys.hasToTag && !transaction.isInDialog) transaction.answerTagKey = keys.toTagKey;
  }

  /** ACK of a refusal repeats the To tag that only the caller was sent (RFC 3261 17.1.1.3). */
  acknowledged(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    const hopKey = keys.hopKeyOf(message, SipMethod.INVITE);
    const transaction = this.#parts.transactions.find(hopKey, packet.srcHost);
    if (transaction === undefined || !keys.hasToTag) return;
    if (transaction.answerTagKey !== keys.toTagKey) return;
    transaction.answerTagKey = 0;
    this.#parts.standings.returned(packet.srcHost, packet.timeUs);
  }
}
