import type { BitOption } from "../counters/bits.ts";
import type { LoadMessage } from "./load-message.ts";
import type { Signature } from "./signature.ts";

const KEYWORDS: Readonly<Record<BitOption["store"], string>> = {
  flow: "flowbit",
  x: "xbit",
  host: "hostbit",
};

interface BitUse {
  /** The first rule that asks for the bit. */
  readonly first: Signature;
  /** Rules that ask for it beside the first. */
  others: number;
}

/**
 * Warnings about bits that rules wait for (`isset`) and no loaded rule sets or toggles: such a rule never alerts, and
 * nothing else would tell. Mostly the setter is disabled or could not be loaded. Suricata says the same of flowbits
 * (detect-flowbits.c DetectFlowbitsAnalyze), here of xbits and hostbits, too.
 */
export function unsetBits(signatures: readonly Signature[]): LoadMessage[] {
  const set = new Set<string>();
  const asked = new Map<string, BitUse>();
  for (const signature of signatures) {
    for (const { bit, command } of bitsOf(signature)) {
      if (command === "set" || command === "toggle") set.add(bit);
      if (command !== "isset") continue;
      const use = asked.get(bit);
      if (use === undefined) asked.set(bit, { first: signature, others: 0 });
      else if (use.first !== signature) use.others++;
    }
  }
  const messages: LoadMessage[] = [];
  for (const [bit, { first, others }] of asked) {
    if (set.has(bit)) continue;
    const text = `${bit} is checked but not set. Checked in ${first.alert.sid} and ${others} other sigs`;
    messages.push({ level: "warning", file: first.file, line: first.line, column: 0, text });
  }
  return messages;
}

function* bitsOf(signature: Signature): Generator<{ bit: string; command: BitOption["command"] }> {
  for (const { store, names, command } of [...signature.bitTests, ...signature.bitActions])
    for (const name of names) yield { bit: `${KEYWORDS[store]} '${name}'`, command };
}
