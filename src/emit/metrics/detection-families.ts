import { EVENT_ROWS } from "../../track/facts/event-kind.ts";
import { EVIDENCE_FAMILIES } from "./evidence-families.ts";
import type { MetricFamily } from "./metric-family.ts";
import type { RuleSeries } from "./rule-series.ts";

/** What is found: facts, rules, alerts, incidents, evidence. */
export function detectionFamilies(series: RuleSeries): readonly MetricFamily[] {
  return [
    {
      name: "facts_total",
      type: "counter",
      help: "Facts that the trackers raised, by app-layer-event name.",
      labels: ["fact"],
      collect: ({ facts }, add) => {
        for (const [kind, { name }] of EVENT_ROWS.entries())
          if (name !== "") add(facts[kind] ?? 0, name);
      },
    },
    {
      name: "facts_dropped_total",
      type: "counter",
      help: "Of these, facts that no rule has seen, as one packet raised more than 256.",
      collect: ({ factsDropped }, add) => add(factsDropped),
    },
    {
      name: "alerts_total",
      type: "counter",
      help: "Alerts by signature id (gid:sid where gid is not 1) and severity (1 is the highest).",
      labels: ["sid", "severity"],
      collect: (source, add) => {
        for (const { label, severity, count } of series.of(source))
          add(count, label, String(severity));
      },
    },
    {
      name: "rule_info",
      type: "gauge",
      help: "1, with the message of each signature in alerts_total.",
      labels: ["sid", "message"],
      collect: (source, add) => {
        for (const { label, message } of series.of(source)) {
          if (message !== "") add(1, label, message);
        }
      },
    },
    {
      name: "rules_loaded",
      type: "gauge",
      help: "Rules in force.",
      collect: (source, add) => add(source.rules().length),
    },
    {
      name: "rules_failed",
      type: "gauge",
      help: "Rules that could not be loaded and are left out; sipsentry rules check names them.",
      collect: (source, add) => add(source.rulesFailed()),
    },
    ...ENGINE_FAMILIES,
    ...INCIDENT_FAMILIES,
    ...EVIDENCE_FAMILIES,
    ...RELOAD_FAMILIES,
  ];
}

const ENGINE_FAMILIES: readonly MetricFamily[] = [
  {
    name: "rule_evaluations_total",
    type: "counter",
    help: "Rules evaluated past their header.",
    collect: ({ engine }, add) => add(engine.evaluations),
  },
  {
    name: "alerts_suppressed_total",
    type: "counter",
    help: "Matches that a threshold or a suppress line kept back.",
    collect: ({ engine }, add) => add(engine.suppressed),
  },
  {
    name: "alerts_over_limit_total",
    type: "counter",
    help: "Alerts beyond the limit of one packet.",
    collect: ({ engine }, add) => add(engine.overflow),
  },
  {
    name: "alerts_held_back_total",
    type: "counter",
    help: "Alerts beyond what is written in a minute; one record a minute counts those of a rule.",
    collect: ({ engine }, add) => add(engine.heldBack),
  },
  {
    name: "match_limits_total",
    type: "counter",
    help: "Buffers given up because matching took too many steps.",
    collect: ({ engine }, add) => add(engine.stepLimits),
  },
  {
    name: "rule_suspensions_total",
    type: "counter",
    help: "Times that a rule was suspended because its regular expressions cost too much (fact rule.too_expensive).",
    collect: ({ engine }, add) => add(engine.suspensions),
  },
  {
    name: "threshold_evictions_total",
    type: "counter",
    help: "Keys that thresholds and bits forgot because a limit was reached.",
    collect: ({ engine }, add) => add(engine.evictions),
  },
  {
    name: "baseline_keys",
    type: "gauge",
    help: "Keys of all baseline rules that are learned.",
    collect: ({ baselines }, add) => add(baselines.rows),
  },
  {
    name: "baseline_keys_max",
    type: "gauge",
    help: "Most keys that baseline rules learn (limits.baselineKeysMax).",
    collect: ({ baselines }, add) => add(baselines.keysMax),
  },
  {
    name: "baseline_evictions_total",
    type: "counter",
    help: "Keys of baseline rules that were forgotten because there were too many.",
    collect: ({ baselines }, add) => add(baselines.evictions),
  },
];

const INCIDENT_FAMILIES: readonly MetricFamily[] = [
  {
    name: "incidents_open",
    type: "gauge",
    help: "Attacks that go on.",
    collect: (source, add) => add(source.incidents().open),
  },
  {
    name: "incidents_total",
    type: "counter",
    help: "Incident records by what they say.",
    labels: ["state"],
    collect: (source, add) => {
      const { opened, updates, closed } = source.incidents();
      add(opened, "opened");
      add(updates, "update");
      add(closed, "closed");
    },
  },
  {
    name: "alerts_folded_total",
    type: "counter",
    help: "Alerts that only count in the incident they belong to.",
    collect: (source, add) => add(source.incidents().folded),
  },
  {
    name: "incident_evictions_total",
    type: "counter",
    help: "Incidents closed early because too many were open.",
    collect: (source, add) => add(source.incidents().evictions),
  },
  {
    name: "cases_open",
    type: "gauge",
    help: "Attackers and campaigns that go on.",
    collect: (source, add) => add(source.cases().open),
  },
  {
    name: "cases_total",
    type: "counter",
    help: "Cases by what became of them; merged ones were part of another one.",
    labels: ["state"],
    collect: (source, add) => {
      const { closed, merged, opened } = source.cases();
      add(opened, "opened");
      add(closed, "closed");
      add(merged, "merged");
    },
  },
  {
    name: "case_evictions_total",
    type: "counter",
    help: "Cases closed early because too many were open.",
    collect: (source, add) => add(source.cases().evictions),
  },
];

const RELOAD_FAMILIES: readonly MetricFamily[] = [
  {
    name: "config_loads_total",
    type: "counter",
    help: "Loads of rules and configuration, the one at the start included.",
    labels: ["result"],
    collect: (source, add) => {
      const { succeeded, failed } = source.reload();
      add(succeeded, "success");
      add(failed, "failure");
    },
  },
  {
    name: "config_last_reload_successful",
    type: "gauge",
    help: "1 when the last load put its rules and configuration in force; 0: the old ones are.",
    collect: (source, add) => add(source.reload().isLastGood ? 1 : 0),
  },
  {
    name: "config_last_reload_success_timestamp_seconds",
    type: "gauge",
    help: "When the rules and configuration in force were loaded, seconds since 1970.",
    collect: (source, add) => add(source.reload().loadedMs / 1e3),
  },
];
