import { moneyText } from "../../track/numbers/call-costs.ts";
import { addressText } from "../addresses/address-text.ts";
import type { EveRecord } from "../outputs/eve-record.ts";
import { NO_COUNTRY } from "../phone-numbers.ts";
import { cellText } from "./cell-text.ts";
import { isUp, type WatchPane, type WatchRow } from "./watch-model.ts";

/** A column of a pane. */
export interface WatchColumn {
  readonly title: string;
  readonly width: number;
  /** Takes what is left of the width. */
  readonly isWide?: boolean;
  readonly isRight?: boolean;
  /** Of those that do not fit the highest goes first; 0 stays. */
  readonly drop: number;
  readonly text: (row: WatchRow, now: string) => string;
}

const time = (text: string): string => text.slice(11, 19);
const end = (ip: string, port: number | undefined): string =>
  port === undefined ? ip : ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
const fixed = (value: number | undefined, places: number): string =>
  value === undefined ? "" : value.toFixed(places);

const CASES: readonly WatchColumn[] = [
  { title: "Sev", width: 3, drop: 0, text: ({ record }) => `${record.number("case", "severity")}` },
  { title: "Stage", width: 6, drop: 0, text: ({ record }) => record.text("case", "stage") },
  { title: "State", width: 7, drop: 4, text: ({ record }) => record.text("case", "state") },
  { title: "Last", width: 8, drop: 2, text: ({ record }) => time(record.text("case", "end")) },
  {
    ...{ title: "Matches", width: 8, isRight: true, drop: 3 },
    text: ({ record }) => `${record.number("case", "matches") ?? ""}`,
  },
  { title: "Case", width: 8, drop: 1, text: ({ record }) => record.text("case", "id").slice(0, 8) },
  {
    ...{ title: "What", width: 30, isWide: true, drop: 0 },
    text: ({ record }) => record.text("case", "title"),
  },
];

const CALLS: readonly WatchColumn[] = [
  { title: "Setup", width: 8, drop: 0, text: ({ record }) => time(setupOf(record)) },
  {
    title: "From",
    width: 14,
    drop: 0,
    text: ({ record }) => record.text("call", "caller", "user"),
  },
  {
    ...{ title: "Dialled", width: 18, isWide: true, drop: 0 },
    text: ({ record }) => record.text("call", "dialled") || record.text("call", "callee", "user"),
  },
  {
    ...{ title: "To", width: 4, drop: 5 },
    text: ({ record }) => record.text("call", "number", "country").replace(NO_COUNTRY, "intl"),
  },
  { title: "Account", width: 20, drop: 4, text: ({ record }) => record.text("call", "account") },
  { title: "Source", width: 15, drop: 1, text: ({ record }) => record.text("src_ip") },
  { title: "Known of it", width: 24, drop: 6, text: ({ record }) => knownOf(record) },
  { title: "State", width: 13, drop: 0, text: ({ record }) => stateOf(record) },
  {
    ...{ title: "Seconds", width: 8, isRight: true, drop: 0 },
    text: ({ record }, now) => secondsOf(record, now),
  },
  {
    ...{ title: "MOS", width: 4, isRight: true, drop: 2 },
    text: ({ record }) => fixed(record.number("call", "mos"), 1),
  },
  { title: "Cost", width: 10, isRight: true, drop: 3, text: ({ record }) => costOf(record) },
  {
    ...{ title: "Alerts", width: 6, isRight: true, drop: 2 },
    text: ({ record }) => `${record.texts("call", "alert_ids").length || ""}`,
  },
];

