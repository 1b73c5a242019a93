import { playSite } from "./months.ts";
import { SITES } from "./sites.ts";

const days = Number(process.argv[2] ?? 365);
const [, , , only = ""] = process.argv;
for (const site of SITES.filter(({ seed }) => only === "" || String(seed) === only)) {
  const began = process.cpuUsage();
  const { campaigns, falseAlarms, falseInWorstMonth, events, stateBytes } = playSite(site, {
    days,
    everyDays: 6,
  });
  const { user } = process.cpuUsage(began);
  const inHour = campaigns.filter(
    ({ foundAfterS }) => foundAfterS !== null && foundAfterS <= 3_600,
  );
  const slowest = Math.max(0, ...inHour.map(({ foundAfterS }) => foundAfterS ?? 0));
  process.stdout.write(
    `${site.name}: ${days} days, ${events} facts in ${(user / 1e6).toFixed(1)} CPU s; ${inHour.length} of ${campaigns.length} campaigns within an hour (slowest ${Math.round(slowest / 60)} min); ${falseAlarms.length} false alarms, ${falseInWorstMonth} in the worst month; state ${stateBytes} bytes\n`,
  );
  for (const { campaign, foundAfterS } of campaigns) {
    if (foundAfterS !== null && foundAfterS <= 3_600) continue;
    process.stdout.write(
      `  late or missed: ${campaign.kind} ${new Date(campaign.startUs / 1e3).toISOString()} ${foundAfterS === null ? "never" : `${Math.round(foundAfterS / 60)} min`}\n`,
    );
  }
  for (const { signature, timeUs, evidence, voip } of falseAlarms) {
    process.stdout.write(
      `  false: ${new Date(timeUs / 1e3).toISOString()} ${signature.sid} ${voip.counter?.key} ${JSON.stringify(evidence[0])}\n`,
    );
  }
}
