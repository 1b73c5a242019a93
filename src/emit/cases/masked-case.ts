import type { CaseCount, CaseList, CaseRecord } from "../../detect/cases/case-record.ts";

type Mask = (text: string) => string;

/** How names are written where a policy masks them. */
export interface Masks {
  readonly account: Mask;
  readonly user: Mask;
  readonly text: Mask;
}

/** The case with its accounts, numbers and agents masked; its story is made from these. */
export function maskedCase(record: CaseRecord, { account, user, text }: Masks): CaseRecord {
  const { calls } = record;
  return {
    ...record,
    sources: record.sources.map((source) => ({ ...source, agent: text(source.agent) })),
    accounts: listed(record.accounts, account),
    steps: record.steps.map((step) => ({
      ...step,
      accounts: listed(step.accounts, account),
      numbers: listed(step.numbers, user),
    })),
    calls: calls && {
      ...calls,
      accounts: counted(calls.accounts, account),
      list: calls.list.map((call) => ({
        ...call,
        account: account(call.account),
        number: user(call.number),
      })),
    },
  };
}

function listed(list: CaseList, mask: Mask): CaseList {
  return { ...list, values: counted(list.values, mask) };
}

function counted(values: readonly CaseCount[], mask: Mask): CaseCount[] {
  return values.map(({ text, count }) => ({ text: mask(text), count }));
}
