import type { Span } from "../../base/ascii.ts";
import { combine53, hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { CallTable } from "./call-table.ts";
import type { Call } from "./calls.ts";

/** Such INVITEs that wait for their answer. */
const WAITING_MAX = 1024;
/** The sender is no party, and none of the parties has dealt with it. */
const STRANGER = 2;
/** It is of the site, or has had a call with a party: one sign is left. */
const ONE_SIGN = 1;
/** Who is to take a call over was told to (REFER) this long ago at most: people talk before they transfer. */
const REFERRED_US = 600_000_000;
const SEMICOLON = 0x3b;
const SPACE = 0x20;

export interface ReplacedCallParts {
  readonly events: EventList;
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly peers: Peers;
}

interface Taker {
  readonly call: Call;
  /** What speaks against its sender. */
  readonly signs: number;
}

/**
 * INVITEs that take the place of a dialog of somebody else's call (Replaces, RFC 3891), or come into it as a third party (Join,
 * RFC 3911). Who is to take a call over in a transfer has been in a call with one of its parties before; who fetches its own call from
 * another phone has credentials. Others are to be refused (RFC 3891 8), which phones do not do. A call that still rings is picked up
 * in the same way. A supervisor's console joins a phone's call straight, and may be seen for the first time then; a thief may have
 * called a party before.
 */
export class ReplacedCalls {
  readonly #parts: ReplacedCallParts;
  readonly #calls: CallTable;
  readonly #waiting = new KeyMap<Taker>(WAITING_MAX);
  /** When a host was asked last to call somebody (RFC 3515). */
  readonly #referred = new KeyMap<number>(WAITING_MAX);
  readonly #span: Span = { start: 0, end: 0 };

  constructor(parts: ReplacedCallParts, calls: CallTable) {
    this.#parts = parts;
    this.#calls = calls;
  }

  /** An INVITE outside a dialog. */
  request(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const span = this.#span;
    const isTake = message.value(HeaderId.REPLACES, span);
    if (!isTake && !message.value(HeaderId.JOIN, span)) return;
    if (transaction.hasCredentials || !transaction.isFirstHop) return;
    const call = this.#named(message, span);
    if (call === null) return;
    const signs = this.#signs(call, transaction, isTake, packet.timeUs);
    if (signs > 0) this.#waiting.set(transaction.ref, { call, signs });
  }

  /** A party asks that host to call somebody, or to take a call over. */
  referred(host: HostKey, nowUs: number): void {
    this.#referred.set(host, nowUs);
  }

  /** A 2xx to such an INVITE, of who was asked: the phone has taken the one call for the other. */
  accepted(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const taker = this.#waiting.get(transaction.ref);
    if (taker === undefined) return;
    const { call, signs } = taker;
    this.#waiting.delete(transaction.ref);
    const { events, names } = this.#parts;
    const event = events.raise(EventKind.SIP_CALL_REPLACED_BY_STRANGER, packet.timeUs, signs);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.showIn(packet, message);
    const parties = call.parties
      .hosts()
      .filter((host) => names.isKnown(host))
      .slice(0, 8)
      .map((host) => names.text(host));
    event.evidence = [
      {
        what: `who takes over or joins the call ${call.subject.callId}`,
        expected: `a party, or who has dealt with one: ${parties.join(", ")}`,
        seen: names.text(transaction.client),
      },
    ];
  }

  /** The live call whose Call-ID stands in front of the parameters. */
  #named({ bytes, domain }: SipMessageView, { start, end }: Span): Call | null {
    let at = start;
    while (at < end && bytes[at] !== SEMICOLON && bytes[at] !== SPACE) at++;
    const callIdKey = hash53(bytes, start, at);
    let call = this.#calls.first(domain === 0 ? callIdKey : combine53(callIdKey, domain));
    while (call !== null && !call.isLive) call = call.previous;
    return call;
  }

  #isNear(call: Call, { client }: Transaction): boolean {
    return call.parties.hosts().some((host) => this.#parts.names.areNear(host, client));
  }

  /** 0 for a party by its own way, for who was asked to, and for whom a party deals with other than by calls. */
  #signs(call: Call, transaction: Transaction, isTake: boolean, nowUs: number): number {
    const { client, server } = transaction;
    const { hosts, peers } = this.#parts;
    if (!call.isParty(server)) return 0;
    // In a party's name by another way: a router that failed, or somebody else.
    if (call.isParty(client)) return transaction.isForged ? ONE_SIGN : 0;
    const isNear = this.#isNear(call, transaction);
    // Who picks up what rings at a colleague's phone is of the site, whether it was seen before or not.
    if (isNear && call.answeredUs === 0) return 0;
    const parties = call.parties.hosts();
    const isKnown = parties.some((host) => peers.rank(client, host, nowUs) >= Rank.ACCEPTED);
    if (!isKnown) return isNear && !isTake ? ONE_SIGN : STRANGER;
    const referredUs = this.#referred.get(client) ?? Number.NEGATIVE_INFINITY;
    if (isNear || nowUs - referredUs <= REFERRED_US) return 0;
    const registrar = hosts.get(client)?.registrar ?? NO_HOST;
    return parties.includes(registrar) ? 0 : ONE_SIGN;
  }
}
