import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { isPrivateV4Host } from "../../decode/private-host.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** It has no dealings with who takes its REFER, and is of another network. */
const STRANGER = 2;

export interface StrayReferralParts {
  readonly events: EventList;
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly peers: Peers;
}

/**
 * A REFER outside a dialog makes who takes it call whoever it names (RFC 3515 2.4.2), at that one's expense. Where it is asked for, it comes from the
 * server that the phone is registered at, or with credentials; an application of the site may send it straight. A Target-Dialog header (RFC 4538)
 * proves nothing: whoever reads a call knows its tags.
 */
export class StrayReferrals {
  readonly #parts: StrayReferralParts;

  constructor(parts: StrayReferralParts) {
    this.#parts = parts;
  }

  /** A 2xx of who was asked. */
  accepted(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { client, hasIssuedNonce, isFirstHop, methodId, server } = transaction;
    if (methodId !== SipMethod.REFER || hasIssuedNonce || !isFirstHop) return;
    const { events, names, peers } = this.#parts;
    if (peers.rank(client, server, packet.timeUs) >= Rank.ACCEPTED) return;
    // Who else orders phones to call is told as a nuisance: `sip.phone_command`.
    if (isPrivateV4Host(client) || this.#isNear(client, server)) return;
    const event = events.raise(EventKind.SIP_REFER_BY_STRANGER, packet.timeUs, STRANGER);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.showIn(packet, message);
    event.evidence = [
      {
        what: `dealings of ${names.text(client)} with ${names.text(server)}, which took its REFER without credentials and outside a call`,
        expected: "some, accepted",
        seen: "none",
      },
      {
        what: "network of the sender",
        expected: "that of the phone or of its registrar",
        seen: "another one",
      },
    ];
  }

  #isNear(client: HostKey, server: HostKey): boolean {
    const { hosts, names } = this.#parts;
    const registrar = hosts.get(server)?.registrar ?? NO_HOST;
    return names.areNear(client, server) || names.areNear(client, registrar);
  }
}
