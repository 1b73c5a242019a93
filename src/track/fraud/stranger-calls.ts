import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Transaction } from "../transactions/transaction.ts";

const SERVERS_MAX = 1_024;
const DAY_US = 24 * 3_600_000_000;
const HOSTS_MAX = 128;
/** Numbers of one host that count. */
const NUMBERS_MAX = 4;
/** Fewer hosts are told each for itself. */
const HOSTS_MIN = 5;

interface Stranger {
  readonly numbers: Set<number>;
  lastUs: number;
}

interface Called {
  /** The one that was heard longest ago comes first. */
  readonly hosts: Map<HostKey, Stranger>;
  numbers: number;
}

/**
 * Calls without credentials to long numbers that no server took, of hosts that it never took one of: each so seldom that it
 * is nobody's probing, all of them together a search.
 */
export class StrangerCalls {
  readonly #events: EventList;
  readonly #servers = new KeyMap<Called>(SERVERS_MAX);

  constructor(events: EventList) {
    this.#events = events;
  }

  /** A call was taken: that host is a stranger no more. */
  taken({ client, server }: Transaction): void {
    if (this.#servers.size === 0) return;
    const called = this.#servers.get(server);
    if (called !== undefined) drop(called, client);
  }

  failed(transaction: Transaction, nowUs: number): void {
    const { client, server, uriUserKey } = transaction;
    let called = this.#servers.get(server);
    if (called === undefined) {
      called = { hosts: new Map(), numbers: 0 };
      this.#servers.set(server, called);
    }
    this.#servers.touch(server);
    const { hosts } = called;
    const stranger = hosts.get(client) ?? { numbers: new Set<number>(), lastUs: nowUs };
    hosts.delete(client);
    hosts.set(client, stranger);
    stranger.lastUs = nowUs;
    for (const [host, { lastUs }] of hosts) {
      if (nowUs - lastUs <= DAY_US && hosts.size <= HOSTS_MAX) break;
      drop(called, host);
    }
    if (stranger.numbers.size >= NUMBERS_MAX || stranger.numbers.has(uriUserKey)) return;
    stranger.numbers.add(uriUserKey);
    called.numbers++;
    if (hosts.size < HOSTS_MIN) return;
    const event = this.#events.raise(EventKind.CALL_BY_STRANGERS, nowUs, called.numbers);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.evidence = [
      {
        what: "hosts that the server never took a call of, and that called long numbers without credentials within a day",
        expected: "few",
        seen: `${hosts.size}, ${called.numbers} numbers`,
      },
    ];
  }
}

function drop(called: Called, host: HostKey): void {
  const stranger = called.hosts.get(host);
  if (stranger === undefined) return;
  called.numbers -= stranger.numbers.size;
  called.hosts.delete(host);
}
