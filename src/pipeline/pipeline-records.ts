import type { Config } from "../config/config.ts";
import { isIpv6Host } from "../decode/host.ts";
import { IpProtocol, protocolName } from "../decode/layer.ts";
import type { PacketView } from "../decode/packet.ts";
import { SkipReason } from "../decode/packet.ts";
import { SIP_ANOMALY_NAMES } from "../decode/sip/anomaly.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import type { AnomalyRecord, FlowRecord, SipRecord, StatsRecord } from "../emit/records.ts";
import { APP_PROTO_NAMES, AppProto } from "../track/app-proto.ts";
import type { CallReceiver } from "../track/call-records/call-receiver.ts";
import type { CallCountRecord, CallRecord } from "../track/call-records/call-record.ts";
import { dialogFieldsOf, sipFieldsOf } from "../track/content/sip-fields.ts";
import type { FlowEndReason } from "../track/flow.ts";
import { flowIdOf } from "../track/flow-id.ts";
import type { RecordHeader } from "../track/record-header.ts";
import type { RegistrationReceiver } from "../track/registrations/registration-log.ts";
import type {
  RegistrationCountRecord,
  RegistrationRecord,
} from "../track/registrations/registration-record.ts";
import { sightOf } from "../track/tunnel-fields.ts";
import type { Pipeline, PipelineOutputs } from "./pipeline.ts";

const INVALID: readonly SkipReason[] = [
  SkipReason.LINK_TRUNCATED,
  SkipReason.IP_TRUNCATED,
  SkipReason.IP_BAD_HEADER,
  SkipReason.UDP_TRUNCATED,
  SkipReason.UDP_BAD_LENGTH,
  SkipReason.EXTENSION_HEADERS_TOO_MANY,
  SkipReason.TCP_BAD_HEADER,
];

/** Builds the records beside alerts (EVE sip, flow, anomaly, stats), for the kinds that are wanted. */
export class RecordBuilder {
  readonly #pipeline: Pipeline;
  readonly #outputs: PipelineOutputs;
  readonly #statsEveryUs: number;
  #nextStatsUs = 0;
  #sipFlows = 0;
  #unknownFlows = 0;
  #tcpFlows = 0;

  constructor(pipeline: Pipeline, outputs: PipelineOutputs, statsIntervalS: number) {
    this.#pipeline = pipeline;
    this.#outputs = outputs;
    this.#statsEveryUs = statsIntervalS * 1_000_000;
  }

  packet(packet: PacketView, slot: number, message: SipMessageView | null): void {
    const outputs = this.#outputs;
    const txId = this.#pipeline.flows.messages(slot);
    if (message !== null && outputs.sip !== undefined) {
      const { names, tracker } = this.#pipeline;
      const header = this.#header(packet, slot);
      const server = names.text(message.isRequest ? packet.dstHost : packet.srcHost);
      const dialog = dialogFieldsOf(message, tracker.sip.keys, server);
      outputs.sip(Object.assign(header, { txId, sip: sipFieldsOf(message), dialog }));
    }
    if (message !== null && message.anomalies !== 0 && outputs.anomaly !== undefined) {
      const header = this.#header(packet, slot);
      for (const [bit, event] of SIP_ANOMALY_NAMES.entries()) {
        if ((message.anomalies & (1 << bit)) === 0) continue;
        outputs.anomaly({ ...header, type: "applayer", event, appProto: "sip", txId });
      }
    }
    if (outputs.stats !== undefined && packet.timeUs >= this.#nextStatsUs) {
      if (this.#nextStatsUs > 0) this.#stats(packet.timeUs);
      this.#nextStatsUs = packet.timeUs + this.#statsEveryUs;
    }
  }

  flowEnded(slot: number, reason: FlowEndReason): void {
    const { flows, names, statistics } = this.#pipeline;
    const appProto = flows.appProto(slot);
    const protocol = flows.protocol(slot);
    if (protocol === IpProtocol.TCP) this.#tcpFlows++;
    else if (appProto === AppProto.SIP) this.#sipFlows++;
    else if (appProto === AppProto.UNKNOWN) this.#unknownFlows++;
    if (this.#outputs.flow === undefined) return;
    const client = flows.clientHost(slot);
    const clientIp = names.text(client);
    const serverIp = names.text(flows.serverHost(slot));
    const clientPort = flows.clientPort(slot);
    const serverPort = flows.serverPort(slot);
    this.#outputs.flow({
      timeUs: reason === "shutdown" ? flows.lastUs(slot) : statistics.lastUs,
      packetNumber: 0,
      flowId: flowIdOf(flows, slot, names),
      vlan: -1,
      srcIp: clientIp,
      srcPort: clientPort,
      destIp: serverIp,
      destPort: serverPort,
      proto: protocolName(protocol),
      ipVersion: isIpv6Host(client) ? 6 : 4,
      appProto: APP_PROTO_NAMES[appProto] ?? "",
      flow: {
        pktsToServer: flows.packets(slot, true),
        pktsToClient: flows.packets(slot, false),
        bytesToServer: flows.bytes(slot, true),
        bytesToClient: flows.bytes(slot, false),
        startUs: flows.firstUs(slot),
        clientIp,
        clientPort,
        serverIp,
        serverPort,
      },
      endUs: flows.lastUs(slot),
      state: flows.isEstablished(slot) ? "established" : "new",
      reason,
      alerted: flows.isAlerted(slot),
      ...this.#flowBits(slot),
    });
  }

