import type { HostNames } from "../../decode/host-names.ts";
import type { DetectionEvent, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { type Deed, DeedKind, Sign } from "./deed.ts";

/** Raises a weighed deed as the one fact of its gravest kind. False when there was no room for it. */
export function raiseDeed(deed: Deed, events: EventList, names: HostNames, nowUs: number): boolean {
  const value = Math.max(1, deed.balance);
  const event = events.raise(kindOf(deed), nowUs, value);
  if (event === null) return false;
  deed.raised = value;
  aim(event, deed);
  const isForged = !deed.has(Sign.FOREIGN);
  const isProven =
    deed.has(Sign.OTHER_WAY) ||
    deed.has(Sign.MEDIA_WENT_ON) ||
    deed.has(Sign.DISOWNED) ||
    deed.has(Sign.CONTRADICTED);
  event.isForged = isForged && isProven;
  const sender = names.text(deed.client);
  const parties = deed.call.parties
    .hosts()
    .filter((host) => names.isKnown(host))
    .slice(0, 8)
    .map((host) => names.text(host));
  event.evidence = [
    {
      what: isForged
        ? "parties of the call; the sender's address is one and may be forged"
        : "parties of the call",
      expected: parties.join(", "),
      seen: sender,
    },
    ...deed.evidence,
  ];
  return true;
}

function aim(event: DetectionEvent, deed: Deed): void {
  event.srcHost = deed.client;
  event.srcPort = deed.clientPort;
  event.dstHost = deed.server;
  event.dstPort = deed.serverPort;
  event.client = deed.client;
  event.server = deed.server;
  event.subject = deed.subject;
  event.origin = deed.origin;
}

function kindOf(deed: Deed): number {
  switch (deed.kind) {
    case DeedKind.BYE:
      return byeKindOf(deed);
    case DeedKind.CANCEL:
      return deed.has(Sign.FOREIGN)
        ? EventKind.SIP_CANCEL_FOREIGN_SOURCE
        : EventKind.SIP_CANCEL_PATH_CHANGED;
    case DeedKind.MOVE:
      return EventKind.SIP_MEDIA_REDIRECTED_BY_STRANGER;
    case DeedKind.REFER:
      return EventKind.SIP_REFER_BY_STRANGER;
    case DeedKind.ANSWER:
      return deed.has(Sign.FOREIGN)
        ? EventKind.SIP_ANSWER_BY_STRANGER
        : EventKind.SIP_ANSWER_PATH_CHANGED;
    default:
      return EventKind.SIP_DIALOG_REQUEST_BY_STRANGER;
  }
}

function byeKindOf(deed: Deed): number {
  if (deed.has(Sign.MEDIA_WENT_ON)) return EventKind.SIP_BYE_MEDIA_CONTINUES;
  if (deed.has(Sign.DISOWNED)) return EventKind.SIP_BYE_DISOWNED;
  if (deed.has(Sign.FOREIGN)) return EventKind.SIP_BYE_FOREIGN_SOURCE;
  if (deed.has(Sign.OTHER_WAY)) return EventKind.SIP_BYE_PATH_CHANGED;
  if (deed.has(Sign.TAGS)) return EventKind.SIP_BYE_TAG_MISMATCH;
  return EventKind.SIP_BYE_CSEQ_OUT_OF_ORDER;
}
