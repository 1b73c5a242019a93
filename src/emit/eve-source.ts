import type { AlertSource } from "../detect/alert-source.ts";

/** EVE `voip.source`: whether the address can be believed, and whether others depend on it. */
export function eveSource({ isProven, shared }: AlertSource): Record<string, unknown> {
  return {
    return_path: isProven ? "proven" : "unproven",
    ...(shared !== "" && { shared }),
  };
}
