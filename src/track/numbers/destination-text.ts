import type { Contradiction } from "../facts/event.ts";
import type { NumberReading } from "./number-plan.ts";

/** Where a call goes, as evidence. A URI (RFC 3966), so that whoever masks users finds the number. */
export function destinationText({ e164, entry, how }: NumberReading): Contradiction {
  const name = entry === null ? "" : `: ${entry.name} (${entry.class.replaceAll("_", " ")})`;
  return {
    what: "destination",
    expected: "",
    seen: e164 === "" ? how : `tel:+${e164} (${how})${name}`,
  };
}
