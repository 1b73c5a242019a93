import type { Alert, AlertCounter } from "../detect/alert.ts";
import type { IncidentRecord } from "../detect/incident.ts";
import type {
  AnomalyRecord,
  FlowCounters,
  FlowRecord,
  RecordHeader,
  SipRecord,
  StatsRecord,
} from "../track/records.ts";
import { ALERT_PLACE, withAlert } from "./eve-alert.ts";
import { captureName, type EveSettings, eveAddress, eveHeader, eveTime } from "./eve-header.ts";
import { eveIncident } from "./eve-incident.ts";
import { eveSip } from "./eve-sip.ts";
import { eveSource } from "./eve-source.ts";
import { cleanText, jsonLine } from "./eve-text.ts";
import type { EvidenceFile } from "./evidence/evidence-file.ts";

/** Version of the `voip` object: the first number changes when a field goes or changes its meaning. */
export const VOIP_SCHEMA = "voip/1.0";

type Fields = Record<string, unknown>;

/**
 * Writes records as Suricata EVE lines (its EVE JSON format), field for field and in its order, without a
 * line feed. `voip` and `evidence` are siblings of ours; `alert` and `sip` hold nothing of our own.
 */
export class EveWriter {
  readonly #settings: EveSettings;
  readonly #textMax: number;

  constructor(settings: EveSettings) {
    this.#settings = settings;
    this.#textMax = settings.textMax;
  }

