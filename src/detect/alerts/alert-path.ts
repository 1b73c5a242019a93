import type { Counters } from "../counters/counters.ts";
import type { MatchContext } from "../match-context.ts";
import type { BufferReader } from "../payload/buffer-reader.ts";
import { frameOf } from "../payload/frame.ts";
import type { RuleState } from "../rules/rule-state.ts";
import { PACKET_ALERTS_MAX, type RuleSet, type Signature } from "../rules/signature.ts";
import { NO_RUN_FACTS, type RunFacts } from "../run-facts.ts";
import type { SignatureMatcher } from "../signature-matcher.ts";
import type { Alert } from "./alert.ts";
import { buildAlert } from "./alert-builder.ts";
import type { Attacks } from "./attacks.ts";

export interface AlertPathParts {
  readonly context: MatchContext;
  readonly reader: BufferReader;
  readonly matcher: SignatureMatcher;
  readonly counters: Counters;
  readonly state: RuleState;
  readonly attacks: Attacks;
  readonly onAlert: (alert: Alert) => void;
}

/** From a match to an alert: suppression, thresholds, incidents, the cap of a packet and the ceiling of what is written. */
export class AlertPath {
  /** The scale for the numbers of alerts. */
  run: RunFacts = NO_RUN_FACTS;
  /** Alerts handed out. */
  alerts = 0;
  /** Matches that a threshold or a suppress line kept back. */
  suppressed = 0;
  /** Alerts beyond the cap of their packet. */
  overflow = 0;
  readonly #parts: AlertPathParts;
  #packetAlerts = 0;
  #packetAlertsMax = PACKET_ALERTS_MAX;

  constructor(parts: AlertPathParts) {
    this.#parts = parts;
  }

  /** To be called with each new rule set. */
  use({ packetAlertsMax = PACKET_ALERTS_MAX }: RuleSet): void {
    this.#packetAlertsMax = packetAlertsMax;
  }

  /** Another packet. */
  begin(): void {
    this.#packetAlerts = 0;
  }

  /** All conditions of the signature hold: counts, and raises the alert if nothing keeps it back. */
  take(signature: Signature): void {
    const { attacks, context, counters, matcher } = this.#parts;
    if (signature.noalert) return;
    if (matcher.isSuppressed(signature, context)) {
      this.suppressed++;
      return;
    }
    const isAlert = counters.allows(signature, context);
    const verdict = attacks.incidents.match(signature, context, counters, isAlert);
    if (verdict === "keep") this.suppressed++;
    else if (verdict === "write") this.#raise(signature);
    else this.#markAlerted(signature);
  }

  #raise(signature: Signature): void {
    const { attacks, context, counters, onAlert, reader, state } = this.#parts;
    // Time may raise facts about many things at once; the limit is one of packets.
    if (context.packet !== null && ++this.#packetAlerts > this.#packetAlertsMax) {
      this.overflow++;
      return;
    }
    this.#markAlerted(signature);
    const counter = counters.of(signature);
    if (!attacks.rate.admits(signature, context, counter, this.run.standings)) return;
    this.alerts++;
    const { flowSlot, flows } = context;
    const flowBits = flowSlot < 0 ? [] : state.flowBits(flowSlot, flows.generation(flowSlot));
    const extra = { run: this.run, flowBits, frame: frameOf(signature, reader) };
    const alert = buildAlert(signature, context, counter, extra);
    attacks.raise({ signature, context, counters }, alert, onAlert);
  }

  /** Also for an alert that only counts in its incident. */
  #markAlerted(signature: Signature): void {
    const { context, state } = this.#parts;
    state.changeOnAlert(signature, context);
    context.flows.markAlerted(context.deciderSlot);
  }
}
