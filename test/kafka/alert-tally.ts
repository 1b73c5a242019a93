import { expect } from "vitest";
import { consume } from "../support/kcat.ts";

/** What became of the alerts of a test, counted at the far end. */
export interface AlertTally {
  /** Records in the topic, those that came twice included. */
  readonly received: number;
  /** Different alert_id among them, as they came. */
  readonly distinct: ReadonlySet<string>;
  /** Of one key, and yet after a younger one: by the first time that each arrived. */
  readonly outOfOrder: number;
  /** Header and value name different alerts. */
  readonly damaged: number;
  readonly partitionsByKey: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Reads a topic with kcat. `rankOf` gives the place of an alert_id among those that were raised. */
export async function tallyOf(
  broker: string,
  topic: string,
  rankOf: (alertId: string) => number = numberIn,
): Promise<AlertTally> {
  const distinct = new Set<string>();
  const youngest = new Map<string, number>();
  const partitionsByKey = new Map<string, Set<number>>();
  let received = 0;
  let outOfOrder = 0;
  let damaged = 0;
  for await (const { headers, key, partition, value } of consume(broker, topic)) {
    const id = headers.get("alert_id") ?? "";
    received++;
    if (!value.includes(`"alert_id":"${id}"`)) damaged++;
    const partitions = partitionsByKey.get(key) ?? new Set<number>();
    partitionsByKey.set(key, partitions.add(partition));
    if (distinct.has(id)) continue;
    distinct.add(id);
    const rank = rankOf(id);
    if (rank < (youngest.get(key) ?? 0)) outOfOrder++;
    else youngest.set(key, rank);
  }
  return { received, distinct, outOfOrder, damaged, partitionsByKey };
}

/** Of the ids that `alerts()` makes. */
function numberIn(alertId: string): number {
  return Number(/\d+$/.exec(alertId)?.[0] ?? 0);
}

/** Alerts raised = distinct alert_id received, in order of each key; says the numbers. */
export function expectAllArrived(what: string, raised: readonly string[], tally: AlertTally): void {
  const { damaged, distinct, outOfOrder, partitionsByKey, received } = tally;
  const missing = raised.filter((id) => !distinct.has(id)).length;
  const known = new Set(raised);
  const invented = [...distinct].filter((id) => !known.has(id)).length;
  console.log(
    `${what}: raised ${raised.length}, distinct received ${distinct.size}, twice ${received - distinct.size}, missing ${missing}, out of order ${outOfOrder}`,
  );
  expect({ missing, invented, outOfOrder, damaged }).toEqual({
    missing: 0,
    invented: 0,
    outOfOrder: 0,
    damaged: 0,
  });
  expect(distinct.size).toBe(raised.length);
  for (const partitions of partitionsByKey.values()) expect(partitions.size).toBe(1);
}
