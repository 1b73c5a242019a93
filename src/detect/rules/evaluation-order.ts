import { isBitTest } from "../counters/bits.ts";
import type { Signature } from "./signature.ts";

const ACTION_RANK: Readonly<Record<Signature["action"], number>> = {
  pass: 0,
  drop: 1,
  reject: 2,
  alert: 3,
};

/** Suricata's order: action, setters of bits before readers, priority; else as loaded. */
export function inEvaluationOrder(signatures: readonly Signature[]): Signature[] {
  const ranked = signatures.map((signature) => ({ signature, rank: rankOf(signature) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ signature }) => signature);
}

/** Digits of 4 for the action and the bits of flows, keys and hosts, before the priority, which is 255 at most. */
function rankOf(signature: Signature): number {
  const digits = [
    ACTION_RANK[signature.action],
    bitRank(signature, "flow"),
    bitRank(signature, "x"),
    bitRank(signature, "host"),
  ];
  return 256 * digits.reduce((rank, digit) => 4 * rank + digit, 0) + signature.alert.severity;
}

function bitRank(signature: Signature, store: "flow" | "x" | "host"): number {
  const used = [...signature.bitTests, ...signature.bitActions].filter(
    (bit) => bit.store === store,
  );
  if (used.length === 0) return 3;
  const reads = used.some(isBitTest);
  const sets = used.some((bit) => !isBitTest(bit));
  return sets ? (reads ? 1 : 0) : 2;
}
