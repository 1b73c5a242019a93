import { EveRecord } from "../outputs/eve-record.ts";
import { NO_COUNTRY } from "../phone-numbers.ts";

/** Alerts of other rules, calls and accounts that are kept beside what is explained. */
const OTHERS_MAX = 500;
const CALLS_MAX = 500;
const ID_MIN = 6;

/** What one rule raised about the same attacker. */
export interface OtherAlerts {
  readonly sid: number;
  readonly signature: string;
  readonly severity: number;
  /** Of the first one; a case may know of an earlier time when that was done. */
  readonly alertId: string;
  readonly first: string;
  last: string;
  count: number;
}

/** One call of an EVE file. */
export interface FoundCall {
  readonly setup: string;
  readonly answered: string;
  readonly duration: number;
  readonly account: string;
  readonly dialled: string;
  /** ISO 3166-1, or `intl` of what belongs to no country; "" when it is open. */
  readonly country: string;
  /** What it cost, where prices are known. */
  readonly amount: number | undefined;
  readonly currency: string;
  readonly callId: string;
}

/**
 * What an EVE file says of one alert or case, gathered in two passes over its lines: `look` until it is found, then
 * `gather`. Bounded, whatever the file holds.
 */
export class FoundRecords {
  readonly #id: string;
  /** The alert; null when the id is a case's. */
  alert: EveRecord | null = null;
  /** The last record of the case that was asked for, or that the alert belongs to. */
  case: EveRecord | null = null;
  /** The last record of the alert's incident. */
  incident: EveRecord | null = null;
  readonly others = new Map<number, OtherAlerts>();
  readonly calls = new Map<string, FoundCall>();
  /** Ids that begin as the one that was asked for. */
  readonly candidates = new Set<string>();
  #caseId = "";
  #sources: ReadonlySet<string> = new Set();
  #accounts: ReadonlySet<string> = new Set();

  /** `id`: of an alert or a case, or so much of its beginning that there is one only. */
  constructor(id: string) {
    this.#id = id.toLowerCase();
  }

  get isFound(): boolean {
    return this.alert !== null || this.case !== null;
  }

  /** First pass. */
  look(line: string): void {
    if (this.#id.length < ID_MIN || !line.includes(this.#id)) return;
    const record = EveRecord.parse(line);
    if (record === null) return;
    const type = record.text("event_type");
    const id = type === "case" ? record.text("case", "id") : record.text("voip", "alert_id");
    if (!id.startsWith(this.#id)) return;
    if (type === "case") this.case = record;
    else if (type === "alert") this.alert ??= record;
    else return;
    if (this.candidates.size < OTHERS_MAX) this.candidates.add(id);
  }

  /** Between the passes: whose deeds are looked for. */
  settle(): void {
    const { alert } = this;
    const found = this.case;
    const attackers =
      found?.records("case", "attackers", "values").map((one) => one.text("ip")) ?? [];
    this.#caseId = found?.text("case", "id") ?? alert?.text("voip", "case_id") ?? "";
    const isForged = alert?.value("voip", "spoofed") === true;
    const own = alert === null || isForged ? "" : alert.text("src_ip");
    this.#sources = new Set([...attackers, own].filter((ip) => ip !== ""));
    const accounts = found?.records("case", "accounts", "values").map((one) => one.text("value"));
    const account = alert?.text("voip", "account") ?? "";
    this.#accounts = new Set([...(accounts ?? []), account].filter((text) => text !== ""));
  }

  /** Second pass. */
  gather(line: string): void {
    const record = EveRecord.parse(line);
    if (record === null) return;
    switch (record.text("event_type")) {
      case "alert":
        this.#other(record);
        return;
      case "incident":
        if (
          this.alert !== null &&
          record.text("voip", "alert_id") === this.alert.text("voip", "alert_id")
        ) {
          this.incident = record;
        }
        return;
      case "case":
        if (this.#caseId !== "" && record.text("case", "id") === this.#caseId) this.case = record;
        return;
      case "call":
        this.#call(record);
    }
  }

  #other(record: EveRecord): void {
    const isOfCase = this.#caseId !== "" && record.text("voip", "case_id") === this.#caseId;
    if (!isOfCase && !this.#sources.has(record.text("src_ip"))) return;
    const sid = record.number("alert", "signature_id") ?? 0;
    const time = record.text("timestamp");
    const known = this.others.get(sid);
    if (known !== undefined) {
      known.count++;
      known.last = time;
    } else if (this.others.size < OTHERS_MAX) {
      const severity = record.number("alert", "severity") ?? 0;
      const signature = record.text("alert", "signature");
      const alertId = record.text("voip", "alert_id");
      const times = { first: time, last: time };
      this.others.set(sid, { sid, signature, severity, alertId, ...times, count: 1 });
    }
  }

  #call(record: EveRecord): void {
    const account = record.text("call", "account");
    const isTheirs =
      this.#sources.has(record.text("src_ip")) || (account !== "" && this.#accounts.has(account));
    const callId = record.text("call", "call_id");
    if (!isTheirs || (this.calls.size >= CALLS_MAX && !this.calls.has(callId))) return;
    const country = record.text("call", "number", "country");
    this.calls.set(callId, {
      setup: record.text("call", "setup"),
      answered: record.text("call", "answered"),
      duration: record.number("call", "duration") ?? 0,
      account,
      dialled: record.text("call", "dialled"),
      country: country === NO_COUNTRY ? "intl" : country,
      amount: record.number("call", "cost", "amount"),
      currency: record.text("call", "cost", "currency"),
      callId,
    });
  }
}
