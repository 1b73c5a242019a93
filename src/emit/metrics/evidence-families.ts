import type { EvidenceCounters } from "../evidence/evidence.ts";
import type { MetricFamily } from "./metric-family.ts";

const NONE: EvidenceCounters = {
  files: 0,
  packets: 0,
  refused: { ruleLimit: 0, totalLimit: 0, fault: 0, noPackets: 0 },
  closedEarly: 0,
  otherLink: 0,
  removed: 0,
  folderFiles: 0,
  folderBytes: 0,
  open: 0,
  ringPackets: 0,
};

/** Packets kept beside alerts; all zero when none are. */
export const EVIDENCE_FAMILIES: readonly MetricFamily[] = [
  {
    name: "evidence_up",
    type: "gauge",
    help: "1 while captures can be written beside alerts, or none are wanted.",
    collect: (source, add) => add((source.evidence()?.problem ?? "") === "" ? 1 : 0),
  },
  counter("evidence_files_total", "Captures made beside alerts.", ({ files }) => files),
  counter("evidence_packets_total", "Packets in these captures.", ({ packets }) => packets),
  {
    name: "evidence_refused_total",
    type: "counter",
    help: "Alerts without a capture, by what was in the way.",
    labels: ["reason"],
    collect: (source, add) => {
      const { refused } = source.evidence()?.counters ?? NONE;
      add(refused.ruleLimit, "rule_limit");
      add(refused.totalLimit, "total_limit");
      add(refused.fault, "fault");
      add(refused.noPackets, "no_packets");
    },
  },
  counter(
    "evidence_closed_early_total",
    "Captures without the packets after the alert: too many were open.",
    ({ closedEarly }) => closedEarly,
  ),
  counter(
    "evidence_removed_files_total",
    "Old captures that went to make room.",
    ({ removed }) => removed,
  ),
  gauge("evidence_folder_files", "Captures in the folder.", ({ folderFiles }) => folderFiles),
  gauge("evidence_folder_bytes", "Size of the captures in the folder.", (use) => use.folderBytes),
  gauge("evidence_open_files", "Captures that still grow.", ({ open }) => open),
  gauge("evidence_ring_packets", "Recent packets in memory.", ({ ringPackets }) => ringPackets),
];

function counter(
  name: string,
  help: string,
  value: (counters: EvidenceCounters) => number,
): MetricFamily {
  return {
    name,
    type: "counter",
    help,
    collect: (source, add) => add(value(source.evidence()?.counters ?? NONE)),
  };
}

function gauge(
  name: string,
  help: string,
  value: (counters: EvidenceCounters) => number,
): MetricFamily {
  return { ...counter(name, help, value), type: "gauge" };
}
