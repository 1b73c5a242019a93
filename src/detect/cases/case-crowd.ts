import type { Alert } from "../alerts/alert.ts";

/** Whether a rule tells of more sources than its alerts name: what it counted before it fired is not kept by address. */
export interface CaseCrowd {
  /** Different sources that its rule had counted when it fired first; 0 where it counts no sources. */
  readonly leastSources: number;
  /** It counts what all sources do to one host, so that others may have had a part in it. */
  readonly isOfAll: boolean;
}

/** `unique_on` that are of a source. */
const SOURCES: ReadonlySet<string> = new Set(["client", "src_ip"]);
/** `track` keys that name no source. Those of accounts and numbers do neither, but are mostly one's own. */
const OF_ALL: ReadonlySet<string> = new Set(["by_server", "by_dst"]);

export function crowdOf({ voip: { counter } }: Alert): CaseCrowd {
  if (counter === undefined) return { leastSources: 0, isOfAll: false };
  return {
    leastSources: SOURCES.has(counter.uniqueOn ?? "") ? counter.count : 0,
    // A rule that fires at the first match has counted no other source.
    isOfAll: OF_ALL.has(counter.track) && counter.count > 1,
  };
}
