import { ipText } from "./capture-file.ts";
import { type VictimName, victimAddress } from "./storm-victims.ts";

/** The parts of an EVE alert that say what was found. */
export interface StormAlert {
  readonly src_ip: string;
  readonly dest_ip: string;
  readonly alert: {
    readonly signature_id: number;
    readonly severity: number;
    readonly metadata?: { readonly attack?: readonly string[] };
  };
}

export interface Finding {
  readonly sid: number;
  readonly severity: number;
}

export interface StormVerdict {
  /** The gravest alert about each attack; null when there is none of severity 1 or 2. */
  readonly found: Readonly<Record<VictimName, Finding | null>>;
  /** Alerts of floods of SIP requests, severity 1 to 3. */
  readonly floods: number;
  /** All alerts of severity 1 to 3, and how many of each rule. */
  readonly alerts: number;
  readonly bySid: Readonly<Record<string, number>>;
}

const ATTACKS: Readonly<Record<VictimName, string>> = {
  bye: "bye_spoof",
  foreign: "rtp_injection",
  inName: "rtp_injection",
};
const FLOOD = /^(register|invite|options)_flood$/;
const SEVERITY_FOUND_MAX = 2;
const SEVERITY_ALARM_MAX = 3;

export function stormVerdict(alerts: readonly StormAlert[]): StormVerdict {
  const alarms = alerts.filter(({ alert }) => alert.severity <= SEVERITY_ALARM_MAX);
  const bySid: Record<string, number> = {};
  for (const { alert } of alarms) bySid[alert.signature_id] = (bySid[alert.signature_id] ?? 0) + 1;
  const floods = alarms.filter(({ alert }) => attacksOf(alert).some((name) => FLOOD.test(name)));
  return {
    found: {
      bye: find(alarms, "bye"),
      foreign: find(alarms, "foreign"),
      inName: find(alarms, "inName"),
    },
    floods: floods.length,
    alerts: alarms.length,
    bySid,
  };
}

function find(alarms: readonly StormAlert[], name: VictimName): Finding | null {
  const address = ipText(victimAddress(name));
  let gravest: Finding | null = null;
  for (const { src_ip, dest_ip, alert } of alarms) {
    if (src_ip !== address && dest_ip !== address) continue;
    if (!attacksOf(alert).includes(ATTACKS[name])) continue;
    const { signature_id: sid, severity } = alert;
    if (severity > SEVERITY_FOUND_MAX || severity >= (gravest?.severity ?? 9)) continue;
    gravest = { sid, severity };
  }
  return gravest;
}

function attacksOf({ metadata }: StormAlert["alert"]): readonly string[] {
  return metadata?.attack ?? [];
}
