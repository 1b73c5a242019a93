import type { MediaTracker } from "../media/media.ts";
import type { CallTable } from "./call-table.ts";
import type { Call } from "./calls.ts";

/** What others than the trackers of calls want to know of a call, by its Call-ID. */
export class CallLives {
  readonly #calls: CallTable;
  readonly #media: MediaTracker;

  constructor(calls: CallTable, media: MediaTracker) {
    this.#calls = calls;
    this.#media = media;
  }

  /** A call of that Call-ID was answered, from its INVITE on as the capture has it, and has not ended. */
  isUp(callKey: number): boolean {
    return this.#answered(callKey, true) !== null;
  }

  /** The same, and it may have ended. */
  wasUp(callKey: number): boolean {
    return this.#answered(callKey, false) !== null;
  }

  /** When one of its ends was heard last; 0 when none was. */
  lastMediaUs(callKey: number): number {
    const call = this.#answered(callKey, true);
    let lastUs = 0;
    for (const endpoint of call?.endpoints ?? []) {
      lastUs = Math.max(lastUs, this.#media.sources.latestUs(endpoint.sending));
    }
    return lastUs;
  }

  #answered(callKey: number, isLive: boolean): Call | null {
    for (let call = this.#calls.first(callKey); call !== null; call = call.previous) {
      if (!call.isPartial && call.answeredUs > 0 && (call.isLive || call.isDisputed || !isLive))
        return call;
    }
    return null;
  }
}
