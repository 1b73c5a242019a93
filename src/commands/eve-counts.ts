import type { Closeness } from "../detect/counters/closeness.ts";
import type { Signature } from "../detect/rules/signature.ts";
import { EveRecord } from "../emit/outputs/eve-record.ts";
import { eveLines } from "./eve-lines.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

export interface EveCounts {
  readonly results: readonly Closeness[];
  /** Alerts by sid. */
  readonly fired: ReadonlyMap<number, number>;
  readonly problems: readonly string[];
  readonly rules: number;
}

/**
 * What the alerts and incidents in an EVE file say of the rules that wrote them: how often they fired, and how high they
 * counted within their window. Of rules that never fired it says nothing. Throws CommandError.
 */
export function readEveCounts(path: string, signatures: readonly Signature[]): EveCounts {
  const bySid = new Map(signatures.map((signature) => [signature.alert.sid, signature]));
  const fired = new Map<number, number>();
  const results = new Map<number, Closeness>();
  let records = 0;
  for (const line of eveLines(path)) {
    const record = EveRecord.parse(line);
    const sid = record?.number("alert", "signature_id") ?? Number.NaN;
    const signature = bySid.get(sid);
    if (record === null || signature === undefined) continue;
    records++;
    const type = record.text("event_type");
    if (type === "alert") fired.set(sid, (fired.get(sid) ?? 0) + 1);
    else if (type !== "incident") continue;
    note(results, signature, record);
  }
  if (records === 0) {
    throw new CommandError(ExitCode.FAILED, [
      `${path}: no alert of a rule that is loaded; give an EVE file of sipsentry, with the same rules`,
    ]);
  }
  return { results: [...results.values()], fired, problems: [], rules: signatures.length };
}

function note(results: Map<number, Closeness>, signature: Signature, record: EveRecord): void {
  const { sid } = signature.alert;
  const { counter } = signature;
  const before = results.get(sid);
  const isCount = counter !== null && "count" in counter && counter.type !== "limit";
  const isRatio = counter?.type === "ratio";
  const needed = isCount ? counter.count : isRatio ? counter.min : 1;
  // An incident's busiest minute is within the window of a rule that counts a minute or more.
  const peak = (counter?.seconds ?? 0) >= 60 ? record.number("incident", "peak", "count") : 0;
  const counted = record.number("voip", "counter", "count") || peak || 1;
  const highest = isCount || isRatio ? counted : 1;
  if (before !== undefined && before.highest >= highest) return;
  const key = record.text("voip", "counter", "key") || record.text("incident", "key");
  results.set(sid, {
    signature,
    of: isRatio ? "ratio" : isCount ? "count" : "match",
    matches: (before?.matches ?? 0) + 1,
    highest,
    needed,
    part: highest / needed,
    numerator: highest,
    key,
    timeUs: 0,
  });
}
