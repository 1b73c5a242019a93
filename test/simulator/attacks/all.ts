import { ACCOUNT_ATTACKS } from "./accounts.ts";
import type { Attack } from "./attack.ts";
import { ENUMERATIONS } from "./enumeration.ts";
import { FLOODS } from "./floods.ts";
import { FRAUDS } from "./fraud.ts";
import { GUESSING } from "./guessing.ts";
import { MEDIA_ATTACKS } from "./media.ts";
import { TAKEOVERS } from "./takeover.ts";
import { TEARDOWNS } from "./teardown.ts";

export const ATTACKS: readonly Attack[] = [
  ...ENUMERATIONS,
  ...GUESSING,
  ...FLOODS,
  ...TEARDOWNS,
  ...TAKEOVERS,
  ...MEDIA_ATTACKS,
  ...FRAUDS,
  ...ACCOUNT_ATTACKS,
];
