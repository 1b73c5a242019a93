import { type TopBudget, TopList } from "../../base/top-list.ts";
import type { HostKey } from "../../decode/host.ts";
import type { MatchContext } from "../match-context.ts";
import type { IncidentTop } from "./incident.ts";

/** Values listed of each kind. */
const LISTED_MAX = 10;
const TEXT_MAX = 128;
/** Entries of all incidents together: some 150 bytes each. */
export const TOP_ENTRIES_MAX = 262_144;

/** What the key of a rule's counter fixes: all matches before the first alert had the same. */
const OF_SOURCE = new Set([
  "by_src",
  "by_client",
  "by_endpoint",
  "by_client_server",
  "by_client_account",
]);
const OF_DESTINATION = new Set(["by_dst", "by_server", "by_client_server"]);
const OF_ACCOUNT = new Set(["by_account", "by_client_account"]);

/** Who and what an incident is about most: sources, destinations, accounts, and numbers or names that were asked for. */
export class IncidentRanking {
  readonly sources: TopList;
  readonly destinations: TopList;
  readonly accounts: TopList;
  readonly numbers: TopList;

  constructor(budget: TopBudget) {
    this.sources = new TopList(budget);
    this.destinations = new TopList(budget);
    this.accounts = new TopList(budget);
    this.numbers = new TopList(budget);
  }

  /** The alert that opens the incident stands for `matches`, all of which had the tracked key. */
  open(context: MatchContext, track: string, matches: number): void {
    this.#add(context, {
      source: OF_SOURCE.has(track) ? matches : 1,
      destination: OF_DESTINATION.has(track) ? matches : 1,
      account: OF_ACCOUNT.has(track) ? matches : 1,
    });
  }

  /** One more match. */
  note(context: MatchContext): void {
    this.#add(context, ONE);
  }

  /** What is empty is left out. */
  get lists(): Readonly<Record<string, IncidentTop>> {
    const { sources, destinations, accounts, numbers } = this;
    const lists: Record<string, IncidentTop> = {};
    for (const [name, list] of Object.entries({ sources, destinations, accounts, numbers })) {
      if (list.distinct === 0) continue;
      const { distinct, isCut } = list;
      lists[name] = { distinct, isCut, values: list.top(LISTED_MAX) };
    }
    return lists;
  }

  release(): void {
    this.sources.release();
    this.destinations.release();
    this.accounts.release();
    this.numbers.release();
  }

  #add(
    context: MatchContext,
    weight: { source: number; destination: number; account: number },
  ): void {
    const { srcHost, dstHost, event } = context;
    const { sources, destinations, accounts, numbers } = this;
    if (srcHost >= 0 && sources.add(srcHost, weight.source)) {
      sources.name(srcHost, hostText(context, srcHost));
    }
    if (dstHost >= 0 && destinations.add(dstHost, weight.destination)) {
      destinations.name(dstHost, hostText(context, dstHost));
    }
    // Of a rule on messages the subject would be made from each of them.
    if (event === null) return;
    const { subject } = event;
    const { accountKey, uriUserKey, toUserKey } = subject;
    if (accountKey !== 0 && accounts.add(accountKey, weight.account)) {
      accounts.name(accountKey, short(subject.account));
    }
    const numberKey = uriUserKey === 0 ? toUserKey : uriUserKey;
    if (numberKey !== 0 && numbers.add(numberKey)) {
      numbers.name(numberKey, short(uriUserKey === 0 ? subject.toUser : subject.uriUser));
    }
  }
}

const ONE = { source: 1, destination: 1, account: 1 };

/** The names may have forgotten the ends of the packet at hand. */
function hostText({ names, packet }: MatchContext, host: HostKey): string {
  if (packet !== null) {
    names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
  }
  return names.text(host);
}

/** A slice would keep the whole text in memory. */
function short(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  return Buffer.from(text.slice(0, TEXT_MAX), "utf16le").toString("utf16le");
}
