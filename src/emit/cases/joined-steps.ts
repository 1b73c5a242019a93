import type { CaseList, CaseRecord, CaseStep } from "../../detect/cases/case-record.ts";
import { rankOf, stageOfAttack } from "../../detect/cases/case-stage.ts";
import { isCampaign, kindOfDeed } from "./case-deeds.ts";

const WEAK_SEVERITY = 3;

/** What was done once, however many rules saw it. */
export interface JoinedStep extends CaseStep {
  /** Nothing in the case makes it more than a suspicion. */
  readonly isWeak: boolean;
}

/**
 * Rules that saw the same deed of the same sources and accounts are one step: the gravest of them says it, with all that any of
 * them has seen. Steps are at most as many as a case has rules, so pairs of them may be compared.
 */
export function joinedSteps({ steps }: CaseRecord): JoinedStep[] {
  const groups: CaseStep[][] = [];
  for (const step of steps) {
    const group = groups.find((known) => known.some((other) => isSameDeed(other, step)));
    if (group === undefined) groups.push([step]);
    else group.push(step);
  }
  const all = groups.map(joined);
  return all.map((step) => ({
    ...step,
    matches: Math.max(step.matches, wrongBefore(step, all)),
    isWeak: isWeak(step, steps),
  }));
}

/** A rule that counts guesses leaves out what another one told of: who got in had so many wrong, so as many were refused. */
function wrongBefore(step: CaseStep, all: readonly CaseStep[]): number {
  if (step.attack !== "auth_bruteforce") return 0;
  const isEntry = ({ accounts, attack, sources }: CaseStep) =>
    attack === "bruteforce_success" &&
    shares(accounts, step.accounts) &&
    shares(sources, step.sources) &&
    step.accounts.distinct === 1;
  return all.find(isEntry)?.value ?? 0;
}

function isSameDeed(a: CaseStep, b: CaseStep): boolean {
  return (
    a.isForged === b.isForged &&
    kindOfDeed(a) === kindOfDeed(b) &&
    mayShare(a.sources, b.sources) &&
    mayShare(a.accounts, b.accounts)
  );
}

/** Lists that are cut short, or empty, do not tell that they share nothing. */
function mayShare(a: CaseList, b: CaseList): boolean {
  const isCut = a.distinct > a.values.length && b.distinct > b.values.length;
  return isCut || a.values.length === 0 || b.values.length === 0 || shares(a, b);
}

function shares(a: CaseList, b: CaseList): boolean {
  return a.values.some(({ text }) => b.values.some((other) => other.text === text));
}

function joined(group: readonly CaseStep[]): CaseStep {
  const [teller] = [...group].sort(
    (a, b) =>
      a.severity - b.severity ||
      Number(isCampaign(b)) - Number(isCampaign(a)) ||
      b.matches - a.matches,
  );
  if (teller === undefined) throw new RangeError("a group has a step");
  const all = (list: "sources" | "victims" | "accounts" | "numbers") =>
    group.map((step) => step[list]).reduce(united);
  return {
    ...teller,
    startUs: Math.min(...group.map(({ startUs }) => startUs)),
    endUs: Math.max(...group.map(({ endUs }) => endUs)),
    // The same packets, counted by several rules.
    matches: Math.max(...group.map(({ matches }) => matches)),
    distinct: Math.max(...group.map(({ distinct }) => distinct)),
    leastSources: Math.max(...group.map(({ leastSources }) => leastSources)),
    // A rule that counts one source's deeds alone says that it did them.
    isOfAll: group.every(({ isOfAll }) => isOfAll),
    sources: all("sources"),
    victims: all("victims"),
    accounts: all("accounts"),
    numbers: all("numbers"),
  };
}

function united(a: CaseList, b: CaseList): CaseList {
  const counts = new Map<string, number>();
  for (const { text, count } of [...a.values, ...b.values])
    counts.set(text, Math.max(counts.get(text) ?? 0, count));
  const values = [...counts].map(([text, count]) => ({ text, count }));
  return { distinct: Math.max(a.distinct, b.distinct, values.length), values };
}

/** A suspicion of what would be grave, unless the same source has done as much for sure, to the same account or host. */
function isWeak(step: CaseStep, all: readonly CaseStep[]): boolean {
  if (!isSuspicion(step)) return false;
  const rank = rankOf(stageOfAttack(step.attack) ?? step.stage);
  return !all.some(
    (other) =>
      !isSuspicion(other) &&
      rankOf(other.stage) >= rank &&
      shares(other.sources, step.sources) &&
      (shares(other.accounts, step.accounts) || shares(other.victims, step.victims)),
  );
}

function isSuspicion({ severity, stage }: CaseStep): boolean {
  return severity >= WEAK_SEVERITY && stage !== "scan" && stage !== "walk";
}
