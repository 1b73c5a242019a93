import type { MetricFamily } from "./metric-family.ts";

const SEVERITIES = [1, 2, 3, 4] as const;

/** What becomes of alerts: files, network outputs and the spool before them. */
export const DELIVERY_FAMILIES: readonly MetricFamily[] = [
  {
    name: "sink_records_total",
    type: "counter",
    help: "Records for files, by what became of them.",
    labels: ["sink", "result"],
    collect: (source, add) => {
      for (const { name, written, dropped } of source.sinks()) {
        add(written, name, "written");
        add(dropped, name, "dropped");
      }
    },
  },
  {
    name: "sink_up",
    type: "gauge",
    help: "1 while the file takes records.",
    labels: ["sink"],
    collect: (source, add) => {
      for (const { name, problem } of source.sinks()) add(problem === "" ? 1 : 0, name);
    },
  },
  {
    name: "output_up",
    type: "gauge",
    help: "1 while the network output takes records; 0 while they wait in the spool for it.",
    labels: ["output"],
    collect: (source, add) => {
      for (const { name, isUp } of source.delivery()?.outputs ?? []) add(isUp ? 1 : 0, name);
    },
  },
  {
    name: "output_acknowledged_records_total",
    type: "counter",
    help: "Records that the network output's receiver has acknowledged.",
    labels: ["output"],
    collect: (source, add) => {
      for (const { name, account } of source.delivery()?.outputs ?? [])
        add(account.delivered, name);
    },
  },
  {
    name: "output_retries_total",
    type: "counter",
    help: "Attempts to connect or send that failed and were made again.",
    labels: ["output"],
    collect: (source, add) => {
      for (const { name, retries } of source.delivery()?.outputs ?? []) add(retries, name);
    },
  },
  {
    name: "output_dead_letters_total",
    type: "counter",
    help: "Records that the receiver refuses for good, kept in the dead-letter file.",
    labels: ["output"],
    collect: (source, add) => {
      for (const { name, account } of source.delivery()?.outputs ?? [])
        add(account.lost.refused, name);
    },
  },
  {
    name: "output_lag_records",
    type: "gauge",
    help: "Records that wait for the network output, on disk or on their way there.",
    labels: ["output"],
    collect: (source, add) => {
      for (const { name, account } of source.delivery()?.outputs ?? []) add(account.waiting, name);
    },
  },
  {
    name: "output_raised_records_total",
    type: "counter",
    help: "Records for the network output, of this run and waiting from before: acknowledged + lag + lost.",
    labels: ["output"],
    collect: (source, add) => {
      for (const { name, account } of source.delivery()?.outputs ?? [])
        add(account.raised + account.carried, name);
    },
  },
  {
    name: "output_lost_records_total",
    type: "counter",
    help: "Records that the network output will not get: dropped at the spool's size limit, damaged on disk, taken by neither disk nor memory, or refused by the receiver.",
    labels: ["output", "reason"],
    collect: (source, add) => {
      for (const { name, account } of source.delivery()?.outputs ?? []) {
        add(account.lost.spoolFull, name, "spool_full");
        add(account.lost.damaged, name, "damaged");
        add(account.lost.notTaken, name, "not_taken");
        add(account.lost.refused, name, "refused");
      }
    },
  },
  {
    name: "spool_up",
    type: "gauge",
    help: "1 while the spool keeps records on disk; 0 while it only can in memory. 1 without network outputs.",
    collect: (source, add) => add((source.delivery()?.spool.problem ?? "") === "" ? 1 : 0),
  },
  {
    name: "spool_bytes",
    type: "gauge",
    help: "Bytes of the spool.",
    collect: (source, add) => add(source.delivery()?.spool.bytes ?? 0),
  },
  {
    name: "spool_records",
    type: "gauge",
    help: "Records in the spool that an output still waits for.",
    collect: (source, add) => add(source.delivery()?.spool.records ?? 0),
  },
  {
    name: "spool_oldest_age_seconds",
    type: "gauge",
    help: "Age of the oldest of these records; 0 when there is none.",
    collect: (source, add) => add(source.delivery()?.spool.oldestS ?? 0),
  },
  {
    name: "spool_corrupt_records_total",
    type: "counter",
    help: "Places in the spool where records could not be read and were skipped.",
    collect: (source, add) => add(source.delivery()?.spool.corrupt ?? 0),
  },
  {
    name: "spool_dropped_records_total",
    type: "counter",
    help: "Records lost because the spool was full, by severity; 4 is all from 4 on.",
    labels: ["severity"],
    collect: (source, add) => {
      const dropped = source.delivery()?.spool.dropped ?? new Map<number, number>();
      for (const severity of SEVERITIES) {
        let count = 0;
        for (const [level, n] of dropped) if (Math.min(level, 4) === severity) count += n;
        add(count, String(severity));
      }
    },
  },
];
