import { BLIND } from "./blind.ts";
import { KNOWN_CUSTOMER } from "./customers.ts";
import { DIALOG_IDENTITY } from "./dialog-identity.ts";
import { IN_DIALOG } from "./in-dialog.ts";
import { MEDIA_HANDOVER } from "./media-handover.ts";
import { MEDIA_ICE } from "./media-ice.ts";
import { MEDIA_INJECTION } from "./media-injection.ts";
import { MEDIA_SECOND_SEQUENCE } from "./media-sequences.ts";
import { ONE_SIGNAL } from "./one-signal.ts";
import { OUTAGE } from "./outages.ts";
import { PARTY_MOVED } from "./party-moved.ts";
import { PROBE } from "./probes.ts";
import { RTPBLEED } from "./rtpbleed.ts";
import type { Case } from "./scene.ts";
import { SDP_MULTIPART } from "./sdp-bodies.ts";
import { SDP_BUNDLE } from "./sdp-bundle.ts";
import { STATE_REUSE } from "./state-reuse.ts";
import { TRANSACTION_IDENTITY } from "./transactions.ts";
import { TRUST_CLAIM } from "./trust-claims.ts";

export const ALL_CASES: readonly Case[] = [
  ...BLIND,
  ...KNOWN_CUSTOMER,
  ...DIALOG_IDENTITY,
  ...IN_DIALOG,
  ...MEDIA_HANDOVER,
  ...MEDIA_ICE,
  ...MEDIA_INJECTION,
  ...MEDIA_SECOND_SEQUENCE,
  ...ONE_SIGNAL,
  ...OUTAGE,
  ...PARTY_MOVED,
  ...PROBE,
  ...RTPBLEED,
  ...SDP_MULTIPART,
  ...SDP_BUNDLE,
  ...STATE_REUSE,
  ...TRANSACTION_IDENTITY,
  ...TRUST_CLAIM,
];
