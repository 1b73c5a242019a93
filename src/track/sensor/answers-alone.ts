import type { Span } from "../../base/ascii.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { accountText } from "../accounts/account-keys.ts";
import { type EventList, NO_SUBJECT } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { isChallenge, USER_HIDDEN, USER_UNKNOWN } from "../transactions/answer-classes.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";

const CHALLENGE = 401;
const callId: Span = { start: 0, end: 0 };

/** Registrations of which the mirror shows the refusals alone: these name the user and the Call-ID. */
export class AnswersAlone {
  readonly #events: EventList;
  readonly #names: HostNames;

  constructor(events: EventList, names: HostNames) {
    this.#events = events;
    this.#names = names;
  }

  /** An answer to a host whose requests are not seen. */
  refused(packet: PacketView, message: SipMessageView, { from, to }: MessageKeys): void {
    const { statusCode } = message;
    if (message.cseqMethod !== SipMethod.REGISTER) return;
    const isOfUser = USER_UNKNOWN.has(statusCode) || USER_HIDDEN.has(statusCode);
    if (!isChallenge(statusCode) && !isOfUser) return;
    const value = isChallenge(statusCode) ? CHALLENGE : statusCode;
    const event = this.#events.raise(EventKind.SIP_REFUSAL_ALONE, packet.timeUs, value);
    if (event === null) return;
    event.aimAtPacket(packet);
    // Whoever is answered has asked.
    [event.srcHost, event.dstHost] = [packet.dstHost, packet.srcHost];
    [event.srcPort, event.dstPort] = [packet.dstPort, packet.srcPort];
    [event.client, event.server] = [packet.dstHost, packet.srcHost];
    event.showIn(packet, message);
    message.value(HeaderId.CALL_ID, callId);
    const server = this.#names.text(packet.srcHost);
    event.subject = {
      ...NO_SUBJECT,
      method: "REGISTER",
      callId: message.text(callId),
      account: accountText(message.text(from.user), server),
      fromUser: message.text(from.user),
      toUser: message.text(to.user),
    };
  }
}
