import type { Adversary } from "./adversary.ts";

/** What an adversary does to stay unseen; DESIGN of the trackers must not let one of these switch a detection off. */
export const EVASIONS = [
  "slowed-5x",
  "5-sources",
  "20-sources",
  "no-tool-habits",
  "constant-branch",
  "future-dated-packet",
  "starts-in-the-middle",
  "loss-5-percent",
  "forged-options-first",
  "forged-invite-first",
  "made-up-via",
  "repeated-invite",
  "media-claim",
  "four-forged-rtp",
  "forged-503",
] as const;

export type Evasion = (typeof EVASIONS)[number];

export interface Attack {
  readonly name: string;
  /** Metadata `attack` or message of the alert that has to come. */
  readonly kind: RegExp;
  /** The alert is at least as urgent: 1 is the highest. */
  readonly severityMax: number;
  readonly evasions: readonly Evasion[];
  readonly play: (adversary: Adversary) => void;
}
