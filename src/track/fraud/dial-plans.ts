import { KeyMap } from "../../base/key-map.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { LearnedPlans } from "../numbers/learned-plans.ts";
import type { NumberPlan, NumberReading } from "../numbers/number-plan.ts";
import type { Transaction } from "../transactions/transaction.ts";

const SERVERS_MAX = 1_024;
/** How numbers that are dialled at a server are read; `sensor.dial_plan`. */
const Mode = { NONE: 0, LEARNED: 1, DECLARED: 2 } as const;
/** What is shorter may well be no number of the public network. */
const LONG_NUMBER = 9;

/** Reads what was dialled at a server: by the declared plan, by what that server has taught, or as far as that is safe. */
export class DialPlans {
  readonly #plan: NumberPlan;
  readonly #events: EventList;
  readonly #learned = new LearnedPlans();
  /** The mode that was told of each server. */
  readonly #told = new KeyMap<number>(SERVERS_MAX);

  constructor(plan: NumberPlan, events: EventList) {
    this.#plan = plan;
    this.#events = events;
  }

  /** Null for what is no number. */
  read({ server, uriUser }: Transaction): NumberReading | null {
    if (this.#plan.isDeclared) return this.#plan.read(uriUser);
    const learned = this.#learned.read(server, uriUser);
    if (learned === null) return this.#plan.read(uriUser);
    const reading = this.#plan.read(learned.international);
    if (reading === null || reading.e164 === "") return this.#plan.read(uriUser);
    const { home, prefix, stands } = learned;
    const dialled = prefix === "" ? "bare digits" : prefix;
    return {
      ...reading,
      how: `${dialled} learned as ${stands} from this server's calls`,
      isAbroad: home === "" ? null : !reading.e164.startsWith(home),
    };
  }

  /** A server's own call, to its carrier, was answered. */
  sent({ client, uriUser }: Transaction, nowUs: number): void {
    if (!this.#plan.isDeclared) this.#learned.sent(client, uriUser, nowUs);
  }

  /** A call to a server was answered. Tells once how its numbers are read, and again when that has become better. */
  connected(transaction: Transaction, reading: NumberReading | null, nowUs: number): void {
    const { server, uriUser } = transaction;
    if (this.#plan.isDeclared) {
      this.#tell(transaction, Mode.DECLARED, `declared: ${this.#plan.settings.country}`, nowUs);
      return;
    }
    if (this.#learned.connected(server, uriUser, nowUs)) {
      const learned = this.#learned.read(server, uriUser);
      if (learned === null) return;
      const { home, prefix, stands } = learned;
      const country = home === "" ? "" : `, home country +${home}`;
      const what = prefix === "" ? "bare digits" : `"${prefix}"`;
      this.#tell(
        transaction,
        Mode.LEARNED,
        `learned: ${what} stands for ${stands}${country}`,
        nowUs,
      );
      return;
    }
    const isUnread = reading !== null && reading.e164 === "" && /^\d+$/.test(uriUser);
    if (!isUnread || uriUser.length < LONG_NUMBER) return;
    const seen =
      "none (numbers.country): national numbers are not read, calls abroad as far as that is safe";
    this.#tell(transaction, Mode.NONE, seen, nowUs);
  }

  #tell(transaction: Transaction, mode: number, seen: string, nowUs: number): void {
    const told = this.#told.get(transaction.server) ?? -1;
    if (mode <= told) return;
    this.#told.set(transaction.server, mode);
    const event = this.#events.raise(EventKind.SENSOR_DIAL_PLAN, nowUs, mode);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.evidence = [{ what: "dial plan of this server", expected: "declared or learned", seen }];
  }
}
