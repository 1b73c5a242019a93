import type { WatchdogSettings } from "./sensor/watchdog.ts";

/** Bounds and waits of the trackers; `config.ts` gives them names, units and defaults for users. */
export interface TrackSettings {
  readonly hostsMax: number;
  readonly transactionsMax: number;
  /** Bytes of recent requests that are kept to make texts from. */
  readonly messageBytesMax: number;
  readonly callsMax: number;
  readonly accountsMax: number;
  readonly streamsMax: number;
  readonly endpointsMax: number;
  /** How long a client may take to answer a challenge before it counts as abandoned. */
  readonly challengeWaitMs: number;
  /** How long a request may stay without any response. */
  readonly unansweredWaitMs: number;
  /** How long a first rejected credential is held: a success within it was a refresh. */
  readonly authSettleMs: number;
  /** How long a call is kept without any message, when no BYE ended it. */
  readonly callIdleMs: number;
  /** How long an ended call is kept, to see what goes on after it. */
  readonly callLingerMs: number;
  readonly watchdog: WatchdogSettings;
}

export const DEFAULT_TRACK_SETTINGS: TrackSettings = {
  hostsMax: 262_144,
  transactionsMax: 262_144,
  messageBytesMax: 32 * 1_048_576,
  callsMax: 65_536,
  accountsMax: 262_144,
  streamsMax: 262_144,
  endpointsMax: 131_072,
  challengeWaitMs: 4_000,
  unansweredWaitMs: 4_000,
  authSettleMs: 4_000,
  callIdleMs: 4 * 3_600_000,
  callLingerMs: 32_000,
  watchdog: { dropsPercent: 1, silenceS: 60 },
};
