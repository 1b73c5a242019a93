import { HostNames } from "../../src/decode/host-names.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import type { BaselineRow } from "../../src/detect/baselines/baseline-row.ts";
import {
  encodeState,
  type LearnedState,
  restoreState,
} from "../../src/detect/baselines/baseline-state.ts";
import {
  type CounterLimits,
  DEFAULT_COUNTER_LIMITS,
} from "../../src/detect/counters/counter-budget.ts";
import { Engine } from "../../src/detect/engine.ts";
import type { RuleSet } from "../../src/detect/rules/signature.ts";
import {
  type DetectionEvent,
  EventList,
  type EventSubject,
  NO_SUBJECT,
} from "../../src/track/facts/event.ts";
import { EventKind } from "../../src/track/facts/event-kind.ts";
import { FlowTable } from "../../src/track/flow.ts";
import { NewCountries } from "../../src/track/fraud/new-countries.ts";

const subjects = new Map<string, EventSubject>();

function subjectOf(method: string, account: string, destination: string): EventSubject {
  const key = `${method} ${account} ${destination}`;
  const known = subjects.get(key);
  if (known !== undefined) return known;
  const made = { ...NO_SUBJECT, method, account, destination };
  subjects.set(key, made);
  return made;
}

/** An engine that is fed with facts as trackers raise them; months of them take seconds. */
export class FactFeed {
  readonly countries = new NewCountries();
  readonly alerts: Alert[];
  readonly engine: Engine;
  events = 0;
  readonly #list = new EventList();

  #nowUs = 0;

  constructor(
    ruleSet: RuleSet,
    alerts: Alert[] = [],
    limits: CounterLimits = DEFAULT_COUNTER_LIMITS,
  ) {
    this.alerts = alerts;
    const names = new HostNames();
    this.engine = new Engine(
      ruleSet,
      names,
      new FlowTable(16),
      (alert) => this.alerts.push(alert),
      limits,
    );
  }

  get learned(): LearnedState {
    return { baselines: this.engine.baselines, countries: this.countries };
  }

  /** What is known of each key of all rules. */
  *rows(): Iterable<BaselineRow> {
    for (const table of this.engine.baselines.tables) yield* table.rows();
  }

  /** As a state file has it. */
  state(): Buffer {
    return encodeState(this.learned, this.#nowUs);
  }

  /** What goes on after a restart: a new engine that has read the state. */
  restarted(ruleSet: RuleSet): FactFeed {
    const next = new FactFeed(ruleSet, this.alerts);
    const verdict = restoreState(this.state(), next.learned);
    if (verdict.state !== "restored") throw new Error(`the state is ${verdict.state}`);
    return next;
  }

  request(timeUs: number, method: string, ends: Ends): void {
    this.fact(EventKind.SIP_REQUEST, timeUs, 0, ends, method);
  }

  fact(kind: number, timeUs: number, value: number, ends: Ends, method = "INVITE"): void {
    this.events++;
    this.#nowUs = timeUs;
    this.engine.advance(timeUs);
    this.#list.clear();
    const event = this.#list.raise(kind, timeUs, value) as DetectionEvent;
    event.srcHost = ends.client;
    event.client = ends.client;
    event.dstHost = ends.server;
    event.server = ends.server;
    event.subject = subjectOf(method, ends.account, ends.destination ?? "");
    this.engine.inspect(null, -1, null, this.#list);
  }
}

export interface Ends {
  readonly client: number;
  readonly server: number;
  readonly account: string;
  /** The number in its international form, without "+"; left out of what goes nowhere far. */
  readonly destination?: string;
}
