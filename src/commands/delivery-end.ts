import { join } from "node:path";
import { DEAD_LETTER_NAME } from "../emit/delivery/dead-letter-file.ts";
import type { Delivery } from "../emit/delivery/delivery.ts";
import { type OutputAccount, sumOfLosses } from "../emit/delivery/output-account.ts";
import { count } from "../emit/number-text.ts";
import type { SpoolHome } from "./spool-home.ts";

/** What became of the records of one output, at the end of a run. */
export interface DeliveryEnd {
  readonly name: string;
  readonly account: OutputAccount;
  /** Records have been lost. */
  readonly isLossy: boolean;
  /** What people have to know, one line each; none when all was delivered. */
  readonly lines: readonly string[];
}

/** Reckons up with every output, after `delivery` was closed. */
export function deliveryEnds(delivery: Delivery, home: SpoolHome): DeliveryEnd[] {
  return delivery.snapshot().outputs.map(({ name, account: before, problem }) => {
    const account = home.isOwn ? withoutSpool(before) : before;
    const lines = [
      ...waitingLines(name, account.waiting, problem, home, delivery.isCounted),
      ...lostLines(name, account, problem, home),
    ];
    return { name, account, isLossy: sumOfLosses(account.lost) > 0, lines };
  });
}

/** What waits in a spool that goes with its run is lost. */
function withoutSpool(account: OutputAccount): OutputAccount {
  const { lost, waiting } = account;
  return { ...account, waiting: 0, lost: { ...lost, notSent: lost.notSent + waiting } };
}

function waitingLines(
  name: string,
  waiting: number,
  problem: string,
  { dir }: SpoolHome,
  isCounted: boolean,
): string[] {
  if (waiting === 0) return [];
  const most = isCounted ? "" : "at most ";
  return [
    `${most}${count(waiting)} records are not acknowledged by ${name}${reasonOf(problem)}; they wait in ${dir} and go out with the next run that has this output`,
  ];
}

function lostLines(
  name: string,
  { carried, lost, raised }: OutputAccount,
  problem: string,
  { dir }: SpoolHome,
): string[] {
  const reasons = [
    lost.notSent > 0 &&
      `${count(lost.notSent)} not acknowledged${reasonOf(problem)} and the spool of a replay goes with it (--set spool.dir=FOLDER keeps it)`,
    lost.spoolFull > 0 &&
      `${count(lost.spoolFull)} at the size limit of the spool (spool.maxMib), the lowest severity first`,
    lost.notTaken > 0 && `${count(lost.notTaken)} that neither disk nor memory took`,
    lost.damaged > 0 && `${count(lost.damaged)} damaged or deleted in ${dir}`,
    lost.refused > 0 &&
      `${count(lost.refused)} refused by the receiver, kept in ${join(dir, DEAD_LETTER_NAME)}`,
  ].filter((reason) => reason !== false);
  if (reasons.length === 0) return [];
  const all = count(raised + carried);
  return [
    `${count(sumOfLosses(lost))} of ${all} records are lost to ${name}: ${reasons.join("; ")}`,
  ];
}

function reasonOf(problem: string): string {
  return problem === "" ? "" : ` (${problem})`;
}
