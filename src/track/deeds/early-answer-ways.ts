import type { Span } from "../../base/ascii.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKey, macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import { SdpView } from "../../decode/sdp.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { sessionBodyOf } from "../../decode/sip/session-body.ts";
import type { Call } from "../calls/calls.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { isSameTtl, wayText, wayTextOf } from "../hosts/way.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";
import { type Deed, Sign } from "./deed.ts";
import { answerDeed } from "./deed-requests.ts";

/** Provisional answers that may be forged and are remembered; of the oldest nothing is known any more. */
const DOUBTED_MAX = 4096;

interface Doubted {
  readonly deed: Deed;
  /** Where its session description has audio. */
  readonly host: HostKey;
}

export interface EarlyAnswerParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  /** Of the transaction's request. */
  readonly callOf: (
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ) => Call | null;
}

/**
 * Early media that somebody promises in the name of who was asked: a provisional answer with a session description by another MAC and another TTL
 * than the answers before and behind it, which leads the caller's media to another network than those do. Of two routers in use each brings other
 * hosts, too, and what comes by the one has its media where the other one's has. One sign alone (a MAC on the callee's own segment with its very TTL)
 * tells nothing: so do two routers of one hop.
 */
export class EarlyAnswerWays {
  readonly #parts: EarlyAnswerParts;
  readonly #onForged: (deed: Deed, packet: PacketView) => void;
  readonly #doubted = new KeyMap<Doubted>(DOUBTED_MAX);
  readonly #sdp = new SdpView();
  readonly #body: Span = { start: 0, end: 0 };

  /** `onForged` is told of the answer, and of the packet that shows it. */
  constructor(parts: EarlyAnswerParts, onForged: (deed: Deed, packet: PacketView) => void) {
    this.#parts = parts;
    this.#onForged = onForged;
  }

  /** An answer to an INVITE, or to a request in a call. True when it is doubted. */
  answered(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    transactions: TransactionTable,
  ): boolean {
    if (message.statusCode <= 100) return false;
    const known = this.#doubted.size > 0 ? this.#doubted.get(transaction.ref) : undefined;
    if (known !== undefined) {
      this.#goesOn(packet, message, transaction, known);
      return false;
    }
    if (message.statusCode >= 200 || !isOdd(packet, transaction)) return false;
    const host = this.#audioHostOf(message);
    if (host === NO_HOST) return false;
    const call = this.#parts.callOf(message, keys, transaction);
    if (call === null) return false;
    const deed = answerDeed(packet, transaction, message.statusCode, call);
    if (this.#parts.hosts.bringsOthers(deed.way.mac)) return false;
    deed.origin = transactions.keep(packet, message);
    this.#doubted.set(transaction.ref, { deed, host });
    return true;
  }

  /** Who was asked goes on, and says where its media is. */
  #goesOn(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    { deed, host }: Doubted,
  ): void {
    const { hosts, names } = this.#parts;
    const own = this.#audioHostOf(message);
    if (own === NO_HOST) return;
    this.#doubted.delete(transaction.ref);
    const { way } = deed;
    const isBack =
      !isSameTtl(way.ttl, packet.ttl) &&
      !packet.macTwins.areSame(macKey(way.mac), macKeyOf(packet));
    const isSamePlace = own === host || names.mayBeNodes(own, host);
    if (!isBack || isSamePlace || hosts.bringsOthers(way.mac)) return;
    deed.accuse(
      Sign.OTHER_WAY,
      `way of answer ${deed.status} to ${deed.subject.method}`,
      wayTextOf(packet),
      wayText(way.mac, way.ttl),
    );
    deed.accuse(
      Sign.CONTRADICTED,
      "media, as the answer by the own way has it",
      names.text(own),
      names.text(host),
    );
    this.#onForged(deed, packet);
  }

  #audioHostOf(message: SipMessageView): HostKey {
    if (!sessionBodyOf(message, this.#body)) return NO_HOST;
    const { end, start } = this.#body;
    if (!this.#sdp.decode(message.bytes, start, end, message.domain)) return NO_HOST;
    const named = this.#sdp.media.slice(0, this.#sdp.mediaCount);
    return named.find(({ kind, port }) => kind === "audio" && port > 0)?.host ?? NO_HOST;
  }
}

/** By another MAC and another TTL than the answers before. */
function isOdd(packet: PacketView, { answerMacKey, answerTtl }: Transaction): boolean {
  if (answerTtl === 0 || isSameTtl(answerTtl, packet.ttl)) return false;
  return !packet.macTwins.areSame(answerMacKey, macKeyOf(packet));
}
