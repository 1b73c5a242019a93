import type { CopyRing } from "../rtp/rtp-copies.ts";
import type { Turns } from "../rtp/turns.ts";
import type { WaitingSource } from "./foreign-sources.ts";
import type { Feed } from "./media-endpoints.ts";

/** What is kept of a media address to which several have sent. */
export class Rivalry {
  /** Rival senders between the packets of its own ones; null while there was none. */
  turns: Turns | null = null;
  /** A single sign of them that is not told yet; null when there is none. */
  waiting: WaitingSource | null = null;
  /** The turns were counted before the call was answered. */
  isEarly = false;
  /** There were turns before the call was answered: what goes on behind the answer may be an announcement's end. */
  wasEarly = false;
  /** Who spoke last in a pause of the address's own sender; null when it has spoken since. */
  inPause: Feed | null = null;
  /** Pauses of the own sender in which somebody else spoke, and it went on behind them. */
  pauses = 0;
  /** The last packets of all its senders; null while there was no rival. */
  copies: CopyRing | null = null;
  /** Packets in the current second, for the rate; those of a sole sender are counted by `MediaFlows`. */
  windowStartUs = 0.5;
  windowPackets = 0;
}
