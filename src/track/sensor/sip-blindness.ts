import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { type Host, type HostTable, OneWaySignalling } from "../hosts/hosts.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { AnswersAlone } from "./answers-alone.ts";

/** A server with that many requests and no answer at all is reported as unseen, then at powers of two. */
const BLIND_REQUESTS_MIN = 32;
/** Answers may take this long, in a burst of registrations for example. */
const BLIND_MIN_US = 5_000_000;

/** Signalling of which the mirror shows one direction only. */
export class SipBlindness {
  readonly #hosts: HostTable;
  readonly #events: EventList;
  readonly #alone: AnswersAlone;

  constructor(hosts: HostTable, events: EventList, names: HostNames) {
    this.#hosts = hosts;
    this.#events = events;
    this.#alone = new AnswersAlone(events, names);
  }

  /** Requests whose answers the mirror does not show. */
  asked(packet: PacketView, message: SipMessageView, transaction: Transaction, client: Host): void {
    const nowUs = packet.timeUs;
    const server = this.#hosts.destination(packet);
    if (server.sentResponses > 0 || client.receivedResponses > 0) return;
    const blind = this.#events.raise(EventKind.SIP_REQUEST_BLIND, nowUs, 0);
    blind?.aimAtTransaction(transaction);
    blind?.showInRequest(packet, message);
    server.oneWay ??= new OneWaySignalling();
    const requests = ++server.oneWay.blindRequests;
    if (requests === 1) server.oneWay.blindSinceUs = nowUs;
    if (nowUs - server.oneWay.blindSinceUs < BLIND_MIN_US) return;
    if (requests < BLIND_REQUESTS_MIN || (requests & (requests - 1)) !== 0) return;
    const unseen = this.#events.raise(EventKind.SENSOR_RESPONSES_UNSEEN, nowUs, requests);
    unseen?.aimAtTransaction(transaction);
    if (unseen === null) return;
    const seen = `none, and ${requests} requests to it`;
    unseen.evidence = [{ what: "responses of the server", expected: "some", seen }];
  }

  /** Responses to a client that the mirror does not show asking. */
  answered(packet: PacketView, message: SipMessageView, keys: MessageKeys, client: Host): void {
    if (client.sentRequests > 0) return;
    this.#alone.refused(packet, message, keys);
    const nowUs = packet.timeUs;
    client.oneWay ??= new OneWaySignalling();
    const responses = ++client.oneWay.strayResponses;
    if (responses === 1) client.oneWay.straySinceUs = nowUs;
    if (nowUs - client.oneWay.straySinceUs < BLIND_MIN_US) return;
    if (responses < BLIND_REQUESTS_MIN || (responses & (responses - 1)) !== 0) return;
    const event = this.#events.raise(EventKind.SENSOR_ONE_WAY, nowUs, responses);
    if (event === null) return;
    event.aimAtPacket(packet);
    event.evidence = [
      {
        what: "requests of the host that is answered",
        expected: "some",
        seen: `none, and ${responses} responses to it`,
      },
    ];
  }
}
