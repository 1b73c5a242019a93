import { attackName, attackPage } from "./attack-names.ts";
import type { EveRecord } from "./eve-record.ts";

const TACTIC = /^TA\d{4}$/;
const TECHNIQUE = /^(T\d{4})(\.\d{3})?$/;

interface Entry {
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly reference: readonly string[];
}

/** ECS `threat.*`, from the rule's metadata; undefined when it names no technique of ATT&CK. */
export function ecsThreat(eve: EveRecord): object | undefined {
  const tactics = eve.texts("alert", "metadata", "mitre_tactic_id").filter((id) => TACTIC.test(id));
  const ids = eve
    .texts("alert", "metadata", "mitre_technique_id")
    .filter((id) => TECHNIQUE.test(id));
  if (tactics.length === 0 && ids.length === 0) return undefined;
  const techniques = [...new Set(ids.map((id) => id.slice(0, 5)))];
  const subtechniques = ids.filter((id) => id.length > 5);
  return {
    framework: "MITRE ATT&CK",
    ...(tactics.length > 0 && { tactic: entry(tactics) }),
    ...(techniques.length > 0 && {
      technique: {
        ...entry(techniques),
        ...(subtechniques.length > 0 && { subtechnique: entry(subtechniques) }),
      },
    }),
  };
}

function entry(ids: readonly string[]): Entry {
  return {
    id: ids,
    // One that we do not know keeps its place.
    name: ids.map((id) => attackName(id) ?? id),
    reference: ids.map(attackPage),
  };
}
