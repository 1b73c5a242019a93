import { expect, it } from "vitest";
import { RuleSeries } from "../../../../src/emit/metrics/rule-series.ts";

const rule = (sid: number, severity = 2, gid = 1) => ({
  gid,
  sid,
  severity,
  message: `rule ${sid}`,
});
const alerts = (sid: number, count: number, severity = 2) => ({ ...rule(sid, severity), count });

function counts(series: RuleSeries, loaded: number[], raised: ReturnType<typeof alerts>[]) {
  const rows = series.of({ rules: () => loaded.map((sid) => rule(sid)), alerts: () => raised });
  return Object.fromEntries(rows.map((row) => [`${row.label}/${row.severity}`, row.count]));
}

it("has each loaded rule at zero from the start", () => {
  expect(counts(new RuleSeries(3), [1, 2], [alerts(2, 5)])).toEqual({ "1/2": 0, "2/2": 5 });
});

it("names a rule of another generator by both ids", () => {
  const [row] = new RuleSeries().of({ rules: () => [rule(7, 1, 3)], alerts: () => [] });
  expect(row?.label).toBe("3:7");
});

it("gives too many rules a series when they alert, and counts the rest as other, by severity", () => {
  const series = new RuleSeries(2);
  const loaded = [1, 2, 3, 4, 5];
  expect(counts(series, loaded, [])).toEqual({});
  expect(counts(series, loaded, [alerts(4, 1)])).toEqual({ "4/2": 1 });
  const raised = [alerts(1, 7), alerts(2, 3), alerts(3, 4), alerts(4, 2), alerts(5, 1, 1)];
  const expected = { "4/2": 2, "1/2": 7, "other/2": 7, "other/1": 1 };
  expect(counts(series, loaded, raised)).toEqual(expected);
});

it("keeps the series of a rule that a reload took away", () => {
  const series = new RuleSeries(3);
  counts(series, [1, 2], [alerts(1, 5)]);
  expect(counts(series, [2, 3], [alerts(1, 5)])).toEqual({ "1/2": 5, "2/2": 0, "3/2": 0 });
});

it("never has more series than its limit and one for each severity", () => {
  const series = new RuleSeries(10);
  const raised = Array.from({ length: 10_000 }, (_, i) => alerts(i, 1, (i % 4) + 1));
  expect(Object.keys(counts(series, [], raised))).toHaveLength(14);
});
