import { DelayQueue } from "../base/delay-queue.ts";
import type { HostNames } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import type { Bye, Call, CallSide } from "./calls.ts";
import type { Contradiction, EventList } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import type { HostTable } from "./hosts.ts";
import type { MediaTracker } from "./media.ts";
import type { MessageKeys, Transaction, TransactionTable } from "./transaction.ts";

/** Media that goes on this long after its BYE is looked for; honest senders stop within 0.12 s. */
const AFTER_BYE_US = 1_500_000;
/** Media counts as going on when it was heard this shortly before the look. */
const STILL_SENDING_US = 300_000;
/** Two BYEs of one side closer than this are glare or a retry, not a contradiction. */
const GLARE_US = 2_000_000;

export interface TeardownParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly media: MediaTracker;
}

interface Watch {
  readonly call: Call;
  readonly bye: Bye;
}

/**
 * Who ends or moves calls: requests inside a dialog from hosts that are no party of it, or in a
 * party's name by another path, or disproved by what the party does afterwards (DETECTIONS 2a).
 */
export class TeardownJudge {
  readonly #parts: TeardownParts;
  readonly #watches: DelayQueue<Watch>;

  constructor(parts: TeardownParts, callsMax: number) {
    this.#parts = parts;
    this.#watches = new DelayQueue(AFTER_BYE_US, callsMax);
  }

