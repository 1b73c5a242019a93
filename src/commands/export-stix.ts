import { type Command, Option } from "commander";
import { EveRecord } from "../emit/outputs/eve-record.ts";
import { stixBundle, TLP, type Tlp } from "../emit/stix/stix-bundle.ts";
import { eveLines } from "./eve-lines.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Finish } from "./run.ts";
import { writeOut } from "./write-out.ts";

interface StixOptions {
  readonly eve: string;
  readonly tlp: Tlp;
}

const ID_MIN = 6;
const TECHNIQUE = /^T\d{4}(?:\.\d{3})?$/;
const TECHNIQUES_MAX = 64;

/** `sipsentry export stix CASE --eve FILE` */
export function addExportStix(parent: Command, finish: Finish): void {
  parent
    .command("stix")
    .description(
      "Print a case as a STIX 2.1 bundle for threat intelligence platforms: campaign, techniques, observables, indicators of proven addresses.",
    )
    .argument("<case>", "id of the case, or its beginning")
    .requiredOption("--eve <file>", "EVE file that holds it")
    .addOption(
      new Option("--tlp <colour>", "who may see it (Traffic Light Protocol)")
        .choices(Object.keys(TLP))
        .default("amber"),
    )
    .action(async (id: string, options: StixOptions) => {
      finish(await exportStix(id.toLowerCase(), options));
    });
}

/** In two passes: which cases were merged into it is known at its end. */
async function exportStix(id: string, { eve, tlp }: StixOptions): Promise<ExitCode> {
  const found = theCase(id, eve);
  const ids = new Set([found.text("case", "id"), ...found.texts("case", "merged")]);
  const techniques = techniquesOf(ids, eve);
  const bundle = stixBundle({ record: found, techniques, tlp });
  await writeOut([`${JSON.stringify(bundle, null, 2)}\n`]);
  return ExitCode.OK;
}

/** The last record of the one case whose id begins so. Throws CommandError where there is none, or more than one. */
function theCase(id: string, eve: string): EveRecord {
  const cases = new Map<string, EveRecord>();
  for (const line of eveLines(eve)) {
    if (id.length < ID_MIN || !line.includes('"event_type":"case"')) continue;
    const record = EveRecord.parse(line);
    const caseId = record?.text("case", "id") ?? "";
    const isMerged = record?.text("case", "reason") === "merged";
    if (record !== null && caseId.startsWith(id) && !isMerged) cases.set(caseId, record);
  }
  const [found, ...others] = cases.values();
  if (found === undefined) {
    throw new CommandError(ExitCode.USAGE, [
      `no case in ${eve} has the id ${JSON.stringify(id.slice(0, 64))}; give case.id, at least its first six digits`,
    ]);
  }
  if (others.length > 0) {
    throw new CommandError(ExitCode.USAGE, [
      `${cases.size} cases in ${eve} begin with ${JSON.stringify(id)}; give more of the id`,
    ]);
  }
  return found;
}

/** MITRE techniques that the alerts of these cases name, sorted. */
function techniquesOf(cases: ReadonlySet<string>, eve: string): string[] {
  const techniques = new Set<string>();
  for (const line of eveLines(eve)) {
    if (!line.includes('"event_type":"alert"')) continue;
    const record = EveRecord.parse(line);
    if (record === null || !cases.has(record.text("voip", "case_id"))) continue;
    for (const one of record.texts("alert", "metadata", "mitre_technique_id"))
      if (TECHNIQUE.test(one) && techniques.size < TECHNIQUES_MAX) techniques.add(one);
  }
  return [...techniques].sort();
}
