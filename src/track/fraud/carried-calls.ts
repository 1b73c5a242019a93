import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { WindowCounts } from "../../base/window-counts.ts";
import { unescaped } from "../accounts/unescaped.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { isLongInvite } from "./failed-request.ts";

const PAIRS_MAX = 4_096;
const SERVERS_MAX = 1_024;
const DAY_US = 86_400_000_000;
/** So many callers share no telephone. */
const CALLERS_MIN = 8;
/** Ways to dial that are told apart; further ones count as one of none. */
const WAYS_KEPT = 8;
/** A trunk has one way to dial, or one for abroad and one for home; some numbers read like another one by chance. */
const WAYS_OF_TRUNK = 2;
const SHARE_OF_WAYS = 0.95;
/** Refusals that it acknowledged, each with a tag that only its address was told, within this. */
const PROOFS_MIN = 4;
const PROOF_US = 60_000_000;
/** Thirty refused calls a second of one client, or of all that call one server: what is beyond is a flood, whoever it is. */
const WINDOW_US = 10_000_000;
const FAILURES_MAX = 300;

/** The prefix for abroad behind a digit or two that get a line first, a prefix alone, or a carrier's prefix (ITU-T E.164 annex B). */
const WAY = /^(?:\+|[*#\d]{1,12}#|\d{0,2}?(?:011|00)|0)/;

interface Carrier {
  readonly firstUs: number;
  readonly callers: Set<number>;
  /** Numbers dialled in each way. */
  readonly ways: Map<string, number>;
  numbers: number;
}

/**
 * Calls without credentials to long numbers that a server refuses, of whoever brings calls of many: eight callers, all dialled alike,
 * each refusal acknowledged, no more than a gateway has. A trunk whose route, account or numbers are not set up is refused just so, with whichever
 * code its server likes (DESIGN 4b). Who probes a dial plan has one caller or tries ways; to look like this each way costs him an address that
 * answers reach, and eight callers. His calls are told all the same (`call.number_refused`, `call.by_strangers`), a grade lower.
 */
export class CarriedCalls {
  readonly #standings: SourceStandings;
  readonly #carriers = new KeyMap<Carrier>(PAIRS_MAX);
  readonly #ofClients = new WindowCounts(PAIRS_MAX, WINDOW_US);
  readonly #ofServers = new WindowCounts(SERVERS_MAX, WINDOW_US);

  constructor(standings: SourceStandings) {
    this.#standings = standings;
  }

  /** A request was refused; true when it is one of a trunk's calls. */
  refused(transaction: Transaction, nowUs: number): boolean {
    const { client, server, fromUserKey, hasCredentials, isInDialog, uriUser } = transaction;
    if (hasCredentials || isInDialog || !isLongInvite(transaction)) return false;
    const pair = combine53(client, server);
    const carrier = this.#carrierOf(pair, nowUs);
    if (carrier.callers.size < CALLERS_MIN) carrier.callers.add(fromUserKey);
    const way = WAY.exec(unescaped(uriUser))?.[0] ?? "";
    const { ways } = carrier;
    if (ways.has(way) || ways.size < WAYS_KEPT) ways.set(way, (ways.get(way) ?? 0) + 1);
    carrier.numbers++;
    const isClientOver = this.#ofClients.add(pair, nowUs) > FAILURES_MAX;
    const isServerOver = this.#ofServers.add(server, nowUs) > FAILURES_MAX;
    if (isClientOver || isServerOver || carrier.callers.size < CALLERS_MIN) return false;
    if (this.#standings.proofsSince(client, nowUs - PROOF_US) < PROOFS_MIN) return false;
    return hasFewWays(carrier);
  }

  #carrierOf(key: number, nowUs: number): Carrier {
    let carrier = this.#carriers.get(key);
    if (carrier === undefined || nowUs - carrier.firstUs > DAY_US) {
      const callers = new Set<number>();
      carrier = { firstUs: nowUs, callers, ways: new Map(), numbers: 0 };
      this.#carriers.set(key, carrier);
    }
    this.#carriers.touch(key);
    return carrier;
  }
}

function hasFewWays({ ways, numbers }: Carrier): boolean {
  const counts = [...ways.values()].sort((a, b) => b - a);
  let usual = 0;
  for (const count of counts.slice(0, WAYS_OF_TRUNK)) usual += count;
  return usual >= SHARE_OF_WAYS * numbers;
}
