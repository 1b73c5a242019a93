import { MEDIA_HANDOVER } from "./media-handover.ts";
import { MEDIA_ICE } from "./media-ice.ts";
import { MEDIA_INJECTION } from "./media-injection.ts";
import { MEDIA_SECOND_SEQUENCE } from "./media-sequences.ts";
import type { Case } from "./scene.ts";
import { TRUST_CLAIM } from "./trust-claims.ts";

export const ALL_CASES: readonly Case[] = [
  ...MEDIA_HANDOVER,
  ...MEDIA_SECOND_SEQUENCE,
  ...MEDIA_INJECTION,
  ...MEDIA_ICE,
  ...TRUST_CLAIM,
];
