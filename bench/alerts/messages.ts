/** What `bench/alerts.ts` and the sensors that it compares say to each other. */

export interface Setup {
  /** Checkout of the build. */
  readonly build: string;
  readonly captures: readonly string[];
  /** Folder of its spool. */
  readonly dir: string;
  /** As `--output` takes it. */
  readonly target: string;
  /** Somebody takes them: a round ends when all are acknowledged. */
  readonly isReceived: boolean;
}

export type Asked =
  | { readonly kind: "round"; readonly alerts: number }
  | { readonly kind: "close" };

export interface Ready {
  readonly kind: "ready";
  /** Different alerts that the captures give. */
  readonly alerts: number;
}

/** Alerts as fast as they go. */
export interface Round {
  readonly kind: "round";
  /** From the first alert until all are acknowledged. */
  readonly ms: number;
  /** Until the last one was raised. */
  readonly raisedMs: number;
  /** CPU time of the packet thread for one alert: masked, made into a line, spooled, written. */
  readonly threadUs: number;
  /** Of a line. */
  readonly characters: number;
}
