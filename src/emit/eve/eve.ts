import type { Alert } from "../../detect/alerts/alert.ts";
import type { CaseRecord } from "../../detect/cases/case-record.ts";
import type { IncidentRecord } from "../../detect/incidents/incident.ts";
import type { AlertFrame } from "../../detect/payload/frame.ts";
import type { CallCountRecord } from "../../track/call-records/call-record.ts";
import type { RecordHeader } from "../../track/record-header.ts";
import type {
  RegistrationCountRecord,
  RegistrationRecord,
} from "../../track/registrations/registration-record.ts";
import { endAddresses, eveAddresses } from "../addresses/eve-addresses.ts";
import { eveCase } from "../cases/eve-case.ts";
import type { EvidenceFile } from "../evidence/evidence-file.ts";
import type { NumberedCall } from "../phone-numbers.ts";
import type { AnomalyRecord, FlowRecord, SipRecord, StatsRecord } from "../records.ts";
import { eveAlert } from "./eve-alert.ts";
import { eveCall, eveCallCount } from "./eve-call.ts";
import { eveAlertFlow, eveFlow } from "./eve-flow.ts";
import {
  type EveSettings,
  eveEnd,
  eveHeader,
  eveTime,
  eveTunnel,
  footer,
  header,
} from "./eve-header.ts";
import { eveIncident } from "./eve-incident.ts";
import { eveRegistration, eveRegistrationCount } from "./eve-registration.ts";
import { eveSip } from "./eve-sip.ts";
import { jsonLine, quoted } from "./eve-text.ts";
import { eveCapture, eveDialog, eveEvidence, eveSource, eveVoip, VOIP_SCHEMA } from "./eve-voip.ts";
import { LineBytes, piece } from "./line-bytes.ts";

const SIP = piece(',"app_proto":"sip"');

/**
 * Writes records as Suricata EVE lines (its EVE JSON format), field for field and in its order, without a
 * line feed. `voip` and `evidence` are siblings of ours; `alert` and `sip` hold nothing of our own.
 */
export class EveWriter {
  readonly #settings: EveSettings;
  readonly #textMax: number;
  readonly #line = new LineBytes();

  constructor(settings: EveSettings) {
    this.#settings = settings;
    this.#textMax = settings.textMax;
  }

  /** `capture` is the file with the alert's packets, as it is now. */
  alert(alert: Alert, capture?: EvidenceFile): string {
    const settings = this.#settings;
    const { direction, evidence, flow, frame, sip, tunnel, txId } = alert;
    let line = eveHeader(alert, "alert", settings);
    if (txId !== undefined) line += `,"tx_id":${txId}`;
    line += `,"alert":${eveAlert(alert.signature, alert, settings)}`;
    if (tunnel !== undefined) line += `,"tunnel":${eveTunnel(tunnel, settings)}`;
    if (sip !== undefined) line += `,"sip":${eveSip(sip, this.#textMax)}`;
    line += appProtoText(alert.appProto);
    if (direction !== "") line += `,"direction":"${direction}"`;
    if (flow !== undefined) line += `,"flow":${eveAlertFlow(flow, settings.ipv6Compress)}`;
    if (frame !== undefined) line += `,"frame":${eveFrame(frame, direction)}`;
    if (capture !== undefined) line += `,"capture_file":${quoted(capture.path)}`;
    line += `,"voip":${eveVoip(alert, this.#textMax, capture)}`;
    if (evidence.length > 0) line += `,"evidence":${eveEvidence(evidence, this.#textMax)}`;
    return line + this.#addresses(alert) + eveEnd(settings, alert);
  }

