import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { Contradiction, EventList, EventParties } from "../facts/event.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { ContactList } from "./contact-list.ts";
import type { Binding, Registrations } from "./registrations.ts";

export interface BindingParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly registrations: Registrations;
  readonly peers: Peers;
}

/** What somebody did to the bindings of a user who is at home elsewhere. */
export const BindingDeed = {
  /** Bound itself beside the owner: both are paged. */
  ADDED: 0,
  /** Bound itself, and the owner is in the registrar's list no more. */
  REPLACED: 1,
  /** Had the registrar forget bindings, and bound nothing. */
  REMOVED: 2,
} as const;
export type BindingDeed = (typeof BindingDeed)[keyof typeof BindingDeed];

/** Where a binding of the user was before, as far as is known. */
export interface Owner {
  readonly host: HostKey;
  readonly port: number;
}

/**
 * A registration that may be a stranger's. Whether it is, what the owner does next tells: a phone that moved is silent
 * where it was before.
 */
export interface BindingSuspect {
  readonly kind: BindingDeed;
  /** What the fact will be about: the transaction's row may have another owner by then. */
  readonly parties: EventParties;
  readonly client: HostKey;
  readonly registrar: HostKey;
  readonly aorKey: number;
  readonly owners: readonly Owner[];
  readonly userAgent: string;
  readonly sinceUs: number;
  /** The owner's binding was removed by its Contact, on another Call-ID than the owner's. */
  readonly isByName: boolean;
  /** The owners' registrations were seen, and had not run out. */
  readonly hadOwner: boolean;
  /** Signs against the sender less signs for it, so far. */
  balance: number;
  evidence: readonly Contradiction[];
}

/** The transaction as it is now: numbers, texts and its packet, for a fact that shows later. Allocates. */
export function partiesOf(transaction: Transaction): EventParties {
  const { client, clientPort, server, serverPort } = transaction;
  const origin = transaction.origin();
  origin.answerStatus = transaction.finalStatus;
  origin.answerPlace = transaction.answerPlace;
  return {
    callId: transaction.callId,
    method: transaction.method,
    fromUser: transaction.fromUser,
    toUser: transaction.toUser,
    uriUser: transaction.uriUser,
    authUser: transaction.authUser,
    realm: transaction.realm,
    account: transaction.account,
    aor: transaction.aor,
    userAgent: transaction.userAgent,
    contact: transaction.contact,
    digestResponse: "",
    stream: "",
    destination: "",
    callKey: transaction.callKey,
    fromUserKey: transaction.fromUserKey,
    toUserKey: transaction.toUserKey,
    uriUserKey: transaction.uriUserKey,
    accountKey: transaction.accountKey,
    aorKey: transaction.aorKey,
    digestKey: transaction.digestKey,
    client,
    clientPort,
    server,
    serverPort,
    hasProof: transaction.hasProof,
    isForged: transaction.isForged,
    place: origin.place,
    vlan: origin.vlan,
    innerVlan: origin.innerVlan,
    srcHost: origin.srcHost,
    srcPort: origin.srcPort,
    dstHost: origin.dstHost,
    dstPort: origin.dstPort,
    ipProtocol: origin.ipProtocol,
    flowStartUs: origin.flowStartUs,
    seenUs: origin.seenUs,
    answerStatus: origin.answerStatus,
    answerPlace: origin.answerPlace,
    sipFields: () => origin.sipFields(),
  };
}

/** The text of a Contact, with its `Expires` header, asks to remove what it names (RFC 3261 10.2.2). */
export function asksRemoval(contact: string, expires: string): boolean {
  if (contact.trimStart().startsWith("*")) return true;
  if (contact === "") return false;
  const own = /;\s*expires\s*=\s*"?(\d{1,20})/i.exec(contact)?.[1];
  const text = own ?? /^\s*(\d{1,20})/.exec(expires)?.[1];
  if (text === undefined) return false;
  // RFC 3261 20.19: 32 bits. Registrars that keep no more read a larger one as 0 or as a time in the past.
  const seconds = Number(text);
  return seconds === 0 || seconds >= 2 ** 32;
}

/** Bindings in the registrar's list that are not those which were `asked` for by that host. */
export function othersIn(listed: ContactList, asked: ContactList, client: HostKey): Owner[] {
  const owners: Owner[] = [];
  for (let i = 0; i < listed.length; i++) {
    const host = listed.hostAt(i);
    const isOwn =
      listed.isOf(i, client) ||
      asked.hasKey(listed.keys[i] as number) ||
      (listed.instances[i] !== 0 && listed.instances[i] === asked.instances[0]);
    if (!isOwn && host !== NO_HOST) owners.push({ host, port: listed.portAt(i) });
  }
  return owners;
}

/** Other hosts with a registration of that user that has not run out. */
export function ownersIn(
  bindings: readonly Binding[],
  { aorKey, client }: Transaction,
  nowUs: number,
): Owner[] {
  return bindings.filter(
    (binding) => binding.aorKey === aorKey && binding.host !== client && binding.expiresUs >= nowUs,
  );
}

/** The one of both that registered later; the first where they did together. */
export function laterOf(one: Binding | null, other: Binding): Binding {
  return one === null || other.lastUs > one.lastUs ? other : one;
}

/** No phone of that user registers on that Call-ID. */
export function isOnOtherCall(bindings: readonly Binding[], { callKey }: Transaction): boolean {
  return !bindings.some((binding) => binding.callKey === callKey);
}

/** Who had a binding of the user, and who has made one. */
export function bindingEvidence(
  names: HostNames,
  owners: readonly Owner[],
  { client, contact }: Transaction,
  isFar: boolean,
): Contradiction[] {
  return [
    {
      what: "hosts with a binding of this user",
      expected: owners.map(({ host }) => names.text(host)).join(", ") || "not seen yet",
      seen: `${names.text(client)}${isFar ? ", of another network" : ""}`,
    },
    { what: "Contact", expected: "the owner's own", seen: contact },
  ];
}