const STREAMS: readonly WatchColumn[] = [
  { title: "Start", width: 8, drop: 1, text: ({ stream }) => time(stream?.text("start") ?? "") },
  {
    ...{ title: "From", width: 21, drop: 0 },
    text: ({ stream }) => end(stream?.text("src_ip") ?? "", stream?.number("src_port")),
  },
  {
    ...{ title: "To", width: 21, drop: 0 },
    text: ({ stream }) => end(stream?.text("dest_ip") ?? "", stream?.number("dest_port")),
  },
  { title: "Codec", width: 8, drop: 3, text: ({ stream }) => stream?.text("codec") ?? "" },
  {
    ...{ title: "Packets", width: 8, isRight: true, drop: 0 },
    text: ({ stream }) => `${stream?.number("packets") ?? ""}`,
  },
  {
    ...{ title: "Loss %", width: 6, isRight: true, drop: 0 },
    text: ({ stream }) => fixed(stream?.number("loss_percent"), 1),
  },
  {
    ...{ title: "Jitter", width: 7, isRight: true, drop: 2 },
    text: ({ stream }) => fixed(stream?.number("jitter_ms"), 1),
  },
  {
    ...{ title: "MOS", width: 4, isRight: true, drop: 0 },
    text: ({ stream }) => fixed(stream?.number("mos"), 1),
  },
  {
    ...{ title: "Call-ID", width: 16, isWide: true, drop: 4 },
    text: ({ record }) => record.text("call", "call_id"),
  },
];

const ALERTS: readonly WatchColumn[] = [
  { title: "Time", width: 8, drop: 0, text: ({ record }) => time(record.text("timestamp")) },
  {
    title: "Sev",
    width: 3,
    drop: 0,
    text: ({ record }) => `${record.number("alert", "severity")}`,
  },
  {
    ...{ title: "Rule", width: 8, drop: 2 },
    text: ({ record }) => `${record.number("alert", "signature_id") ?? ""}`,
  },
  { title: "Source", width: 15, drop: 0, text: ({ record }) => record.text("src_ip") },
  { title: "Known of it", width: 24, drop: 3, text: ({ record }) => knownOf(record) },
  { title: "Target", width: 15, drop: 1, text: ({ record }) => record.text("dest_ip") },
  {
    ...{ title: "Message", width: 30, isWide: true, drop: 0 },
    text: ({ record }) => record.text("alert", "signature"),
  },
];

export const WATCH_COLUMNS: Readonly<Record<WatchPane, readonly WatchColumn[]>> = {
  cases: CASES,
  calls: CALLS,
  streams: STREAMS,
  alerts: ALERTS,
};

/** What a filter looks for: all texts of a row, whether its column has room or not. */
export function rowText(pane: WatchPane, row: WatchRow): string {
  const cells = WATCH_COLUMNS[pane].map((column) => column.text(row, ""));
  return cellText([...cells, row.record.text("call", "call_id")].join(" ")).toLowerCase();
}

/** 1 to 4 of what a row is about, for its colour; 5 of what is over and went well. */
export function rowSeverity(pane: WatchPane, { record }: WatchRow): number {
  if (pane === "cases") return record.number("case", "severity") ?? 4;
  if (pane === "alerts") return record.number("alert", "severity") ?? 4;
  if (record.texts("call", "alert_ids").length > 0) return 2;
  return isUp(record) ? 3 : 5;
}

function setupOf(record: EveRecord): string {
  return (
    record.text("call", "setup") || record.text("call", "answered") || record.text("timestamp")
  );
}

/** What the record says of its source address. */
function knownOf(record: EveRecord): string {
  const source = record.text("src_ip");
  const note = record.records("addresses").find((known) => known.text("ip") === source);
  if (note === undefined) return "";
  const [country, asOrg, name] = [note.text("country"), note.text("as_org"), note.text("name")];
  const [mac, vendor] = [note.text("mac"), note.text("vendor")];
  return addressText({ country, asn: note.number("asn") ?? 0, asOrg, name, mac, vendor });
}

function stateOf(record: EveRecord): string {
  const state = record.text("call", "state");
  const code = record.number("call", "code") ?? 0;
  return isUp(record) ? "up" : code >= 300 ? `${state} ${code}` : state;
}

/** Of a call that is up, from its answer to the latest record. */
function secondsOf(record: EveRecord, now: string): string {
  const answered = record.text("call", "answered");
  if (!isUp(record) || answered === "" || now === "")
    return fixed(record.number("call", "duration"), 1);
  const ms = Date.parse(now) - Date.parse(answered);
  return ms >= 0 ? (ms / 1e3).toFixed(0) : "";
}

function costOf(record: EveRecord): string {
  const amount = record.number("call", "cost", "amount");
  return amount === undefined ? "" : moneyText(amount, record.text("call", "cost", "currency"));
}
