import { SIP_LEGAL_ODDITIES, SipAnomaly } from "../../decode/sip/anomaly.ts";
import {
  JUDGED_CHARS_MAX,
  judgedChars,
  strictValue,
  strictVerdict,
} from "../../decode/sip/grammar.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";

/** Messages judged per second of packet time: at most a few hundredths of one core. */
const JUDGED_PER_SECOND = 50;
const SECOND_US = 1_000_000;
/** Missing bytes and bytes after the body say nothing about the grammar of what is there. */
const NOT_JUDGED = SipAnomaly.INCOMPLETE_HEADERS | SIP_LEGAL_ODDITIES;

/**
 * Asks the grammar about odd messages, so many per second. The budget runs by packet time: the same
 * capture gives the same verdicts on any machine.
 */
export class GrammarJudge {
  /** Odd messages that were over the budget, or of which a part was and the rest is right. */
  unjudged = 0;
  #secondUs = 0;
  #judged = 0;

  /** Loads the grammar, which takes a tenth of a second: not when the first odd packet comes. */
  constructor() {
    strictValue("1 ACK", "CSeq");
  }

  /** Why the message breaks RFC 3261's grammar; null when it does not or was not judged. */
  verdict(message: SipMessageView, timeUs: number): string | null {
    if ((message.anomalies & ~NOT_JUDGED) === 0) return null;
    const secondUs = Math.floor(timeUs / SECOND_US);
    if (secondUs !== this.#secondUs) {
      this.#secondUs = secondUs;
      this.#judged = 0;
    }
    if (this.#judged === JUDGED_PER_SECOND) {
      this.unjudged++;
      return null;
    }
    this.#judged++;
    const end = Math.min(message.headersEnd, message.start + JUDGED_CHARS_MAX);
    const text = message.bytes.toString("latin1", message.start, end);
    const seen = strictVerdict(text);
    if (seen === null && judgedChars(text) < message.headersEnd - message.start) this.unjudged++;
    return seen;
  }
}