  isDue(nowUs: number): boolean {
    return this.#watches.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const due = this.#watches.takeDue(nowUs);
      if (due === undefined) return;
      this.#watchDue(due, nowUs);
    }
  }

  /** CANCEL repeats the INVITE's branch and comes from the INVITE's sender (RFC 3261 9.1). */
  cancel(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transactions: TransactionTable,
    call: Call | undefined,
  ): void {
    const { hosts, names } = this.#parts;
    const own = transactions.find(keys.hopKeyOf(message, SipMethod.INVITE), packet.srcHost);
    if (own !== undefined) {
      const change = hosts.pathChange(hosts.source(packet), packet);
      if (change === null) return;
      this.#raise(EventKind.SIP_CANCEL_PATH_CHANGED, packet, message, own, 1, [
        { what: "path of the sender", expected: change.expected, seen: change.seen },
      ]);
      return;
    }
    if (call === undefined || !call.isLive || call.answeredUs > 0) return;
    if (call.parties.has(packet.srcHost)) return;
    this.#raise(EventKind.SIP_CANCEL_FOREIGN_SOURCE, packet, message, call.invite, 0, [
      {
        what: "sender of CANCEL",
        expected: this.#partiesText(call),
        seen: names.text(packet.srcHost),
      },
    ]);
  }

  /** Checks an in-dialog request; false when its sender is not believed (RFC 3261 12.2.2). */
  isBelieved(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    transaction: Transaction,
  ): boolean {
    const { hosts, names } = this.#parts;
    const { method } = message;
    const isBye = method === SipMethod.BYE;
    const movesMedia = method === SipMethod.INVITE || method === SipMethod.UPDATE;
    if (isBye) this.#noteBye(packet, message, keys, call, transaction);
    if (!call.parties.has(packet.srcHost)) {
      if (!call.isLive || !(isBye || movesMedia)) return false;
      const kind = isBye
        ? EventKind.SIP_BYE_FOREIGN_SOURCE
        : EventKind.SIP_MEDIA_REDIRECTED_BY_STRANGER;
      const seen = names.text(packet.srcHost);
      const what = `sender of ${transaction.method}`;
      this.#raise(kind, packet, message, transaction, 0, [
        { what, expected: this.#partiesText(call), seen },
      ]);
      return false;
    }
    const change = hosts.pathChange(hosts.source(packet), packet);
    if (change === null || !call.isLive) return change === null;
    if (isBye || movesMedia) {
      const kind = isBye
        ? EventKind.SIP_BYE_PATH_CHANGED
        : EventKind.SIP_MEDIA_REDIRECTED_BY_STRANGER;
      this.#raise(kind, packet, message, transaction, 1, [
        { what: "path of the sender", expected: change.expected, seen: change.seen },
      ]);
    }
    return false;
  }

  /** A final answer to BYE: the call is over, or the BYE met a dialog that was over already. */
  byeAnswered(call: Call, transaction: Transaction, status: number, nowUs: number): void {
    const own = call.byes.find((known) => known.transaction === transaction);
    // A proxy's copy has the same CSeq.
    const bye = own ?? call.byes.find((known) => known.transaction.cseq === transaction.cseq);
    if (bye === undefined) return;
    if (status < 300 && bye.acceptedUs === 0) {
      bye.acceptedUs = nowUs;
      this.#watches.push({ call, bye }, nowUs);
    } else if (status === 481 && transaction.isFirstHop) {
      this.#disowned(call, bye, nowUs);
    }
  }

  /** 481 to a BYE whose call the sensor never saw or has forgotten. */
  byeWithoutCall(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    this.#raise(EventKind.SIP_BYE_UNKNOWN_DIALOG, packet, message, transaction, 481, []);
  }

  #noteBye(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    transaction: Transaction,
  ): void {
    const side = call.sideOf(keys.fromTagKey);
    if (call.isLive && (side === null || call.sideOf(keys.toTagKey) === null)) {
      this.#raise(EventKind.SIP_BYE_TAG_MISMATCH, packet, message, transaction, 0, [
        { what: "dialog tags", expected: "tags of the live dialog", seen: "other tags" },
      ]);
    }
    if (side === null) return;
    this.#checkCSeq(packet, message, call, side, transaction);
    call.addBye({ transaction, side, sentUs: packet.timeUs, acceptedUs: 0 });
  }

  #checkCSeq(
    packet: PacketView,
    message: SipMessageView,
    call: Call,
    side: CallSide,
    transaction: Transaction,
  ): void {
    const { cseq } = transaction;
    if (!call.isLive || call.cseq[side] < cseq) return;
    this.#raise(EventKind.SIP_BYE_CSEQ_OUT_OF_ORDER, packet, message, transaction, cseq, [
      { what: "CSeq", expected: `above ${call.cseq[side]}`, seen: String(cseq) },
    ]);
  }

  /** A party hangs up and meets 481, because somebody had hung up in its name before. */
  #disowned(call: Call, own: Bye, nowUs: number): void {
    const { events, names } = this.#parts;
    const earlier = call.byes.find(
      (bye) =>
        bye !== own &&
        bye.acceptedUs > 0 &&
        bye.side === own.side &&
        own.sentUs - bye.sentUs > GLARE_US,
    );
    if (earlier === undefined) return;
    const lateMs = Math.round((own.sentUs - earlier.sentUs) / 1000);
    const event = events.raise(EventKind.SIP_BYE_DISOWNED, nowUs, lateMs);
    if (event === null) return;
    event.aimAtTransaction(earlier.transaction);
    event.evidence = [
      {
        what: "end of the call",
        expected: `BYE of ${names.text(own.transaction.client)} answered 200`,
        seen: `481: a BYE from ${names.text(earlier.transaction.client)} came ${lateMs} ms before`,
      },
    ];
  }

  /** Some time after a BYE was accepted: does its alleged sender still talk? */
  #watchDue({ call, bye }: Watch, nowUs: number): void {
    const { media, events, names } = this.#parts;
    for (const endpoint of call.endpoints) {
      // An address that a later call took over (transfer, conference) proves nothing.
      if (endpoint.side !== bye.side || endpoint.call !== call) continue;
      const lastUs = media.lastSentUs(endpoint);
      if (lastUs - bye.acceptedUs < AFTER_BYE_US - STILL_SENDING_US) continue;
      const wentOnMs = Math.round((lastUs - bye.acceptedUs) / 1000);
      const event = events.raise(EventKind.SIP_BYE_MEDIA_CONTINUES, nowUs, wentOnMs);
      if (event === null) return;
      event.aimAtTransaction(bye.transaction);
      event.evidence = [
        {
          what: "media of the party that hung up",
          expected: "silence after its BYE",
          seen: `${names.text(endpoint.host)}:${endpoint.port} went on for ${wentOnMs} ms`,
        },
      ];
      return;
    }
  }

  #partiesText(call: Call): string {
    const { names } = this.#parts;
    return [...call.parties]
      .slice(0, 8)
      .map((host) => names.text(host))
      .join(", ");
  }

  #raise(
    kind: number,
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    value: number,
    evidence: readonly Contradiction[],
  ): void {
    const event = this.#parts.events.raise(kind, packet.timeUs, value);
    if (event === null) return;
    event.aimAtPacket(packet);
    event.subject = transaction;
    event.sip = message;
    event.evidence = evidence;
  }
}
