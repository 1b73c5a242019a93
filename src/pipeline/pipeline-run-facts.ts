import type { PacketClock } from "../base/packet-clock.ts";
import type { RunFacts } from "../detect/run-facts.ts";
import type { EventList } from "../track/facts/event.ts";
import type { Statistics } from "../track/facts/statistics.ts";
import type { Tracker } from "../track/tracker.ts";

export interface RunParts {
  readonly statistics: Statistics;
  readonly tracker: Tracker;
  readonly clock: PacketClock;
  readonly events: EventList;
}

/** What the engine may ask of the run so far. */
export function runFactsOf({ clock, events, statistics, tracker }: RunParts): RunFacts {
  const { hosts, standings } = tracker;
  return {
    get startUs() {
      return statistics.firstUs;
    },
    standings,
    captureUs: (timeUs) => clock.captureUs(timeUs),
    requestsOf: (host) => hosts.get(host)?.sentRequests ?? 0,
    wayOf: (host) => {
      const known = hosts.get(host);
      return known === undefined ? "" : hosts.usualWay(known);
    },
    factCount: (kind) => events.counts[kind] ?? 0,
  };
}
