import { openSource } from "../../src/capture/file-source.ts";
import { inPieces } from "./captured.ts";
import { captureFile } from "./mutated-attack.ts";
import type { CapturePacket } from "./pcap-writer.ts";
import { runSource } from "./run-capture.ts";

/** A guess that was right is still a guess, and so on: alerts that tell of one deed. */
const FAMILIES: readonly (readonly string[])[] = [
  ["auth_bruteforce", "bruteforce_success", "password_spray"],
  ["rtp_injection", "rtp_flood", "rtpbleed", "reinvite_hijack"],
];

export interface FoundAttack {
  readonly attack: string;
  readonly severity: number;
  readonly timeUs: number;
}

/** Alerts of severity 1-3, by what they say was done. */
export async function attacksIn(packets: readonly CapturePacket[]): Promise<FoundAttack[]> {
  const source = openSource(["-"], { stdin: inPieces(captureFile(packets), 1 << 20) });
  const { alerts } = await runSource(source);
  return alerts
    .filter(({ signature }) => signature.severity <= 3)
    .flatMap(({ signature: { metadata, severity }, timeUs }) =>
      (metadata.attack ?? [""]).map((attack) => ({ attack, severity, timeUs })),
    );
}

export function gravest(
  found: readonly FoundAttack[],
  attacks: readonly string[],
): FoundAttack | undefined {
  return found
    .filter(({ attack }) => attacks.includes(attack))
    .toSorted((a, b) => a.severity - b.severity)[0];
}

/** What the gravest alerts say was done, and what is told of the same deed. */
export function deedsOf(found: readonly FoundAttack[]): { least: number; attacks: string[] } {
  const least = Math.min(...found.map(({ severity }) => severity));
  const kinds = found.filter(({ severity }) => severity === least).map(({ attack }) => attack);
  const kin = FAMILIES.filter((of) => of.some((one) => kinds.includes(one))).flat();
  return { least, attacks: [...kinds, ...kin] };
}
