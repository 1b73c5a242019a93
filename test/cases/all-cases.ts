import { BLIND } from "./blind.ts";
import { DIALOG_IDENTITY } from "./dialog-identity.ts";
import { MEDIA_HANDOVER } from "./media-handover.ts";
import { MEDIA_ICE } from "./media-ice.ts";
import { MEDIA_INJECTION } from "./media-injection.ts";
import { MEDIA_SECOND_SEQUENCE } from "./media-sequences.ts";
import { ONE_SIGNAL } from "./one-signal.ts";
import { PARTY_MOVED } from "./party-moved.ts";
import type { Case } from "./scene.ts";
import { SDP_MULTIPART } from "./sdp-bodies.ts";
import { STATE_REUSE } from "./state-reuse.ts";
import { TRUST_CLAIM } from "./trust-claims.ts";

export const ALL_CASES: readonly Case[] = [
  ...BLIND,
  ...DIALOG_IDENTITY,
  ...MEDIA_HANDOVER,
  ...MEDIA_ICE,
  ...MEDIA_INJECTION,
  ...MEDIA_SECOND_SEQUENCE,
  ...ONE_SIGNAL,
  ...PARTY_MOVED,
  ...SDP_MULTIPART,
  ...STATE_REUSE,
  ...TRUST_CLAIM,
];