  /** `capture` is the file with the alert's packets, as it is now. */
  alert(alert: Alert, capture?: EvidenceFile): string {
    const record = eveHeader(alert, "alert", this.#settings);
    if (alert.txId !== undefined) record.tx_id = alert.txId;
    record.alert = ALERT_PLACE;
    if (alert.sip !== undefined) record.sip = eveSip(alert.sip, this.#textMax);
    record.app_proto = alert.appProto === "" ? "failed" : alert.appProto;
    if (alert.direction !== "") record.direction = alert.direction;
    if (alert.flow !== undefined) record.flow = this.#alertFlow(alert.flow);
    if (capture !== undefined) record.capture_file = capture.path;
    record.voip = this.#voip(alert);
    if (capture !== undefined) (record.voip as Fields).capture = eveCapture(capture);
    if (alert.evidence.length > 0) {
      record.evidence = alert.evidence.map(({ what, expected, seen }) => ({
        what: this.#text(what),
        expected: this.#text(expected),
        seen: this.#text(seen),
      }));
    }
    return withAlert(this.#line(record, alert), alert.signature, alert, this.#settings);
  }

  /** How a long attack goes on: the opening alert's signature and ends, and what was counted since. */
  incident(incident: IncidentRecord, capture?: EvidenceFile): string {
    const record = eveHeader(incident, "incident", this.#settings);
    record.alert = ALERT_PLACE;
    record.app_proto = incident.appProto === "" ? "failed" : incident.appProto;
    record.incident = eveIncident(incident, this.#settings);
    if (capture !== undefined) record.capture_file = capture.path;
    record.voip = {
      schema: VOIP_SCHEMA,
      alert_id: incident.alertId,
      ...(incident.source !== undefined && { source: eveSource(incident.source) }),
      ...(capture !== undefined && { capture: eveCapture(capture) }),
    };
    return withAlert(this.#line(record), incident.signature, incident, this.#settings);
  }

  sip(message: SipRecord): string {
    const record = eveHeader(message, "sip", this.#settings);
    record.tx_id = message.txId;
    record.sip = eveSip(message.sip, this.#textMax);
    return this.#line(record, message);
  }

  flow(ended: FlowRecord): string {
    const record = eveHeader(ended, "flow", this.#settings);
    record.app_proto = ended.appProto === "" ? "failed" : ended.appProto;
    record.flow = {
      ...counters(ended.flow),
      end: eveTime(ended.endUs),
      age: Math.max(0, Math.floor((ended.endUs - ended.flow.startUs) / 1_000_000)),
      state: ended.state,
      reason: ended.reason,
      alerted: ended.alerted,
    };
    return this.#line(record);
  }

  anomaly(anomaly: AnomalyRecord): string {
    const record = eveHeader(anomaly, "anomaly", this.#settings);
    if (anomaly.txId !== undefined) record.tx_id = anomaly.txId;
    const { type, event } = anomaly;
    record.anomaly =
      type === "applayer"
        ? { app_proto: anomaly.appProto, type, event, layer: "proto_parser" }
        : { type, event };
    return this.#line(record, anomaly);
  }

  /** Suricata's tree of counters; what it has no name for is in `voip`. */
  stats(stats: StatsRecord): string {
    const { capture, decoder, detect, flows, sip } = stats;
    const noErrors = { gap: 0, alloc: 0, parser: 0, internal: 0 };
    return this.#line({
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
  }

  #line(record: Fields, header?: RecordHeader): string {
    if (this.#settings.sensor !== "") record.host = this.#settings.sensor;
    const capture = header === undefined ? "" : captureName(header, this.#settings);
    if (capture !== "") record.pcap_filename = capture;
    return jsonLine(record);
  }

  #text(text: string): string {
    return cleanText(text, this.#textMax);
  }

  #alertFlow(flow: FlowCounters): Fields {
    const { ipv6Compress } = this.#settings;
    // Not spread: that would cost more than all else of the record.
    return {
      pkts_toserver: flow.pktsToServer,
      pkts_toclient: flow.pktsToClient,
      bytes_toserver: flow.bytesToServer,
      bytes_toclient: flow.bytesToClient,
      start: eveTime(flow.startUs),
      src_ip: eveAddress(flow.clientIp, ipv6Compress),
      dest_ip: eveAddress(flow.serverIp, ipv6Compress),
      src_port: flow.clientPort,
      dest_port: flow.serverPort,
    };
  }

  #voip({ alertId, voip }: Alert): Fields {
    const fields: Fields = { schema: VOIP_SCHEMA, alert_id: alertId };
    const texts: readonly (readonly [string, string | undefined])[] = [
      ["event", voip.event],
      ["call_id", voip.callId],
      ["account", voip.account],
      ["aor", voip.aor],
      ["from_user", voip.fromUser],
      ["to_user", voip.toUser],
      ["user_agent", voip.userAgent],
      ["stream", voip.stream],
    ];
    for (const [key, value] of texts) {
      if (value !== undefined && value !== "") fields[key] = this.#text(value);
      if (key === "event" && Number.isFinite(voip.value)) fields.value = voip.value;
      if (key === "event" && voip.isSpoofed === true) fields.spoofed = true;
    }
    if (voip.source !== undefined) fields.source = eveSource(voip.source);
    if (voip.counter !== undefined) fields.counter = this.#counter(voip.counter);
    return fields;
  }

  #counter(counter: AlertCounter): Fields {
    const { type, track, count, seconds, uniqueOn, ratio } = counter;
    const fields: Fields = { type, track, key: this.#text(counter.key), count, seconds };
    if (uniqueOn !== undefined) {
      fields.unique_on = uniqueOn;
      fields.distinct = count;
    }
    if (ratio !== undefined && Number.isFinite(ratio)) {
      fields.ratio = Math.round(ratio * 10_000) / 10_000;
    }
    return fields;
  }
}

function counters(flow: FlowCounters): Fields {
  return {
    pkts_toserver: flow.pktsToServer,
    pkts_toclient: flow.pktsToClient,
    bytes_toserver: flow.bytesToServer,
    bytes_toclient: flow.bytesToClient,
    start: eveTime(flow.startUs),
  };
}

function pick(decoder: StatsRecord["decoder"]): Fields {
  const { bytes, ipv4, ipv6, udp, tcp, invalid } = decoder;
  return { bytes, ipv4, ipv6, udp, tcp, invalid };
}

/** What the file of `capture_file` held when the record was written; it may have grown since. */
function eveCapture({ packets, bytes, sha256, isComplete }: EvidenceFile): Fields {
  return { packets, bytes, sha256, complete: isComplete };
}
