import type { DeliveryRecord } from "../../../../src/emit/delivery/delivery-record.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An alert as emit/eve/eve.ts writes it, with what a test changes. */
export function alertFields(changes: Fields = {}): Fields {
  return {
    timestamp: "2026-11-21T02:56:57.743150+0000",
    event_type: "alert",
    src_ip: "203.0.113.66",
    src_port: 5060,
    dest_ip: "192.0.2.10",
    dest_port: 5060,
    proto: "UDP",
    ip_v: 4,
    alert: {
      action: "allowed",
      gid: 1,
      signature_id: 9102001,
      rev: 1,
      signature: "VOIP BRUTE credential brute force on one account",
      category: "VoIP Credential Brute Force",
      severity: 2,
      metadata: { attack: ["auth_bruteforce"], confidence: ["High"] },
    },
    app_proto: "sip",
    voip: {
      ...{ schema: "voip/1.0", alert_id: "9e55ec5d71c464b86962f3f96da508e9" },
      source: { return_path: "proven" },
      account: "204@192.0.2.10",
    },
    ...changes,
  };
}

let sequence = 0;

/** A record of the spool that carries these fields. */
export function recordOf(
  fields: Fields = alertFields(),
  changes: Partial<DeliveryRecord> = {},
): DeliveryRecord {
  sequence++;
  return {
    sequence,
    severity: 2,
    alertId: sequence.toString(16).padStart(32, "0"),
    key: "203.0.113.66",
    line: JSON.stringify(fields),
    ...changes,
  };
}

export function recordsOf(count: number): DeliveryRecord[] {
  return Array.from({ length: count }, () => recordOf());
}
