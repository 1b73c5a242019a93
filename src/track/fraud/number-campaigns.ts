import { hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, isIpv6Host } from "../../decode/host.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { blockOf } from "./number-block.ts";

const BLOCKS_MAX = 4_096;
const CLIENTS_MAX = 16_384;
/** Servers, hosts and ways to dial that are told apart of one block, and servers of one host. */
const KEPT_MAX = 64;
const DAY_US = 24 * 3_600_000_000;
/** Nothing is remembered for longer, however slowly it goes on. */
const LONGEST_US = 7 * DAY_US;
/** One server is what others watch. */
const SERVERS_MIN = 2;

interface Client {
  readonly taken: Set<HostKey>;
  readonly failed: Set<HostKey>;
}

interface Block {
  readonly sinceUs: number;
  lastUs: number;
  readonly servers: Set<HostKey>;
  readonly hosts: Set<HostKey>;
  readonly forms: Set<number>;
}

/**
 * Numbers of one block that strangers try at several servers, whoever of them at whichever server: each try is too little to show
 * alone. A network that a server took calls of is a stranger only where twice as many did not: nodes of carriers deliver calls everywhere.
 */
export class NumberCampaigns {
  readonly #events: EventList;
  readonly #blocks = new KeyMap<Block>(BLOCKS_MAX);
  readonly #clients = new KeyMap<Client>(CLIENTS_MAX);

  constructor(events: EventList) {
    this.#events = events;
  }

  /** A call without credentials was taken. */
  taken({ client, hasCredentials, server }: Transaction): void {
    if (hasCredentials) return;
    // No flood of strangers pushes it out.
    const network = networkOf(client);
    if (note(this.#clientOf(network).taken, server)) this.#clients.promote(network);
  }

  /** A call without credentials that a server did not take of who has proven nothing to it. */
  failed(transaction: Transaction, nowUs: number): void {
    const { client, server, uriUser, uriUserKey } = transaction;
    const own = this.#clientOf(networkOf(client));
    note(own.failed, server);
    if (own.taken.size * 2 >= own.failed.size) return;
    const name = blockOf(uriUser);
    if (name === "") return;
    const block = this.#blockOf(name, nowUs);
    block.lastUs = nowUs;
    note(block.forms, uriUserKey);
    const isNewServer = note(block.servers, server);
    const isNewHost = note(block.hosts, client);
    const servers = block.servers.size;
    if (servers < SERVERS_MIN || !(isNewServer || isNewHost)) return;
    const event = this.#events.raise(EventKind.CALL_CAMPAIGN, nowUs, servers);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.evidence = [
      {
        what: "servers at which numbers of one block were tried without credentials, and not taken",
        expected: "1",
        seen: `${servers}, by ${block.hosts.size} hosts, in ${block.forms.size} ways`,
      },
    ];
  }

  #blockOf(name: string, nowUs: number): Block {
    const key = hashText53(name);
    let block = this.#blocks.get(key);
    const isOver =
      block !== undefined && (nowUs - block.lastUs > DAY_US || nowUs - block.sinceUs > LONGEST_US);
    if (block === undefined || isOver) {
      block = {
        sinceUs: nowUs,
        lastUs: nowUs,
        servers: new Set(),
        hosts: new Set(),
        forms: new Set(),
      };
      this.#blocks.set(key, block);
    }
    this.#blocks.touch(key);
    return block;
  }

  #clientOf(network: number): Client {
    let client = this.#clients.get(network);
    if (client === undefined) {
      client = { taken: new Set(), failed: new Set() };
      this.#clients.set(network, client);
    }
    this.#clients.touch(network);
    return client;
  }
}

/** Nodes of one carrier share a network of 256 addresses; IPv6 addresses are hashes, each for itself. */
function networkOf(host: HostKey): number {
  return isIpv6Host(host) ? host : Math.floor(host / 256);
}

/** True when it is new, and there was room. */
function note(values: Set<number>, value: number): boolean {
  if (values.has(value) || values.size >= KEPT_MAX) return false;
  values.add(value);
  return true;
}
