import { moneyText } from "../../track/numbers/call-costs.ts";
import { count } from "../number-text.ts";
import { NO_COUNTRY, type NumberedCall } from "../phone-numbers.ts";
import { Markup, markup } from "./markup.ts";
import type { ReportData } from "./report-data.ts";
import { table, wide } from "./report-sections.ts";

interface Destination {
  calls: number;
  us: number;
  amount: number;
  /** Calls without a price. */
  unpriced: number;
}

/** Sums of the calls that somebody who got in has made. */
interface ReportCost {
  /** Null where no deck has a price for any of them. */
  readonly amount: number | null;
  readonly currency: string;
  readonly unpriced: number;
  readonly byDestination: ReadonlyMap<string, Destination>;
}

function reportCost({ calls, cases }: ReportData): ReportCost {
  const charged = new Set(
    cases.flatMap((one) => one.calls?.list.map(({ callId }) => callId) ?? []),
  );
  const byDestination = new Map<string, Destination>();
  let currency = "";
  for (const call of calls) {
    const { callId, cost, durationUs } = call;
    if (durationUs <= 0 || !charged.has(callId)) continue;
    if (cost !== null) currency = cost.currency;
    const name = destinationOf(call);
    const sum = byDestination.get(name) ?? { calls: 0, us: 0, amount: 0, unpriced: 0 };
    sum.calls++;
    sum.us += durationUs;
    sum.amount += cost?.amount ?? 0;
    sum.unpriced += cost === null ? 1 : 0;
    byDestination.set(name, sum);
  }
  const all = [...byDestination.values()];
  const total = all.reduce((sum, { amount }) => sum + amount, 0);
  return {
    amount: currency === "" ? null : total,
    currency,
    unpriced: all.reduce((sum, { unpriced }) => sum + unpriced, 0),
    byDestination,
  };
}

/** Where it went: the deck's own name says most. */
function destinationOf({ cost, dialledNumber }: NumberedCall): string {
  if (cost !== null && cost.name !== "") return `+${cost.prefix} ${cost.name}`;
  if (dialledNumber === null) return "not an E.164 number";
  const { callingCode, country } = dialledNumber;
  return `+${callingCode} ${country === NO_COUNTRY ? "no country: satellite or network" : country}`;
}

/** Minutes and money by destination; without prices the minutes, to be held against the carrier's list. */
export function costSection(data: ReportData): Markup {
  const { amount, byDestination, currency, unpriced } = reportCost(data);
  if (byDestination.size === 0) return new Markup("");
  const isKnown = amount !== null;
  const money = (sum: Destination) => {
    if (sum.unpriced === sum.calls) return "unknown";
    const rest = sum.unpriced === 0 ? "" : `, ${count(sum.unpriced)} unknown`;
    return `${moneyText(sum.amount, currency)}${rest}`;
  };
  const rows = [...byDestination]
    .sort((a, b) => b[1].amount - a[1].amount || b[1].us - a[1].us)
    .map(([name, sum]) => {
      const cost = isKnown ? markup`<td class="n">${money(sum)}</td>` : "";
      return markup`<tr><td>${name}</td><td class="n">${count(sum.calls)}</td><td class="n">${(sum.us / 60e6).toFixed(1)}</td>${cost}</tr>`;
    });
  const heads = ["To", ">Calls", ">Minutes", ...(isKnown ? [">Cost"] : [])];
  const rest =
    unpriced === 0
      ? ""
      : ` ${unpriced === 1 ? "One call has" : `${count(unpriced)} calls have`} no price in it.`;
  const text = isKnown
    ? `${moneyText(amount, currency)} by the rate deck that was given.${rest}`
    : "Unknown: no prices were given. Hold the minutes against the carrier's list, or make the report again with --rates FILE.";
  return markup`<section><h2>What it costs</h2>
<p>${text}</p>
${wide("Cost by destination", table(heads, rows))}</section>`;
}

/** For the summary: `, USD 52.10`, or that it is unknown. */
export function costPhrase(data: ReportData): string {
  const { amount, currency, unpriced } = reportCost(data);
  if (amount === null) return "at a cost that is unknown (--rates)";
  const rest = unpriced === 0 ? "" : ` without the ${count(unpriced)} that no price is known of`;
  return moneyText(amount, currency) + rest;
}
