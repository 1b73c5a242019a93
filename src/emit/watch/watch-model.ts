import { EveRecord } from "../outputs/eve-record.ts";

/** Kinds of rows that can be looked at. */
export const WATCH_PANES = ["cases", "calls", "streams", "alerts"] as const;
export type WatchPane = (typeof WATCH_PANES)[number];

/** One row: its record, and for streams which one of the record it is. */
export interface WatchRow {
  /** Equal for the same case, call or alert from one record to the next. */
  readonly key: string;
  readonly record: EveRecord;
  readonly stream?: EveRecord;
}

/** What is kept of each kind; beyond it the oldest goes, of cases the least grave. */
const KEPT_MAX: Readonly<Record<WatchPane, number>> = {
  cases: 500,
  calls: 5_000,
  streams: 5_000,
  alerts: 2_000,
};

/** What a sensor or a replay has told so far, as rows; fed with EVE lines, from wherever they come. */
export class WatchModel {
  readonly #rows: Readonly<Record<WatchPane, Map<string, WatchRow>>> = {
    cases: new Map(),
    calls: new Map(),
    streams: new Map(),
    alerts: new Map(),
  };
  /** Lines that were records. */
  records = 0;
  alerts = 0;
  /** Time of the latest record, as EVE writes it; "" before. */
  lastTime = "";
  /** Rises with each change. */
  version = 0;

  /** Takes one EVE line; what is none, or of another kind, is left aside. */
  add(line: string): void {
    const record = EveRecord.parse(line);
    if (record === null) return;
    this.records++;
    this.version++;
    const time = record.text("timestamp");
    if (time > this.lastTime) this.lastTime = time;
    switch (record.text("event_type")) {
      case "case":
        this.#case(record);
        break;
      case "call":
        this.#call(record);
        break;
      case "alert":
        this.alerts++;
        this.#put("alerts", { key: record.text("voip", "alert_id") || `${this.alerts}`, record });
        break;
      default:
    }
  }

  /** The newest first; of cases the gravest. */
  list(pane: WatchPane): WatchRow[] {
    const rows = [...this.#rows[pane].values()].reverse();
    return pane === "cases" ? rows.sort((a, b) => severityOf(a) - severityOf(b)) : rows;
  }

  count(pane: WatchPane): number {
    return this.#rows[pane].size;
  }

  /** Calls that are up, as far as their records tell. */
  get liveCalls(): number {
    let live = 0;
    for (const { record } of this.#rows.calls.values()) if (isUp(record)) live++;
    return live;
  }

  #case(record: EveRecord): void {
    const key = record.text("case", "id");
    if (record.text("case", "reason") === "merged") {
      this.#rows.cases.delete(key);
      return;
    }
    this.#put("cases", { key, record });
    if (this.#rows.cases.size <= KEPT_MAX.cases) return;
    const least = this.list("cases").at(-1);
    if (least !== undefined) this.#rows.cases.delete(least.key);
  }

  #call(record: EveRecord): void {
    const callId = record.text("call", "call_id");
    // Calls of one Call-ID that follow one another differ in their setup.
    const key = `${callId} ${record.text("call", "setup") || record.text("call", "answered")}`;
    if (callId === "") return;
    this.#put("calls", { key, record });
    for (const stream of record.records("call", "streams")) {
      const ends = [stream.text("src_ip"), stream.number("src_port"), stream.text("dest_ip")];
      const id = `${ends.join(" ")} ${stream.number("dest_port")} ${stream.text("ssrc")}`;
      this.#put("streams", { key: `${key} ${id}`, record, stream });
    }
  }

  #put(pane: WatchPane, row: WatchRow): void {
    const rows = this.#rows[pane];
    // What has changed is the newest again.
    rows.delete(row.key);
    rows.set(row.key, row);
    if (pane === "cases" || rows.size <= KEPT_MAX[pane]) return;
    for (const oldest of rows.keys()) {
      rows.delete(oldest);
      break;
    }
  }
}

/** Answered, and no record has said that it is over. */
export function isUp(record: EveRecord): boolean {
  const state = record.text("call", "state");
  return state === "answered" || (state === "ongoing" && record.text("call", "cause") === "hour");
}

function severityOf({ record }: WatchRow): number {
  return record.number("case", "severity") ?? 9;
}
