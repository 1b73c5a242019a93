import type { HostKey } from "../decode/host.ts";
import type { SourceStandings } from "../track/hosts/source-standings.ts";

/** What the run so far knows beside the fact at hand: the scale for an alert's numbers. */
export interface RunFacts {
  /** Packet time of the first packet; 0 before it. */
  readonly startUs: number;
  /** The capture's own time of a time of the pipeline. */
  captureUs(timeUs: number): number;
  /** Requests that the host was seen to send, repetitions and ACK included; 0 when it is not known. */
  requestsOf(host: HostKey): number;
  /** MAC and TTL by which most of its proven packets came; "" when that is not known. */
  wayOf(host: HostKey): string;
  /** What is proven of sources; null where nobody looks. */
  readonly standings: SourceStandings | null;
  /** How often facts of that kind were raised. */
  factCount(kind: number): number;
}

export const NO_RUN_FACTS: RunFacts = {
  startUs: 0,
  standings: null,
  captureUs: (timeUs) => timeUs,
  requestsOf: () => 0,
  wayOf: () => "",
  factCount: () => 0,
};
