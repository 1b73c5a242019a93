import { renameSync, writeFileSync } from "node:fs";
import type { FileSourceOptions } from "../capture/file-source.ts";
import type { Config } from "../config/config.ts";
import type { LoadResult } from "../detect/rules/load-rules.ts";
import type { AddressNotes } from "../emit/addresses/address-notes.ts";
import type { CaseBook } from "../emit/cases/case-book.ts";
import { openFault } from "../emit/file-faults.ts";
import { LadderRecorder } from "../emit/ladder/ladder-recorder.ts";
import type { NumberedCall } from "../emit/phone-numbers.ts";
import type { CallLadder } from "../emit/report/report-data.ts";
import { reportPage } from "../emit/report/report-page.ts";
import { RtpRecorder } from "../emit/report/rtp-recorder.ts";
import type { RunSummary } from "../emit/summary.ts";
import type { Messages } from "./messages.ts";
import { readCalls } from "./read-calls.ts";
import { openPrivacy } from "./record-outputs.ts";

/** Calls whose ladder is drawn, and that are listed. */
const LADDERS_MAX = 8;
const CALLS_MAX = 2_000;

export interface ReportOptions {
  readonly path: string;
  readonly inputs: readonly string[];
  readonly config: Config;
  readonly rules: LoadResult;
  readonly messages: Messages;
  readonly reading: FileSourceOptions;
  readonly summary: RunSummary;
  readonly cases: CaseBook;
  /** Media streams that alerts named. */
  readonly streams: Iterable<string>;
  readonly notes: AddressNotes;
}

/**
 * Writes the report of a replay. The captures are read once more, now that it is known which calls and streams are of
 * interest, so that only these are in memory. Gives what went wrong; "" when it is written.
 */
export async function writeReportPage(options: ReportOptions): Promise<string> {
  const { cases, config, inputs, messages, path, reading, rules, summary } = options;
  const list = cases.list();
  const privacy = openPrivacy(config);
  const wanted = new Set<string>();
  for (const { callIds, calls } of list) {
    for (const callId of callIds) if (wanted.size < CALLS_MAX) wanted.add(callId);
    for (const { callId } of calls?.list ?? []) if (wanted.size < CALLS_MAX) wanted.add(callId);
  }
  let ladders: LadderRecorder | null = null;
  let plots: RtpRecorder | null = null;
  const read = await readCalls({
    ...{ inputs, config, messages, ruleSet: rules.ruleSet },
    // What the captures are like has been said.
    reading: { ...reading, onNotice: () => {} },
    wants: (call) => wanted.has(call.callId),
    onAlert: (alert) => ladders?.alert(alert),
    onPacket: ({ names }) => {
      const recorder = new LadderRecorder({
        names,
        wants: (id) => wanted.has(id),
        keepsText: false,
      });
      const media = new RtpRecorder(names, options.streams);
      ladders = recorder;
      plots = media;
      return (packet, message, keys) => {
        recorder.packet(packet, message, keys);
        if (message === null) media.packet(packet);
      };
    },
  });
  const page = reportPage({
    summary,
    sensor: config.eve.sensor,
    cases: list,
    casesDropped: cases.dropped,
    notes: (ip) => options.notes.of(ip),
    calls: read.calls.map((call) => privacy.call(call)),
    ladders: laddersOf(ladders, wanted, read.calls),
    plots: (plots as RtpRecorder | null)?.plots() ?? [],
  });
  return write(path, page);
}

function laddersOf(
  recorder: LadderRecorder | null,
  wanted: ReadonlySet<string>,
  calls: readonly NumberedCall[],
): CallLadder[] {
  if (recorder === null) return [];
  const drawn: CallLadder[] = [];
  // Calls say more than registrations and probes, of which one looks like the other.
  const ids = [...new Set([...calls.map(({ callId }) => callId), ...wanted])];
  for (const callId of ids.slice(0, LADDERS_MAX)) {
    const streams = calls.filter((call) => call.callId === callId).flatMap((call) => call.streams);
    const ladder = recorder.ladder([callId], streams);
    if (ladder.rows.length > 0) drawn.push({ callId, ladder });
  }
  return drawn;
}

/** As a whole or not at all: a reader never sees half a page. */
function write(path: string, page: string): string {
  const part = `${path}.part`;
  try {
    writeFileSync(part, page);
    renameSync(part, path);
    return "";
  } catch (error) {
    return `--report: cannot write ${path}: ${openFault(error)}`;
  }
}