  finish(): void {
    if (this.#outputs.stats !== undefined) this.#stats(this.#pipeline.statistics.lastUs);
  }

  #stats(timeUs: number): void {
    const { statistics, engine, flows } = this.#pipeline;
    const { skipped } = statistics;
    this.#outputs.stats?.({
      timeUs,
      uptimeS: Math.floor((timeUs - statistics.firstUs) / 1_000_000),
      capture: { kernelPackets: statistics.packets, kernelDrops: statistics.captureDrops },
      decoder: {
        packets: statistics.packets,
        bytes: statistics.bytes,
        ipv4: statistics.ipv4Packets,
        ipv6: statistics.ipv6Packets,
        udp: statistics.udpPackets,
        tcp: statistics.tcpPackets,
        invalid: INVALID.reduce((sum: number, reason) => sum + (skipped[reason] as number), 0),
      },
      detect: {
        alerts: engine.counters.alerts,
        overflows: engine.counters.overflow,
        suppressed: engine.counters.suppressed,
      },
      flows: {
        udp: flows.created - flows.createdTcp,
        tcp: flows.createdTcp,
        sipUdp: this.#sipFlows,
        sipTcp: this.#tcpFlows,
        unknownUdp: this.#unknownFlows,
      },
      sip: {
        messages: statistics.sipMessages - statistics.tcpMessages,
        tcpMessages: statistics.tcpMessages,
        malformed: statistics.sipMalformed,
      },
      rtp: {
        packets: statistics.rtpPackets,
        streams: statistics.streamsAnnounced + statistics.streamsUnannounced,
        lost: statistics.rtpLost,
      },
      tables: this.#pipeline.tables(),
    });
  }

  #header(packet: PacketView, slot: number): RecordHeader {
    const { flows, names } = this.#pipeline;
    names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    // One shape for nearly all, and what is rare set after: spreading it in took most of the time.
    const header: { -readonly [Field in keyof RecordHeader]: RecordHeader[Field] } = {
      timeUs: packet.captureUs,
      packetNumber: packet.number,
      flowId: flowIdOf(flows, slot, names),
      vlan: packet.vlan,
      srcIp: names.text(packet.srcHost),
      srcPort: packet.srcPort,
      destIp: names.text(packet.dstHost),
      destPort: packet.dstPort,
      proto: protocolName(packet.ipProtocol),
      ipVersion: packet.ipVersion,
    };
    if (packet.place > 0) header.place = packet.place;
    if (packet.innerVlan >= 0) header.innerVlan = packet.innerVlan;
    if (packet.depth > 0 || packet.agent > 0) Object.assign(header, sightOf(packet, names));
    const flowBits = this.#pipeline.engine.flowBits(slot);
    if (flowBits.length > 0) header.flowBits = flowBits;
    return header;
  }

  #flowBits(slot: number): Pick<RecordHeader, "flowBits"> {
    const flowBits = this.#pipeline.engine.flowBits(slot);
    return flowBits.length === 0 ? {} : { flowBits };
  }
}

/** Who takes records beside alerts, incidents and cases. Of calls and registrations those beyond the limit of a minute are counted. */
export interface RecordReceivers {
  sip?(record: SipRecord): void;
  flow?(record: FlowRecord): void;
  anomaly?(record: AnomalyRecord): void;
  stats?(record: StatsRecord): void;
  call?(record: CallRecord): void;
  callCount?(record: CallCountRecord): void;
  registration?(record: RegistrationRecord): void;
  registrationCount?(record: RegistrationCountRecord): void;
}

/** Calls and registrations are written down only where somebody takes their records. */
export function logReceivers(
  outputs: RecordReceivers,
  { eve }: Config,
): { calls: CallReceiver | null; registrations: RegistrationReceiver | null } {
  const attemptsMax = eve.callAttemptsMax;
  const calls: CallReceiver = {
    onCall: (record) => outputs.call?.(record),
    onCount: (record) => outputs.callCount?.(record),
    attemptsMax,
  };
  const registrations: RegistrationReceiver = {
    onRegistration: (record) => outputs.registration?.(record),
    onRegistrationCount: (record) => outputs.registrationCount?.(record),
    attemptsMax,
  };
  return {
    calls: outputs.call === undefined ? null : calls,
    registrations: outputs.registration === undefined ? null : registrations,
  };
}
