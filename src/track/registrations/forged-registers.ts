import { combineThree53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { macKey } from "../../decode/mac-twins.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import type { EventList, EventParties } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { isSameTtl, wayText } from "../hosts/way.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { asksRemoval, partiesOf } from "./binding-suspect.ts";
import { ContactList } from "./contact-list.ts";

const PHONES_MAX = 8192;
/** A way is a phone's own once the registrar took so many of its registrations by it, one after the other. */
const WAY_KNOWN = 2;
const DAY_US = 24 * 3_600_000_000;

interface Way {
  readonly mac: number;
  readonly ttl: number;
}

interface Doubt {
  readonly parties: EventParties;
  readonly isRemoval: boolean;
  readonly balance: number;
  readonly way: Way;
  readonly contact: string;
  readonly sinceUs: number;
}

interface Phone {
  way: Way;
  before: Way | null;
  taken: number;
  /** It goes now by one way and now by the other, as between two routers. */
  isSeveral: boolean;
  readonly contactHost: HostKey;
  readonly userAgent: string;
  doubt: Doubt | null;
}

/**
 * REGISTERs that somebody writes in a phone's name, at a registrar that asks for no proof of it: they come by another way (MAC or
 * TTL) than those that the registrar took before, and remove the binding or set another host. A router that takes over changes
 * the way, too, but then the phone goes on by the new one; it is told once the phone registers by its old one again.
 */
export class ForgedRegisters {
  readonly #events: EventList;
  readonly #phones = new KeyMap<Phone>(PHONES_MAX);
  readonly #asked = new ContactList();

  constructor(events: EventList) {
    this.#events = events;
  }

  /** The registrar took it; `packet` is its answer. */
  accepted(packet: PacketView, transaction: Transaction, domain: number): void {
    const { clientMac: mac, clientTtl: ttl } = transaction;
    if (transaction.hasProof || ttl === NO_TTL) return;
    const { aorKey, client, contact, server } = transaction;
    const key = combineThree53(server, aorKey, client);
    const isRemoval = asksRemoval(contact, transaction.expires);
    const phone = this.#phones.get(key);
    if (phone === undefined) {
      if (!isRemoval) this.#phones.set(key, this.#phone({ mac, ttl }, transaction, domain));
      return;
    }
    this.#phones.touch(key);
    const way = { mac, ttl };
    if (isSameWay(packet, phone.way, way)) {
      if (phone.doubt !== null) this.#settle(phone, phone.doubt, packet.timeUs);
      if (!isRemoval) phone.taken++;
      return;
    }
    if (phone.isSeveral) return;
    const isElsewhere = !isRemoval && this.#hostOf(contact, domain) !== phone.contactHost;
    if (phone.taken >= WAY_KNOWN && (isRemoval || isElsewhere)) {
      const isOtherAgent = phone.userAgent !== transaction.userAgent;
      phone.doubt = {
        parties: { ...partiesOf(transaction), isForged: true },
        isRemoval,
        balance: 1 + Number(isElsewhere) + Number(isOtherAgent),
        way,
        contact,
        sinceUs: packet.timeUs,
      };
      return;
    }
    if (isRemoval) return;
    phone.isSeveral = phone.before !== null && isSameWay(packet, phone.before, way);
    phone.before = phone.way;
    phone.way = way;
    phone.taken = 1;
    phone.doubt = null;
  }

  #phone(way: Way, transaction: Transaction, domain: number): Phone {
    return {
      way,
      before: null,
      taken: 1,
      isSeveral: false,
      contactHost: this.#hostOf(transaction.contact, domain),
      userAgent: transaction.userAgent,
      doubt: null,
    };
  }

  #hostOf(contact: string, domain: number): HostKey {
    this.#asked.decodeText(contact, domain);
    return this.#asked.length === 0 ? NO_HOST : (this.#asked.hosts[0] as HostKey);
  }

  /** The phone goes on by its own way. */
  #settle(phone: Phone, doubt: Doubt, nowUs: number): void {
    phone.doubt = null;
    if (nowUs - doubt.sinceUs > DAY_US) return;
    const kind = doubt.isRemoval
      ? EventKind.SIP_BINDING_REMOVED_BY_STRANGER
      : EventKind.SIP_BINDING_TAKEN_OVER;
    const event = this.#events.raise(kind, nowUs, doubt.balance + 1);
    if (event === null) return;
    event.aimAtTransaction(doubt.parties);
    const own = wayText(phone.way.mac, phone.way.ttl);
    const seen = wayText(doubt.way.mac, doubt.way.ttl);
    event.evidence = [
      { what: "way of the phone's registrations", expected: own, seen },
      { what: "Contact", expected: "the phone's own", seen: doubt.contact },
      { what: "the phone since then", expected: "by the new way", seen: `registers by ${own}` },
    ];
  }
}

function isSameWay({ macTwins }: PacketView, one: Way, other: Way): boolean {
  return isSameTtl(one.ttl, other.ttl) && macTwins.areSame(macKey(one.mac), macKey(other.mac));
}
