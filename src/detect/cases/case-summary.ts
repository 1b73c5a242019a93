import { addTallies, emptyTallies } from "./case-part.ts";
import type { CaseEnd, CaseRecord, CaseSource, CaseState } from "./case-record.ts";
import { attackOf } from "./case-stage.ts";
import type { CaseTally } from "./case-tally.ts";
import type { OpenCase } from "./open-case.ts";

/** Addresses and calls in a record. */
const SOURCES_MAX = 16;
const CALL_IDS_MAX = 16;
const ALERT_IDS_MAX = 64;

interface RecordStart {
  readonly alertId: string;
  readonly state: CaseState;
  readonly timeUs: number;
  readonly sequence: number;
  readonly reason?: CaseEnd;
  readonly mergedInto?: string;
}

/** The case as it is now. */
export function caseRecord(
  open: OpenCase,
  { reason, mergedInto, ...start }: RecordStart,
): CaseRecord {
  const all = emptyTallies();
  const parts = [...open.parts.values()].sort((a, b) => a.startUs - b.startUs);
  const steps = parts.map((part) => {
    const { tallies } = part;
    addTallies(all, tallies);
    return part.step(tallies);
  });
  const { gravest } = open;
  const sources = sourcesOf(open, all.sources);
  // Whose name is used gets the answers, and the blame.
  for (const ip of open.forged) all.victims.add(ip, Math.max(1, all.sources.countOf(ip)));
  return {
    ...start,
    packetNumber: 0,
    flowId: 0,
    vlan: gravest.vlan,
    srcIp: gravest.srcIp,
    srcPort: 0,
    destIp: gravest.destIp,
    destPort: gravest.destPort,
    proto: gravest.proto,
    ipVersion: gravest.ipVersion,
    caseId: open.caseId,
    ...(reason !== undefined && { reason }),
    ...(mergedInto !== undefined && { mergedInto }),
    merged: [...open.merged],
    startUs: steps[0]?.startUs ?? gravest.timeUs,
    endUs: open.lastUs,
    stage: open.stage,
    severity: open.severity,
    attack: attackOf(gravest.signature),
    sid: gravest.signature.sid,
    alerts: open.alerts,
    matches: steps.reduce((sum, { matches }) => sum + matches, 0),
    sourceCount: Math.max(
      sources.length,
      all.sources.distinct - open.forged.size - open.relays.size,
    ),
    sources,
    forged: [...open.forged],
    macs: [...open.macs],
    victims: all.victims.list(),
    accounts: all.accounts.list(),
    callIds: [...open.callIds].slice(0, CALL_IDS_MAX),
    calls: open.callSummary,
    steps,
    alertIds: open.alertIds.slice(0, ALERT_IDS_MAX),
  };
}

/** Who acts in it, without the addresses whose name somebody else used. */
function sourcesOf({ forged, notes, relays }: OpenCase, tally: CaseTally): CaseSource[] {
  return tally
    .top(SOURCES_MAX + forged.size + relays.size)
    .filter(({ text }) => !forged.has(text) && !relays.has(text))
    .slice(0, SOURCES_MAX)
    .map(({ text, count }) => {
      const { isProven = false, shared = "", agent = "" } = notes.get(text) ?? {};
      return { ip: text, count, isProven, shared, agent };
    });
}
