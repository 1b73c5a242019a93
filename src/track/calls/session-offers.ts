import type { Span } from "../../base/ascii.ts";
import { SdpView } from "../../decode/sdp.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { sessionBodyOf } from "../../decode/sip/session-body.ts";
import type { CallLog } from "../call-records/call-log.ts";
import type { MediaMove } from "../deeds/deed.ts";
import type { MediaTracker } from "../media/media.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import type { Call, CallEnd, CallSide } from "./calls.ts";

/** What a side's new description says that the one before did not. */
export interface SessionChanges {
  /** Audio at an address that the side did not have; null without. Video may come and go beside it. */
  readonly move: MediaMove | null;
  /** Addresses that the side sends from, and will not any more: it does not name them, or will only receive there. */
  readonly silenced: readonly MediaEndpoint[];
}

const NO_CHANGES: SessionChanges = { move: null, silenced: [] };

/** Session descriptions of calls: where each side wants its media (RFC 3264). */
export class SessionOffers {
  readonly #media: MediaTracker;
  readonly #log: CallLog | null;
  readonly #sdp = new SdpView();
  readonly #body: Span = { start: 0, end: 0 };

  /** `log` is told of each description; null where no call records are wanted. */
  constructor(media: MediaTracker, log: CallLog | null) {
    this.#media = media;
    this.#log = log;
  }

  /** Claims what the message's description names for that end of the call. */
  announce(message: SipMessageView, call: Call, end: CallEnd): void {
    if (!this.#decode(message)) return;
    this.#log?.described(call, end.side, this.#sdp, message);
    this.#media.announce(this.#sdp, call, end);
  }

  /** What a new description of that side changes. */
  changesIn(message: SipMessageView, call: Call, side: CallSide): SessionChanges {
    if (!this.#decode(message)) return NO_CHANGES;
    const audio = this.#audio(call, side);
    const isMove = audio !== null && isNewTo(call, side, audio);
    return { move: isMove ? audio : null, silenced: this.#silenced(call, side) };
  }

  /** Where the message's description has audio of that side, known or not; null when it has none. */
  audioIn(message: SipMessageView, call: Call, side: CallSide): MediaMove | null {
    return this.#decode(message) ? this.#audio(call, side) : null;
  }

  #audio(call: Call, side: CallSide): MediaMove | null {
    const named = this.#sdp.media.slice(0, this.#sdp.mediaCount);
    const audio = named.find(({ kind, port, host }) => kind === "audio" && port > 0 && host > 0);
    if (audio === undefined) return null;
    const own = call.endpoints.filter((_, index) => call.sideOfEndpoint(index) === side);
    const left = own.filter(
      (old) => !named.some(({ host, port }) => host === old.host && port === old.port),
    );
    return { host: audio.host, port: audio.port, left };
  }

  #silenced(call: Call, side: CallSide): readonly MediaEndpoint[] {
    const sends = this.#sdp.media
      .slice(0, this.#sdp.mediaCount)
      .filter(({ direction }) => direction === "sendrecv" || direction === "sendonly");
    return call.endpoints.filter(
      (own, index) =>
        call.sideOfEndpoint(index) === side &&
        !sends.some(({ host, port }) => host === own.host && port === own.port),
    );
  }

  #decode(message: SipMessageView): boolean {
    if (!sessionBodyOf(message, this.#body)) return false;
    const { start, end } = this.#body;
    return this.#sdp.decode(message.bytes, start, end, message.domain);
  }
}

/** The side did not have that address before. */
export function isNewTo(call: Call, side: CallSide, audio: MediaMove): boolean {
  return !call.endpoints.some(
    ({ host, port }, index) =>
      call.sideOfEndpoint(index) === side && host === audio.host && port === audio.port,
  );
}
