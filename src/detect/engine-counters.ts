/** What the engine has done so far (EVE stats.detect, metrics). */
export interface EngineCounters {
  /** Alerts handed out. */
  readonly alerts: number;
  /** Matches that a threshold or a suppress line kept back. */
  readonly suppressed: number;
  /** Alerts beyond the limit of one packet. */
  readonly overflow: number;
  /** Alerts beyond what is written in a minute. */
  readonly heldBack: number;
  /** Signatures evaluated past their header. */
  readonly evaluations: number;
  /** Buffers given up because matching took too many steps. */
  readonly stepLimits: number;
  /** Times that a rule was suspended because its regular expressions cost too much. */
  readonly suspensions: number;
  /** The same by `gid:sid`. */
  readonly suspendedRules: ReadonlyMap<string, number>;
  /** Keys that counters and bits forgot because a limit was reached. */
  readonly evictions: number;
}
