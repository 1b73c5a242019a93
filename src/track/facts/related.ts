/** An earlier fact that a later one follows from: what makes one story of both. */
export interface RelatedFact {
  /** `app-layer-event` name. */
  readonly event: string;
  /** Microseconds. */
  readonly timeUs: number;
  /** Who did it, as an address. */
  readonly srcIp: string;
  readonly account: string;
  /** The number that the fact carried. */
  readonly value: number;
}
