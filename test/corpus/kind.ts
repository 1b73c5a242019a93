/** What an alert must speak of to count for an attack: pattern over its message, category and metadata. */
const KINDS: readonly (readonly [label: string, pattern: RegExp])[] = [
  ["enum", /enum|extension|walk/i],
  ["bruteforce", /brute|guess|credential|password|crack/i],
  ["password_spray", /spray|guess|credential|brute/i],
  ["register_flood", /flood|enum/i],
  ["invite_flood", /flood/i],
  ["options_flood", /flood/i],
  ["rtp_flood", /flood|inject|rtp|media/i],
  ["bye_spoof", /bye|tear/i],
  ["cancel_attack", /cancel/i],
  ["rtp_inject", /rtp|media|ssrc|inject/i],
  ["sip_scan", /scan|sweep|recon|fingerprint|tool|enum/i],
  ["mixed", /enum|brute|guess/i],
];

/** A scanner that gives up after two requests has not walked or guessed anything yet. */
const GIVEN_UP = /scan|fingerprint|tool|enum|brute|guess/i;

/** The pattern for a capture; undefined when its kind of attack has no shipped rules yet. */
export function kindOf(label: string, file: string): RegExp | undefined {
  const kind = KINDS.find(([prefix]) => label.startsWith(prefix))?.[1];
  return kind !== undefined && file.includes("gives_up") ? GIVEN_UP : kind;
}
