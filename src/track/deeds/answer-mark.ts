import { hash53 } from "../../base/hash.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";

/** What tells an answer from any other one, byte by byte; never 0. */
export function answerMarkOf({ bytes, start, end }: SipMessageView): number {
  return hash53(bytes, start, end) | 1;
}
