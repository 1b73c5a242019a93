import { DelayQueue } from "../../base/delay-queue.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { BindingOddities } from "./binding-oddities.ts";
import {
  asksRemoval,
  BindingDeed,
  type BindingParts,
  type BindingSuspect,
  bindingEvidence,
  isOnOtherCall,
  laterOf,
  type Owner,
  othersIn,
  ownersIn,
  partiesOf,
} from "./binding-suspect.ts";
import { ContactList } from "./contact-list.ts";
import { FirstAskers } from "./first-askers.ts";
import { ForgedRegisters } from "./forged-registers.ts";
import { Keepers } from "./keepers.ts";
import type { Binding } from "./registrations.ts";

/** Users whose registrations are in doubt at a time. */
const SUSPECTS_MAX = 4096;
/** The owner may come back as late as at its next refresh. */
const DAY_US = 24 * 3_600_000_000;
/** A phone that unregisters and registers again, as many do when they start, does so within this. */
const REMOVAL_WAIT_US = 10_000_000;
/** An answer so soon may have been on its way before. */
const ALIVE_US = 200_000;
/** Users of a registrar that have phones in several networks: from so many on it is their habit. */
const HABIT_USERS = 3;

/**
 * Registrations that a stranger may have made: it binds itself beside the owner or in its place, removes its bindings,
 * or binds somebody else. Accepted credentials prove nothing, as they may be stolen; what the owner does afterwards
 * tells a thief from a phone that moved, and the registrar's own list tells what it did (RFC 3261 10.3).
 */
export class BindingJudge {
  readonly #parts: BindingParts;
  readonly #contacts = new ContactList();
  readonly #asked = new ContactList();
  readonly #askers = new FirstAskers();
  readonly #suspects = new KeyMap<BindingSuspect>(SUSPECTS_MAX);
  readonly #removals = new DelayQueue<BindingSuspect>(REMOVAL_WAIT_US, SUSPECTS_MAX);
  /** By registrar: users that were seen in several networks. */
  readonly #habits = new KeyMap<number>(SUSPECTS_MAX);
  readonly #oddities: BindingOddities;
  readonly #forged: ForgedRegisters;
  readonly keepers: Keepers;
  /** By where the owner of a binding is reached, beside which a stranger bound itself. */
  readonly #byOwner = new KeyMap<BindingSuspect>(SUSPECTS_MAX);
  /** The latest binding of the user at hand, and the latest of the host at hand; null when there is none. */
  #latest: Binding | null = null;
  #own: Binding | null = null;
  #nowUs = 0.5;

  constructor(parts: BindingParts) {
    this.#parts = parts;
    this.#oddities = new BindingOddities(parts);
    this.#forged = new ForgedRegisters(parts.events);
    this.keepers = new Keepers(parts.peers);
  }

  isDue(nowUs: number): boolean {
    return this.#removals.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.#nowUs = nowUs;
    while (!this.#parts.events.isHalfFull) {
      const due = this.#removals.takeDue(nowUs);
      if (due === undefined) break;
      this.#removalDue(due);
    }
  }

