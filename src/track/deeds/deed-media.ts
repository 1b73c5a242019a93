import { NO_HOST } from "../../decode/host.ts";
import type { CallMedia, MediaSince } from "../calls/call-media.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import type { MediaMark } from "../media/media-marks.ts";
import { type Deed, DeedKind, dialogOf, type MediaMove, Sign } from "./deed.ts";

/** Media went on when it did for this long and with so many packets. Honest senders stop theirs within 0.12 s of their BYE. */
export const WENT_ON_MS = 1_000;
export const WENT_ON_PACKETS = 25;
/** Media that is not heard for so long has stopped. */
const STOPPED_US = 300_000;
/** Media that fell silent this shortly before or after another address took over has moved. */
export const MOVED_US = 500_000;

/** Who finds that two have taken the call hangs up on one at once (RFC 3261 13.2.2.4), and talks to the other. */
const FORK_PACKETS = 100;
/** Whoever hangs up is silent from then on (RFC 3261 15.1.1), but nobody saw whether the BYE was believed. */
const UNANSWERED_WEIGHT = 2;

export const MediaAfter = { UNSEEN: 0, STOPPED: 1, WENT_ON: 2 } as const;
export type MediaAfter = (typeof MediaAfter)[keyof typeof MediaAfter];

/** What the media of the alleged sender of a BYE or re-INVITE does when the request has been accepted. */
export class DeedMedia {
  readonly #media: CallMedia;

  constructor(media: CallMedia) {
    this.#media = media;
  }

  /** A BYE in a call of which no answers are seen: its own will not be seen either. */
  unanswered(deed: Deed): void {
    const { sources } = this.#media.mark(deed.call, deed.dialogTagKey);
    const isTalk = sources.some(({ received, side }) => {
      return side === deed.side && received >= FORK_PACKETS;
    });
    if (isTalk) deed.mediaMark = { sources };
  }

  /** A BYE was sent; its answer may never be seen. */
  sent(deed: Deed): void {
    deed.wasTalking = this.#isTalking(deed, deed.sentUs);
  }

  #isTalking({ call, dialogTagKey: tagKey, side }: Deed, nowUs: number): boolean {
    return nowUs - this.#media.lastHeardUs(call, { side, tagKey }) <= STOPPED_US;
  }

  /** The request was accepted: notes what has come until now. */
  accepted(deed: Deed, nowUs: number): void {
    const media = this.#media;
    const { call, dialogTagKey: tagKey } = deed;
    deed.wasTalking = this.#isTalking(deed, nowUs);
    if (deed.kind === DeedKind.BYE) deed.mediaMark = media.mark(call, tagKey);
    else if (deed.move !== null) deed.mediaMark = only(media.mark(call, tagKey), deed.move.left);
    else if (deed.silenced.length > 0) {
      deed.mediaMark = only(media.mark(call, tagKey), deed.silenced);
    }
  }

  /** What comes all the same from where the party's new session description has nothing come from; "" when nothing does. */
  besides(deed: Deed): string {
    const { acceptedUs, call, mediaMark, silenced, side } = deed;
    if (mediaMark === null || silenced.length === 0 || acceptedUs === 0) return "";
    const since = this.#media.since(call, side, mediaMark, acceptedUs);
    if (since.ms < WENT_ON_MS || since.packets < WENT_ON_PACKETS) return "";
    return `${since.endpoint} went on for ${since.ms} ms, ${since.packets} packets`;
  }

  /** What the alleged sender's media did after the request was accepted. */
  weigh(deed: Deed): void {
    const media = this.#media;
    const { call, mediaMark } = deed;
    if (mediaMark === null) return;
    const isBye = deed.kind === DeedKind.BYE;
    const { move } = deed;
    if (!isBye && move === null) return;
    if (isBye && call.dialogs.hasOtherLiveDialog(dialogOf(deed))) return;
    if (deed.acceptedUs === 0) {
      if (deed.status > 0) return;
      accuseUnanswered(deed, media.since(call, deed.side, mediaMark, deed.sentUs));
      return;
    }
    const since = media.since(call, deed.side, mediaMark, deed.acceptedUs);
    if (since.ms >= WENT_ON_MS && since.packets >= WENT_ON_PACKETS) {
      if (move !== null && media.isShared(call, move)) {
        deed.remark("new address", "", "has media of another call: both legs were to be joined");
        return;
      }
      deed.prove(
        Sign.MEDIA_WENT_ON,
        isBye ? "media of the party that hung up" : "media of the party that moved",
        isBye ? "silence after its BYE" : "from its new address only",
        `${since.endpoint} went on for ${since.ms} ms, ${since.packets} packets`,
      );
    } else if (move !== null && deed.isAccused && this.#hasMoved(deed, move)) {
      deed.hasMovedMedia = true;
      deed.exonerate("media of that party", "moved to the new address and stopped at the old one");
    } else if (deed.isAccused) {
      deed.remark("media of the alleged sender", "", `${since.ms} ms after the answer: it stopped`);
    }
  }

  /** Behind a proxy the new address is the party's own by now, since the next hop has announced it; behind a NAT media comes from another one. */
  #hasMoved({ call, side }: Deed, { host }: MediaMove): boolean {
    const media = this.#media;
    return (
      media.movedTo(call, side, NO_HOST, MOVED_US) || media.movedTo(call, side, host, MOVED_US)
    );
  }

  /** What the media of the party did when its BYE had been accepted, or was sent and no answer to it is seen. */
  after(deed: Deed): MediaAfter {
    if (deed.acceptedUs === 0 && deed.status > 0) return MediaAfter.UNSEEN;
    if (deed.kind !== DeedKind.BYE || !deed.wasTalking) return MediaAfter.UNSEEN;
    if (deed.has(Sign.MEDIA_WENT_ON)) return MediaAfter.WENT_ON;
    const { call, side, acceptedUs, sentUs, dialogTagKey: tagKey } = deed;
    const lastUs = this.#media.lastHeardUs(call, { side, tagKey });
    return lastUs <= Math.max(acceptedUs, sentUs) + STOPPED_US
      ? MediaAfter.STOPPED
      : MediaAfter.WENT_ON;
  }
}

function accuseUnanswered(deed: Deed, { endpoint, ms, packets }: MediaSince): void {
  if (ms < WENT_ON_MS || packets < WENT_ON_PACKETS) return;
  const what = "media of the party that hung up; no answers of this call are seen";
  const seen = `${endpoint} went on for ${ms} ms, ${packets} packets`;
  deed.accuse(Sign.MEDIA_WENT_ON, what, "silence after its BYE", seen, UNANSWERED_WEIGHT);
}

/** What those addresses of the party have sent. */
function only({ sources }: MediaMark, endpoints: readonly MediaEndpoint[]): MediaMark {
  return { sources: sources.filter(({ endpoint }) => endpoints.includes(endpoint)) };
}
