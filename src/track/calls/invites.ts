import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { aorKeyOf } from "../accounts/account-keys.ts";
import type { CallLog } from "../call-records/call-log.ts";
import type { TeardownJudge } from "../deeds/teardown.ts";
import { wayOf } from "../deeds/way.ts";
import { Rank } from "../hosts/standing.ts";
import { Hop, hopOf } from "../transactions/invite-hops.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { CallStages } from "./call-stages.ts";
import { CALLEE, CALLER, type Call } from "./calls.ts";
import type { MessageCalls } from "./message-calls.ts";
import { contactUserKeyOf, hostsNamedIn } from "./party-names.ts";
import type { SessionOffers } from "./session-offers.ts";

export interface InviteParts {
  /** Null where no call records are wanted. */
  readonly log: CallLog | null;
  readonly found: MessageCalls;
  readonly stages: CallStages;
  readonly offers: SessionOffers;
  readonly judge: TeardownJudge;
}

/** How calls begin: INVITEs outside a dialog, hop by hop, and their answers (RFC 3261 13). */
export class Invites {
  readonly #own: InviteParts;

  constructor(own: InviteParts) {
    this.#own = own;
  }

  /** An INVITE outside a dialog: a new call, the same one again, or another hop of it. */
  request(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    const { client, server, cseq } = transaction;
    const hop = { client, server, cseq, viaCount: transaction.viaCount, hopKey: keys.hopKey };
    const nowUs = packet.timeUs;
    for (
      let call = this.#own.found.calls.first(keys.callKey);
      call !== null;
      call = call.previous
    ) {
      if (call.fromTagKey !== keys.fromTagKey || call.isPartial) continue;
      if (this.#own.found.calls.isOver(call, nowUs)) continue;
      const kind = hopOf(call, hop, nowUs);
      if (kind === Hop.OTHER) continue;
      if (kind === Hop.REPEATED) return false;
      this.#joinHop(call, kind, packet, message, hop);
      if (kind === Hop.CALLER || kind === Hop.BEFORE) {
        this.#own.log?.invited(call, packet, message, keys, transaction);
      }
      if (transaction.hasIssuedNonce) call.users.addUser(CALLER, transaction.accountKey);
      return true;
    }
    const call = this.#own.found.open(message, keys, hop, nowUs);
    if (call === null) return true;
    call.server = hop.server;
    this.#own.stages.attempted();
    this.#nameEnds(call, message, keys, transaction);
    this.#own.log?.invited(call, packet, message, keys, transaction);
    this.#joinHop(call, Hop.CALLER, packet, message, hop);
    return true;
  }

  /** An answer to an INVITE outside a dialog. */
  response(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const call = this.#own.found.ofHop(keys, transaction);
    if (call === null) return;
    const status = message.statusCode;
    this.#own.judge.answered(call, message, packet.timeUs);
    const isFirst = transaction.client === call.client;
    if (status >= 300) {
      if (!isFirst) return;
      this.#failed(call, status, packet.timeUs);
      this.#own.log?.answered(call, packet, message);
      return;
    }
    if (!keys.hasToTag) return;
    this.#early(packet, message, keys, call, isFirst);
    if (status >= 200) this.#answered(packet, keys, call, isFirst);
    this.#own.offers.announce(message, call, { side: CALLEE, tagKey: keys.toTagKey });
    if (isFirst) this.#own.log?.answered(call, packet, message);
    else if (status >= 200) this.#own.log?.answeredLater(call, packet.captureUs);
  }

  /** Who calls whom, as the first INVITE has it. */
  #nameEnds(
    call: Call,
    { bytes }: SipMessageView,
    { from, to }: MessageKeys,
    transaction: Transaction,
  ): void {
    const { users } = call;
    const { fromUserKey, toUserKey, uriUserKey } = transaction;
    users.addUser(CALLER, fromUserKey);
    if (fromUserKey !== 0) users.addUser(CALLER, aorKeyOf(bytes, from.user, from.host));
    if (transaction.hasIssuedNonce) users.addUser(CALLER, transaction.accountKey);
    users.addUser(CALLEE, toUserKey);
    users.addUser(CALLEE, uriUserKey);
    if (toUserKey !== 0) users.addUser(CALLEE, aorKeyOf(bytes, to.user, to.host));
  }

  #joinHop(
    call: Call,
    kind: Hop,
    packet: PacketView,
    message: SipMessageView,
    hop: { client: number; server: number; viaCount: number; cseq: number; hopKey: number },
  ): void {
    const { parties } = call;
    const claim = -hop.hopKey;
    call.addHop(hop.hopKey);
    if (kind === Hop.CALLER) {
      if (hop.cseq > call.inviteCseq || !call.isLive) {
        call.inviteCseq = hop.cseq;
        this.#own.stages.revive(call);
      }
      call.inviteUs = packet.timeUs;
    } else if (kind === Hop.BEFORE) {
      parties.addAsked(call.client, claim);
      call.client = hop.client;
      call.server = hop.server;
      call.viaCount = hop.viaCount;
    }
    parties.add(hop.client, Rank.SEEN, claim);
    if (kind === Hop.TRANSLATED) parties.addAsked(hop.client, claim);
    parties.learnWay(hop.client, wayOf(packet));
    parties.addAsked(hop.server, claim);
    for (const host of hostsNamedIn(message)) parties.add(host, Rank.SEEN, claim);
    this.#own.offers.announce(message, call, { side: CALLER, tagKey: 0 });
  }

  /** A To tag from who was asked. It is proven where it reaches the caller: a proxy passed it on. */
  #early(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    isFirst: boolean,
  ): void {
    const { parties, dialogs } = call;
    const { toTagKey } = keys;
    if (this.#own.found.isTagOfOther(call, toTagKey)) return;
    const isNew = dialogs.findDialog(toTagKey) < 0;
    const row = dialogs.addDialog(toTagKey, isFirst ? Rank.RETURNED : Rank.SEEN, call.inviteCseq);
    const isProven = row >= 0 && dialogs.rankOfDialog(row) > Rank.SEEN;
    parties.rename(-keys.hopKey, toTagKey);
    parties.add(packet.srcHost, Rank.SEEN, toTagKey);
    parties.learnWay(packet.srcHost, wayOf(packet));
    if (isNew || message.statusCode >= 200) {
      for (const host of hostsNamedIn(message)) parties.add(host, Rank.SEEN, toTagKey);
    }
    if (!isProven) return;
    parties.prove(toTagKey, Rank.RETURNED);
    call.users.addUser(CALLEE, contactUserKeyOf(message));
    if (!call.hasTexts) {
      call.setTexts(this.#own.found.textsOf(message, keys, call));
    }
    this.#own.stages.lift(call, Rank.RETURNED);
    this.#own.stages.touch(call, packet.timeUs);
  }

  #answered(packet: PacketView, keys: MessageKeys, call: Call, isFirst: boolean): void {
    const row = call.dialogs.findDialog(keys.toTagKey);
    if (row < 0 || !isFirst) return;
    call.dialogs.dialogAnswered(row);
    this.#own.found.calls.noteAnswered(call, keys.toTagKey);
    this.#own.stages.answered(call, packet.timeUs);
  }

  /** The caller's own INVITE failed; whoever tries again with the same Call-ID goes on with the call. */
  #failed(call: Call, status: number, nowUs: number): void {
    // 401 and 407 ask for credentials, 491 for another moment.
    if (status === 401 || status === 407 || status === 491 || call.answeredUs > 0) return;
    this.#own.stages.end(call, nowUs);
  }
}