  /**
   * A registrar took a REGISTER, by the way that its answers come. `wasPeer`: it had taken something of that client
   * before. Call it before the registration is noted; false when it is none.
   */
  accepted(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    wasPeer: boolean,
  ): boolean {
    const nowUs = packet.timeUs;
    this.#nowUs = nowUs;
    this.#forged.accepted(packet, transaction, message.domain);
    const { aorKey, client, server, toUserKey } = transaction;
    const bindings = this.#parts.registrations.of(server, toUserKey);
    const key = combine53(server, aorKey);
    const suspect = this.#suspects.size === 0 ? undefined : this.#suspects.get(key);
    this.#find(bindings, aorKey, client);
    this.keepers.registered(transaction, nowUs);
    if (suspect !== undefined && this.#settled(suspect, transaction)) this.#suspects.delete(key);
    this.#oddities.gathered(transaction, this.#latest, nowUs);
    if (this.#own !== null) {
      this.#oddities.flipped(message, transaction, this.#latest as Binding, this.#own, nowUs);
      return true;
    }
    this.#contacts.decode(message);
    if (bindings.length === 0 && this.#oddities.isOwn(this.#contacts, client)) return true;
    const isPeer = this.#askers.wasPeer(transaction, wasPeer, nowUs);
    return this.#weigh(transaction, bindings, isPeer, message.domain);
  }

  /** A registrar that wants credentials took a REGISTER without any. */
  unchallenged(transaction: Transaction, nowUs: number): void {
    this.#nowUs = nowUs;
    const { aorKey, client, server, toUserKey } = transaction;
    this.#find(this.#parts.registrations.of(server, toUserKey), aorKey, client);
    if (this.#own !== null || this.#latest === null) return;
    this.#oddities.unchallenged(transaction, this.#latest, nowUs);
  }

  /** A phone answered a request of its registrar well: it lives where it was. */
  answered(transaction: Transaction, nowUs: number): void {
    if (this.keepers.isWaiting) this.keepers.answered(transaction, nowUs);
    if (this.#suspects.size === 0) return;
    const { client, server, serverPort } = transaction;
    const ownerKey = combine53(server, serverPort);
    const suspect = this.#byOwner.get(ownerKey);
    if (suspect?.registrar !== client || nowUs - suspect.sinceUs < ALIVE_US) return;
    this.#nowUs = nowUs;
    this.#byOwner.delete(ownerKey);
    const key = combine53(client, suspect.aorKey);
    if (this.#suspects.get(key) !== suspect) return;
    this.#added(suspect, `${this.#parts.names.text(server)} answers its registrar`);
    this.keepers.lives(suspect);
    this.#suspects.delete(key);
  }

  /** A host that never had a binding of that user. False when it did not bind itself. */
  #weigh(
    transaction: Transaction,
    bindings: readonly Binding[],
    wasPeer: boolean,
    domain: number,
  ): boolean {
    const contacts = this.#contacts;
    const asked = this.#asked;
    const { contact } = transaction;
    asked.decodeText(contact, domain);
    if (asksRemoval(contact, transaction.expires)) {
      const robbed = ownersIn(bindings, transaction, this.#nowUs);
      const isTheirs = robbed.some(({ host }) => asked.length > 0 && asked.isOf(0, host));
      // A phone whose registration was not seen may remove its own binding.
      if (!asked.isStar && !isTheirs) return false;
      const isByName = isTheirs && isOnOtherCall(bindings, transaction);
      this.#suspect(BindingDeed.REMOVED, transaction, robbed, robbed.length > 0 ? 1 : 0, isByName);
      return false;
    }
    const isForeign = this.#oddities.bound(asked, transaction, bindings, this.#nowUs);
    const listed = othersIn(contacts, asked, transaction.client);
    const owners = listed.length > 0 ? listed : ownersIn(bindings, transaction, this.#nowUs);
    if (owners.length === 0) return true;
    const kind = listed.length > 0 ? BindingDeed.ADDED : BindingDeed.REPLACED;
    if (kind === BindingDeed.REPLACED && contacts.length === 0) return true;
    this.#suspect(kind, transaction, owners, (wasPeer ? -1 : 0) + (isForeign ? 1 : 0));
    return true;
  }

  #suspect(
    kind: BindingDeed,
    transaction: Transaction,
    owners: readonly Owner[],
    start: number,
    isByName = false,
  ): void {
    const { names, registrations } = this.#parts;
    const { aorKey, client, server } = transaction;
    const key = combine53(server, aorKey);
    const before = this.#suspects.get(key);
    // Who removed all bindings and then binds itself has done one deed: what it removed is the owner's.
    const isSequel = before?.client === client && before.kind === BindingDeed.REMOVED;
    const robbed = isSequel && owners.length === 0 ? before.owners : owners;
    const isFar = robbed.length > 0 && !robbed.some(({ host }) => names.areNear(host, client));
    const suspect: BindingSuspect = {
      kind,
      parties: partiesOf(transaction),
      client,
      registrar: server,
      aorKey,
      owners: robbed,
      userAgent: transaction.userAgent,
      sinceUs: this.#nowUs,
      hadOwner: robbed.length > 0,
      isByName,
      balance: (isSequel ? 1 : start) + (isFar ? 1 : 0),
      evidence: bindingEvidence(names, robbed, transaction, isFar),
    };
    this.#suspects.set(key, suspect);
    // A phone that has moved removes what it had on its own Call-ID, or does not know it any more.
    if (isSequel && before.isByName && isFar) {
      suspect.balance++;
      this.#tell(EventKind.SIP_BINDING_TAKEN_OVER, suspect, "removed by its Contact before");
    }
    if (kind === BindingDeed.REMOVED) this.#removals.push(suspect, this.#nowUs);
    else this.keepers.began(suspect, registrations.of(server, transaction.toUserKey));
    if (kind !== BindingDeed.ADDED) return;
    for (const owner of robbed) this.#byOwner.set(combine53(owner.host, owner.port), suspect);
  }

  /** A registration of the user whose bindings are in doubt: by the same host, or by the owner. True: settled. */
  #settled(suspect: BindingSuspect, transaction: Transaction): boolean {
    const { client } = transaction;
    if (this.#nowUs - suspect.sinceUs > DAY_US) return true;
    // A phone that removes what it had and binds itself anew, as many do when they start.
    if (client === suspect.client) return suspect.kind === BindingDeed.REMOVED && !suspect.hadOwner;
    const isOwner = suspect.owners.some(({ host }) => host === client);
    // One phone that changes its address to and fro keeps its Call-ID, or begins anew with its old name each time.
    const hasOldCall = this.#own !== null && this.#own.callKey === transaction.callKey;
    const isSamePhone =
      suspect.parties.callKey === transaction.callKey ||
      (!hasOldCall && suspect.userAgent === transaction.userAgent);
    const seen = `${this.#parts.names.text(client)} registers again`;
    switch (suspect.kind) {
      case BindingDeed.ADDED:
        if (isOwner && !isSamePhone) this.#added(suspect, seen);
        return isOwner;
      case BindingDeed.REPLACED:
        if (!isOwner || isSamePhone) return isOwner;
        suspect.balance++;
        this.#tell(EventKind.SIP_BINDING_TAKEN_OVER, suspect, seen);
        return true;
      default:
        this.#removed(suspect, transaction, isOwner, isSamePhone);
        return true;
    }
  }

  /** Somebody else than who removed the bindings registers: the owner, when it was there before. */
  #removed(
    suspect: BindingSuspect,
    transaction: Transaction,
    isOwner: boolean,
    isSamePhone: boolean,
  ): void {
    const { hosts, names } = this.#parts;
    const { client, contact, expires } = transaction;
    const firstUs = hosts.get(client)?.firstUs ?? this.#nowUs;
    // Who asks to remove its own binding believed to have one.
    const hadBinding = asksRemoval(contact, expires);
    if (isOwner || hadBinding || firstUs < suspect.sinceUs) suspect.balance++;
    if (!isSamePhone) suspect.balance++;
    const seen = hadBinding ? "asks to remove a binding of its own" : "registers again";
    this.#tell(EventKind.SIP_BINDING_REMOVED_BY_STRANGER, suspect, `${names.text(client)} ${seen}`);
  }

  /** The one who removed bindings has bound nothing since, so it was no restart. */
  #removalDue(suspect: BindingSuspect): void {
    const key = combine53(suspect.registrar, suspect.aorKey);
    if (this.#suspects.get(key) !== suspect || !suspect.hadOwner) return;
    suspect.balance++;
    this.#tell(EventKind.SIP_BINDING_REMOVED_BY_STRANGER, suspect, "nobody is bound any more");
    this.#suspects.delete(key);
  }

  #added(suspect: BindingSuspect, seen: string): void {
    const users = this.#habits.get(suspect.registrar) ?? 0;
    if (suspect.balance > 0) {
      this.#habits.set(suspect.registrar, users + 1);
      if (users >= HABIT_USERS) suspect.balance--;
    }
    this.#tell(EventKind.SIP_BINDING_ADDED_BY_STRANGER, suspect, seen);
  }

  #tell(deed: number, suspect: BindingSuspect, seen: string): void {
    const kept = suspect.kind === BindingDeed.REMOVED ? 0 : this.keepers.users(suspect);
    const kind = kept > 0 ? EventKind.SIP_BINDING_KEPT : deed;
    const event = this.#parts.events.raise(kind, this.#nowUs, kept || suspect.balance);
    if (event === null) return;
    event.aimAtTransaction(suspect.parties);
    const since = { what: "the owner since then", expected: "silent, had the phone moved", seen };
    event.evidence = [...suspect.evidence, since];
  }

  /** The latest binding of the user, and the latest of that host, within the day. */
  #find(bindings: readonly Binding[], aorKey: number, host: HostKey): void {
    const sinceUs = this.#nowUs - DAY_US;
    this.#latest = null;
    this.#own = null;
    for (const one of bindings) {
      if (one.aorKey !== aorKey || one.lastUs < sinceUs) continue;
      this.#latest = laterOf(this.#latest, one);
      if (one.host === host) this.#own = laterOf(this.#own, one);
    }
  }
}
