import { NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Call } from "./calls.ts";

/** What the fact is worth: `sip.credentials_lured`. */
const Lure = { SERVER_UNKNOWN: 1, SERVER_ELSEWHERE: 2 } as const;

export interface LureParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
}

/**
 * Phones that give their digest to whoever rings them: the caller answers the phone's BYE or re-INVITE with a challenge of the
 * phone's realm, and guesses at the password from what it gets (RFC 7616 5.10). A PBX challenges inside calls too, so its phones
 * and trunks have to be told apart.
 */
export class LuredCredentials {
  readonly #parts: LureParts;

  constructor(parts: LureParts) {
    this.#parts = parts;
  }

  /** A request inside a call; those count that have credentials for a nonce of who is asked, and it had called. */
  request(packet: PacketView, message: SipMessageView, transaction: Transaction, call: Call): void {
    if (!transaction.hasIssuedNonce || !transaction.isFirstHop) return;
    const { client, server } = transaction;
    if (server !== call.client || client === server) return;
    const { events, hosts, names } = this.#parts;
    if (hosts.get(server)?.isRegistrar === true) return;
    const registrar = hosts.get(client)?.registrar ?? NO_HOST;
    const isElsewhere = registrar !== NO_HOST && !names.mayBeNodes(registrar, server);
    const value = isElsewhere ? Lure.SERVER_ELSEWHERE : Lure.SERVER_UNKNOWN;
    const event = events.raise(EventKind.SIP_CREDENTIALS_LURED, packet.timeUs, value);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    // Who is asked is the offender.
    [event.srcHost, event.dstHost] = [event.dstHost, event.srcHost];
    [event.srcPort, event.dstPort] = [event.dstPort, event.srcPort];
    [event.client, event.server] = [server, client];
    event.showInRequest(packet, message);
    event.evidence = [
      {
        what: "who challenges the phone inside a call",
        expected:
          registrar === NO_HOST
            ? "its server, which is not known"
            : `its server ${names.text(registrar)}`,
        seen: `${names.text(server)}, which had called it`,
      },
    ];
  }
}
