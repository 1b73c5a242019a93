import type { Attack } from "./attack.ts";
import { ENUMERATIONS } from "./enumeration.ts";

export const ATTACKS: readonly Attack[] = [...ENUMERATIONS];
