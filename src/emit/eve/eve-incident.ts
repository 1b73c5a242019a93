import type { IncidentRecord } from "../../detect/incidents/incident.ts";
import { type EveSettings, eveAddress, eveTime } from "./eve-header.ts";
import { cleanText } from "./eve-text.ts";

/** EVE `incident` object; what is empty is left out. */
export function eveIncident(
  incident: IncidentRecord,
  { textMax, ipv6Compress }: EveSettings,
): Record<string, unknown> {
  const texts = (values: readonly string[]) => values.map((text) => cleanText(text, textMax));
  const { callIds, accounts, destIps, distinct, peak } = incident;
  const top = topOf(incident, textMax, ipv6Compress);
  return {
    id: incident.incidentId,
    state: incident.state,
    ...(incident.reason !== undefined && { reason: incident.reason }),
    sequence: incident.sequence,
    start: eveTime(incident.startUs),
    end: eveTime(incident.endUs),
    duration: Math.max(0, incident.endUs - incident.startUs) / 1e6,
    count: incident.count,
    new_count: incident.newCount,
    folded: incident.folded,
    ...(distinct !== undefined && {
      unique_on: distinct.field,
      distinct: distinct.count,
      ...(distinct.isCut && { distinct_cut: true }),
    }),
    peak: { count: peak.count, seconds: peak.seconds, start: eveTime(peak.startUs) },
    ...(incident.track !== "" && {
      track: incident.track,
      key: cleanText(incident.key, textMax),
    }),
    ...(callIds.length > 0 && { call_ids: texts(callIds) }),
    ...(accounts.length > 0 && { accounts: texts(accounts) }),
    ...(destIps.length > 0 && {
      dest_ips: destIps.map((address) => eveAddress(address, ipv6Compress)),
    }),
    ...(Object.keys(top).length > 0 && { top }),
  };
}

/** The most frequent values of each kind, with their counts. */
function topOf(
  { top }: IncidentRecord,
  textMax: number,
  ipv6Compress: boolean,
): Record<string, unknown> {
  const lists = Object.entries(top).map(([kind, { distinct, isCut, values }]) => {
    const isAddress = kind === "sources" || kind === "destinations";
    const listed = values.map(({ text, count }) => ({
      value: isAddress ? eveAddress(text, ipv6Compress) : cleanText(text, textMax),
      count,
    }));
    return [kind, { distinct, ...(isCut && { distinct_cut: true }), values: listed }];
  });
  return Object.fromEntries(lists);
}
