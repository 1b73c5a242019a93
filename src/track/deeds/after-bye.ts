import { DelayQueue } from "../../base/delay-queue.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { CallMedia, SentAfter } from "../calls/call-media.ts";
import { withTexts } from "../calls/call-subject.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { MediaMark } from "../media/media-marks.ts";
import { type Deed, DeedKind, dialogOf, Sign } from "./deed.ts";

const WAITING_MAX = 4096;
/** Of 72 healthy streams none lasted for 0.12 s after the answer to the BYE; a device that is slow has this long. */
const STOPPED_US = 1_000_000;
/** Looked at again so much later: the last words of an announcement are over. */
const WAIT_US = 10_000_000;
const WENT_ON_US = 10_000_000;
/** Silence and comfort noise: a few packets a second. */
const PACKETS_MIN = 50;

interface Waiting {
  readonly deed: Deed;
  readonly mark: MediaMark;
}

export interface AfterByeParts {
  readonly media: CallMedia;
  readonly events: EventList;
  readonly names: HostNames;
}

/**
 * Media that goes on from one side once it has taken the other's BYE. That the side that hung up goes on proves the BYE forged, which is
 * weighed with the deed; this is a single sign.
 */
export class AfterBye {
  readonly #parts: AfterByeParts;
  readonly #waiting = new DelayQueue<Waiting>(WAIT_US, WAITING_MAX);

  constructor(parts: AfterByeParts) {
    this.#parts = parts;
  }

  /** A BYE that is settled, some seconds after it: in an ordinary call both sides are silent by now. */
  consider(deed: Deed, nowUs: number): void {
    const { acceptedUs, call, dialogTagKey: tagKey, mediaMark: mark } = deed;
    if (deed.kind !== DeedKind.BYE || mark === null || acceptedUs === 0) return;
    if (deed.has(Sign.MEDIA_WENT_ON) || deed.isAccused) return;
    const lastUs = this.#parts.media.lastHeardUs(call, { side: other(deed), tagKey });
    if (lastUs < acceptedUs + STOPPED_US || call.dialogs.hasOtherLiveDialog(dialogOf(deed))) return;
    this.#waiting.push({ deed, mark }, nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const due = this.#waiting.takeDue(nowUs);
      if (due === undefined) break;
      this.#look(due, nowUs);
    }
  }

  #look({ deed, mark }: Waiting, nowUs: number): void {
    const { media } = this.#parts;
    const { acceptedUs, call, dialogTagKey: tagKey, side } = deed;
    if (call.dialogs.hasOtherLiveDialog(dialogOf(deed))) return;
    const sent = media.sentAfter(call, { side: other(deed), tagKey }, mark, acceptedUs);
    if (sent === null || sent.packets < PACKETS_MIN) return;
    if (sent.lastUs < acceptedUs + WENT_ON_US) return;
    // Both talk: their next call, whose beginning was not seen, or one that the deed has told of.
    if (media.lastHeardUs(call, { side, tagKey }) > acceptedUs + STOPPED_US) return;
    this.#raise(deed, sent, nowUs);
  }

  #raise(deed: Deed, { directedFlow, from, lastUs, packets }: SentAfter, nowUs: number): void {
    const { events, media, names } = this.#parts;
    const { acceptedUs, call } = deed;
    const seconds = Math.floor((lastUs - acceptedUs) / 1e6);
    const event = events.raise(EventKind.RTP_AFTER_BYE, nowUs, seconds);
    if (event === null) return;
    const to = media.receiverOf(call, directedFlow);
    event.srcHost = from.host;
    event.srcPort = from.port;
    event.dstHost = to?.host ?? deed.client;
    event.dstPort = to?.port ?? 0;
    event.client = event.srcHost;
    event.server = event.dstHost;
    const stream = `${names.text(event.dstHost)}:${event.dstPort}`;
    event.subject = withTexts(call.subject, "", stream);
    event.sinceUs = acceptedUs;
    event.evidence = [
      {
        what: "media of the side that took the BYE",
        expected: "silence once it has answered",
        seen: `${packets} packets in ${seconds} s, from ${names.text(from.host)}:${from.port}`,
      },
      { what: "media of the side that hung up", expected: "", seen: "stopped" },
    ];
  }
}

function other({ side }: Deed): 0 | 1 {
  return side === 0 ? 1 : 0;
}
