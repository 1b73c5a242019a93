import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { isPublicV4Host } from "../../decode/private-host.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Contradiction, DetectionEvent, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { ContactList } from "./contact-list.ts";
import { GatheredUsers } from "./gathered-users.ts";
import type { Binding } from "./registrations.ts";

const USERS_MAX = 4096;
/** Two phones that take one binding from each other in turn. */
const FLIP_US = 600_000_000;
const FLIPS_MIN = 3;
/** Two who meet, or one who moves, gather nobody. */
const GATHERED_MIN = 3;

interface Flips {
  count: number;
  readonly sinceUs: number;
}

export interface OddityParts {
  readonly names: HostNames;
  readonly events: EventList;
}

/** What an accepted registration shows at once, whatever the owner does afterwards. */
export class BindingOddities {
  readonly #names: HostNames;
  readonly #events: EventList;
  readonly #contacts = new ContactList();
  readonly #flips = new KeyMap<Flips>(USERS_MAX);
  readonly #gathered: GatheredUsers;

  constructor({ names, events }: OddityParts) {
    this.#names = names;
    this.#events = events;
    this.#gathered = new GatheredUsers(names);
  }

  /** A registrar that challenges took a REGISTER without credentials; the user's latest binding was elsewhere. */
  unchallenged(transaction: Transaction, latest: Binding, nowUs: number): void {
    const names = this.#names;
    const { client } = transaction;
    const value = names.areNear(client, latest.host) ? 1 : 2;
    this.#raise(EventKind.SIP_REGISTERED_UNCHALLENGED, transaction, value, nowUs, {
      what: "registrations of this user until now",
      expected: `with credentials, from ${names.text(latest.host)}`,
      seen: `without, from ${names.text(client)}`,
    });
  }

  /** Users from many networks come to one host that is new. `latest`: the user's latest binding before this one; null without any. */
  gathered(transaction: Transaction, latest: Binding | null, nowUs: number): void {
    const networks = this.#gathered.bound(transaction, latest, nowUs);
    if (networks < GATHERED_MIN) return;
    this.#raise(EventKind.SIP_BINDINGS_GATHERED, transaction, networks, nowUs, {
      what: "networks that users of this host were bound from until now",
      expected: "one, as of an office that moves",
      seen: `${networks} within the hour`,
    });
  }

  /** A known host of the user registers where another had the latest binding; both are known. */
  flipped(
    message: SipMessageView,
    transaction: Transaction,
    latest: Binding,
    own: Binding,
    nowUs: number,
  ): void {
    if (latest === own || latest.expiresUs < nowUs) return;
    this.#contacts.decode(message);
    if (this.#contacts.length !== 1) return;
    const key = combine53(transaction.server, transaction.aorKey);
    let flips = this.#flips.get(key);
    if (flips === undefined || nowUs - flips.sinceUs > FLIP_US) {
      flips = { count: 0, sinceUs: nowUs };
      this.#flips.set(key, flips);
    }
    flips.count++;
    if (flips.count < FLIPS_MIN) return;
    const names = this.#names;
    this.#raise(EventKind.SIP_BINDING_FLIPS, transaction, flips.count, nowUs, {
      what: "binding of this user",
      expected: `at ${names.text(latest.host)}, where it was last`,
      seen: `at ${names.text(transaction.client)} again`,
    });
  }

  /** The host is one of the Internet, neither the client nor near it. */
  isForeign(bound: HostKey, client: HostKey): boolean {
    return isPublicV4Host(bound) && bound !== client && !this.#names.areNear(bound, client);
  }

  /** The first binding of a user of whom nothing is known, for itself: nobody is robbed. */
  isOwn(contacts: ContactList, client: HostKey): boolean {
    if (contacts.length !== 1 || !contacts.isOf(0, client)) return false;
    return !this.isForeign(contacts.hosts[0] as HostKey, client);
  }

  /**
   * The Contact names a host of the Internet that is neither the sender nor near it. True when it is a sign against the sender:
   * a phone that moved may still name where it was.
   */
  bound(
    asked: ContactList,
    transaction: Transaction,
    bindings: readonly Binding[],
    nowUs: number,
  ): boolean {
    const { client } = transaction;
    const names = this.#names;
    const bound = asked.length === 0 ? NO_HOST : (asked.hosts[0] as number);
    if (!this.isForeign(bound, client)) return false;
    const value = isPublicV4Host(client) ? 2 : 1;
    this.#raise(EventKind.SIP_BINDING_OF_THIRD_PARTY, transaction, value, nowUs, {
      what: "host that is bound",
      expected: names.text(client),
      seen: names.text(bound),
    });
    return value > 1 && !bindings.some(({ host }) => host === bound);
  }

  #raise(
    kind: number,
    transaction: Transaction,
    value: number,
    nowUs: number,
    evidence: Contradiction,
  ): DetectionEvent | null {
    const event = this.#events.raise(kind, nowUs, value);
    if (event === null) return null;
    event.aimAtTransaction(transaction);
    event.evidence = [evidence];
    return event;
  }
}
