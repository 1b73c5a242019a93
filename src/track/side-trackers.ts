import { CovertChannels } from "./covert-channels.ts";
import type { EventList } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import type { RequestInspector } from "./request-inspector.ts";

/** Tells whether a rule in force asks for a fact. */
export type Asked = (kind: number) => boolean;

/**
 * Trackers that stand beside calls and media and remember little or nothing. Each runs only while a rule asks for its
 * facts; without such rules the packet path costs what it did without them.
 */
export class SideTrackers {
  /** Looks at new requests; null when nobody asks. */
  onRequest: RequestInspector | null = null;
  readonly #covert: CovertChannels;

  constructor(events: EventList) {
    this.#covert = new CovertChannels(events);
  }

  ask(isAsked: Asked): void {
    const wantsCovert = isAsked(EventKind.SIP_HIDDEN_TEXT) || isAsked(EventKind.SDP_BAD_VERSION);
    this.onRequest = wantsCovert ? this.#covert : null;
  }
}
