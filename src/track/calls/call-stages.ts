import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Statistics } from "../facts/statistics.ts";
import { Rank } from "../hosts/standing.ts";
import type { MediaTracker } from "../media/media.ts";
import type { CallTable } from "./call-table.ts";
import type { Call } from "./calls.ts";

/** Steps of a call's life: it gains standing, is answered, ends. */
export class CallStages {
  /** `isSure`: nothing is left of it that could go on. */
  onEnd: (call: Call, nowUs: number, isSure: boolean) => void = () => {};
  readonly #calls: CallTable;
  readonly #media: MediaTracker;
  readonly #statistics: Statistics;

  readonly #events: EventList;

  constructor(
    calls: CallTable,
    parts: { media: MediaTracker; statistics: Statistics; events: EventList },
  ) {
    this.#calls = calls;
    this.#media = parts.media;
    this.#statistics = parts.statistics;
    this.#events = parts.events;
  }

  attempted(): void {
    this.#statistics.callAttempts++;
  }

  /** Again after an answer, or tried once more: what had ended goes on. */
  revive(call: Call): void {
    this.#calls.change(call, () => {
      call.endedUs = 0;
    });
  }

  /** 2xx reached the caller. */
  answered(call: Call, nowUs: number): void {
    this.revive(call);
    if (call.answeredUs > 0) return;
    call.answeredUs = nowUs;
    this.#statistics.callsAnswered++;
  }

  /** The caller acknowledged an answer, for the first time. */
  acknowledged(call: Call, nowUs: number): void {
    this.#tell(EventKind.CALL_ACKNOWLEDGED, call, nowUs, 0);
  }

  /** The last dialog of the call was hung up. */
  hungUp(call: Call, nowUs: number): void {
    if (!call.isLive) return;
    if (call.answeredUs > 0) {
      this.#statistics.callsEnded++;
      this.#tell(EventKind.CALL_ENDED, call, nowUs, (nowUs - call.answeredUs) / 1e6);
    }
    this.end(call, nowUs);
  }

  /** A party of its own has hung up what a forged BYE had ended before. */
  hungUpAgain(call: Call, nowUs: number): void {
    this.onEnd(call, nowUs, true);
  }

  /** It goes on although it was hung up: kept until its party is heard again. */
  disputed(call: Call): void {
    this.#calls.change(call, () => {
      call.isDisputed = true;
    });
  }

  end(call: Call, nowUs: number): void {
    this.#calls.change(call, () => {
      call.endedUs = nowUs;
    });
    this.onEnd(call, nowUs, false);
  }

  /** The caller is the source, whose call it is. */
  #tell(kind: number, call: Call, nowUs: number, value: number): void {
    const event = this.#events.raise(kind, nowUs, value);
    if (event === null) return;
    event.srcHost = call.client;
    event.client = call.client;
    event.dstHost = call.server;
    event.server = call.server;
    event.subject = call.subject;
  }

  lift(call: Call, rank: Rank): void {
    if (call.rank >= rank) return;
    this.#calls.change(call, () => {
      call.rank = rank;
    });
    if (rank >= Rank.ACCEPTED) this.#media.answered(call);
  }

  /** Lifts the dialog with that callee's tag, and the hosts that take part in it. */
  prove(call: Call, toTagKey: number, rank: Rank): void {
    const row = call.dialogs.findDialog(toTagKey);
    if (row >= 0) call.dialogs.liftDialog(row, rank);
    call.parties.prove(toTagKey, rank);
  }

  touch(call: Call, nowUs: number): void {
    this.#calls.touch(call, nowUs);
  }
}