  /** How a long attack goes on: the opening alert's signature and ends, and what was counted since. */
  incident(incident: IncidentRecord, capture?: EvidenceFile): string {
    const { alertId, signature, source } = incident;
    let line = eveHeader(incident, "incident", this.#settings);
    line += `,"alert":${eveAlert(signature, incident, this.#settings)}`;
    line += appProtoText(incident.appProto);
    line += `,"incident":${jsonLine(eveIncident(incident, this.#settings))}`;
    if (capture !== undefined) line += `,"capture_file":${quoted(capture.path)}`;
    line += `,"voip":{"schema":"${VOIP_SCHEMA}","alert_id":${quoted(alertId)}`;
    if (incident.caseId !== undefined) line += `,"case_id":${quoted(incident.caseId)}`;
    if (source !== undefined) line += `,"source":${eveSource(source)}`;
    if (capture !== undefined) line += `,"capture":${eveCapture(capture)}`;
    return `${line}}${this.#addresses(incident)}${eveEnd(this.#settings)}`;
  }

  /** The line is valid until the next call is written. */
  call(call: NumberedCall): LineBytes {
    const line = this.#line;
    line.begin();
    header(line, call, "call", this.#settings);
    line.put(SIP);
    eveCall(line, call, this.#settings);
    endAddresses(line, call.srcIp, call.destIp, this.#settings);
    footer(line, this.#settings, call);
    return line;
  }

  /** Calls that were too many for a record each. */
  callCount(count: CallCountRecord): string {
    const header = `{"timestamp":"${eveTime(count.timeUs)}","event_type":"call"`;
    const fields = jsonLine(eveCallCount(count, this.#settings));
    return `${header}${appProtoText("sip")},"call":${fields}${eveEnd(this.#settings)}`;
  }

  registration(record: RegistrationRecord): string {
    const header = eveHeader(record, "registration", this.#settings);
    const fields = jsonLine(eveRegistration(record, this.#settings));
    const end = this.#addresses(record) + eveEnd(this.#settings, record);
    return `${header}${appProtoText("sip")},"registration":${fields}${end}`;
  }

  /** Registrations that were too many for a record each. */
  registrationCount(count: RegistrationCountRecord): string {
    const header = `{"timestamp":"${eveTime(count.timeUs)}","event_type":"registration"`;
    const fields = jsonLine(eveRegistrationCount(count, this.#settings));
    return `${header}${appProtoText("sip")},"registration":${fields}${eveEnd(this.#settings)}`;
  }

  /** How a case goes on. */
  case(record: CaseRecord): string {
    const header = eveHeader(record, "case", this.#settings);
    const fields = jsonLine(eveCase(record, this.#settings));
    const voip = `{"schema":"${VOIP_SCHEMA}","alert_id":${quoted(record.alertId)}}`;
    const people = [...record.sources.map(({ ip }) => ip), ...record.victims.values.map(textOf)];
    const addresses = eveAddresses(people, this.#settings);
    return `${header},"case":${fields},"voip":${voip}${addresses}${eveEnd(this.#settings)}`;
  }

  #addresses({ destIp, srcIp }: RecordHeader): string {
    return eveAddresses([srcIp, destIp], this.#settings);
  }

  sip(message: SipRecord): string {
    const header = eveHeader(message, "sip", this.#settings);
    const sip = eveSip(message.sip, this.#textMax);
    const voip = eveDialog(message.dialog, this.#textMax);
    const end = eveEnd(this.#settings, message);
    return `${header},"tx_id":${message.txId},"sip":${sip},"voip":${voip}${end}`;
  }

  flow(ended: FlowRecord): string {
    const header = eveHeader(ended, "flow", this.#settings);
    return `${header}${appProtoText(ended.appProto)},"flow":${eveFlow(ended)}${eveEnd(this.#settings)}`;
  }

  anomaly(anomaly: AnomalyRecord): string {
    const { appProto, event, txId, type } = anomaly;
    let line = eveHeader(anomaly, "anomaly", this.#settings);
    if (txId !== undefined) line += `,"tx_id":${txId}`;
    const isApplayer = type === "applayer";
    const fields = isApplayer
      ? { app_proto: appProto, type, event, layer: "proto_parser" }
      : { type, event };
    return `${line},"anomaly":${jsonLine(fields)}${eveEnd(this.#settings, anomaly)}`;
  }

  /** Suricata's tree of counters; what it has no name for is in `voip`. */
  stats(stats: StatsRecord): string {
    const { capture, decoder, detect, flows, sip } = stats;
    const noErrors = { gap: 0, alloc: 0, parser: 0, internal: 0 };
    const fields = jsonLine({
      timestamp: eveTime(stats.timeUs),
      event_type: "stats",
      stats: {
        uptime: Math.floor(stats.uptimeS),
        capture: { kernel_packets: capture.kernelPackets, kernel_drops: capture.kernelDrops },
        decoder: { pkts: decoder.packets, ...pick(decoder) },
        flow: { udp: flows.udp, tcp: flows.tcp },
        detect: {
          alert: detect.alerts,
          alert_queue_overflow: detect.overflows,
          alerts_suppressed: detect.suppressed,
        },
        app_layer: {
          flow: { sip_udp: flows.sipUdp, sip_tcp: flows.sipTcp, failed_udp: flows.unknownUdp },
          tx: { sip_udp: sip.messages, sip_tcp: sip.tcpMessages },
          error: { sip_udp: { ...noErrors, parser: sip.malformed }, sip_tcp: noErrors },
        },
      },
      voip: {
        schema: VOIP_SCHEMA,
        rtp: stats.rtp,
        tables: Object.fromEntries(
          stats.tables.map(({ name, size, capacity, evictions }) => [
            name,
            { size, capacity, evictions },
          ]),
        ),
      },
    });
    return fields.slice(0, -1) + eveEnd(this.#settings);
  }
}

function textOf({ text }: { readonly text: string }): string {
  return text;
}

/** Frames are whole: a message is looked at when all of it is there. */
function eveFrame({ length, type }: AlertFrame, direction: Alert["direction"]): string {
  const side = direction === "" ? "" : `,"direction":"${direction.replace("_", "")}"`;
  return `{"type":"${type}","length":${length}${side},"complete":true}`;
}

/** Suricata calls a protocol that it could not tell `failed`. */
function appProtoText(appProto: string): string {
  return `,"app_proto":"${appProto === "" ? "failed" : appProto}"`;
}

function pick(decoder: StatsRecord["decoder"]): Record<string, number> {
  const { bytes, ipv4, ipv6, udp, tcp, invalid } = decoder;
  return { bytes, ipv4, ipv6, udp, tcp, invalid };
}
