import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { CallLog } from "../call-records/call-log.ts";
import type { MediaMove } from "../deeds/deed.ts";
import type { TeardownJudge } from "../deeds/teardown.ts";
import { wayOf } from "../deeds/way.ts";
import { NO_SUBJECT } from "../facts/event.ts";
import type { SeenPacket } from "../facts/packet-origin.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { CallStages } from "./call-stages.ts";
import { CALLEE, CALLER, type Call, type CallSide } from "./calls.ts";
import type { MessageCalls } from "./message-calls.ts";
import { isNewTo, type SessionOffers } from "./session-offers.ts";

export interface AcknowledgementParts {
  /** Null where no call records are wanted. */
  readonly log: CallLog | null;
  readonly found: MessageCalls;
  readonly stages: CallStages;
  readonly offers: SessionOffers;
  readonly judge: TeardownJudge;
  readonly hosts: HostTable;
  readonly peers: Peers;
}

/** ACK of a 2xx (RFC 3261 13.2.2.4): what it proves of its sender, and who else may have sent it. */
export class Acknowledgements {
  readonly #own: AcknowledgementParts;

  constructor(own: AcknowledgementParts) {
    this.#own = own;
  }

  /** It repeats the To tag that only the caller was told. `keep` notes its packet. False where no call has its Call-ID. */
  ack(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    keep: () => SeenPacket,
  ): boolean {
    if (!keys.hasToTag) return false;
    const found = this.#own.found.find(message, keys, packet);
    if (found === null) return false;
    if (found.isMatching) this.#matching(packet, message, keys, found.call, keep);
    return true;
  }

  #matching(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    call: Call,
    keep: () => SeenPacket,
  ): void {
    const { log, offers, stages } = this.#own;
    const isFirst = keys.fromTagKey === call.fromTagKey;
    const side = isFirst ? CALLER : CALLEE;
    // An offer in the 2xx is answered here: whose answer comes first is where the media goes.
    const audio = offers.audioIn(message, call, side);
    if (audio !== null && this.#isDoubted(packet, message, keys, { call, audio, side, keep })) {
      return;
    }
    const isCaller = packet.srcHost === call.client || call.parties.isAsked(packet.srcHost);
    if (!isCaller && !call.isParty(packet.srcHost)) return;
    this.#prove(packet, keys, call, isCaller);
    if (isCaller) log?.acknowledged(call, packet.timeUs);
    stages.touch(call, packet.timeUs);
    const tagKey = isFirst ? keys.toTagKey : keys.fromTagKey;
    offers.announce(message, call, { side, tagKey });
  }

  #prove(packet: PacketView, keys: MessageKeys, call: Call, isCaller: boolean): void {
    const { hosts, peers, stages } = this.#own;
    const { dialogs, parties } = call;
    const way = wayOf(packet);
    if (parties.otherWay(packet.srcHost, way) === null) {
      hosts.learnPath(hosts.source(packet), packet);
      parties.learnWay(packet.srcHost, way);
    }
    const tagKey = keys.fromTagKey === call.fromTagKey ? keys.toTagKey : keys.fromTagKey;
    const row = dialogs.findDialog(tagKey);
    if (row < 0 || !dialogs.isDialogAnswered(row) || !isCaller) return;
    if (dialogs.dialogAcknowledged(row)) stages.acknowledged(call, packet.timeUs);
    stages.prove(call, tagKey, Rank.ACCEPTED);
    stages.lift(call, Rank.ACCEPTED);
    if (parties.has(packet.dstHost)) {
      peers.prove(packet.srcHost, packet.dstHost, Rank.ACCEPTED, packet.timeUs);
    }
  }

  #isDoubted(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    answer: { call: Call; audio: MediaMove; side: CallSide; keep: () => SeenPacket },
  ): boolean {
    const { found, judge } = this.#own;
    const { call, audio, keep } = answer;
    const isMove = isNewTo(call, answer.side, audio);
    const texts = found.textsOf(message, keys, call);
    const subject = { ...NO_SUBJECT, ...texts, method: "ACK" };
    const request = { cseq: message.cseq, subject, keep };
    return !judge.acks.acknowledged(packet, keys, request, call, { audio, isMove });
  }
}
