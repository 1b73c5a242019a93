import { packetPlace } from "../../../src/capture/packet-place.ts";
import type { Alert } from "../../../src/detect/alerts/alert.ts";
import type { IncidentRecord } from "../../../src/detect/incidents/incident.ts";
import type { EveSettings } from "../../../src/emit/eve/eve-header.ts";
import type { NumberedCall } from "../../../src/emit/phone-numbers.ts";
import type {
  AnomalyRecord,
  FlowRecord,
  SipRecord,
  StatsRecord,
} from "../../../src/emit/records.ts";
import type { RecordHeader } from "../../../src/track/record-header.ts";

/** Records of each kind with every field set, for the tests of emit. */

export const SETTINGS: EveSettings = {
  ipv6Compress: false,
  communityId: false,
  communityIdSeed: 0,
  sensor: "",
  textMax: 2048,
  interfaceName: "",
  isReplay: true,
};

export const HEADER: RecordHeader = {
  timeUs: 1_577_934_245_000_042,
  packetNumber: 17,
  place: packetPlace(0, 17),
  flowId: 2_000_000_000_000_001,
  vlan: -1,
  srcIp: "203.0.113.9",
  srcPort: 5071,
  destIp: "10.0.0.2",
  destPort: 5060,
  proto: "UDP",
  ipVersion: 4,
};

const FLOW = {
  pktsToServer: 20,
  pktsToClient: 19,
  bytesToServer: 9000,
  bytesToClient: 8000,
  startUs: 1_577_934_240_000_000,
  clientIp: "203.0.113.9",
  clientPort: 5071,
  serverIp: "10.0.0.2",
  serverPort: 5060,
};

export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    ...HEADER,
    alertId: "00112233445566778899aabbccddeeff",
    signature: {
      action: "allowed",
      gid: 1,
      sid: 9_100_001,
      rev: 2,
      msg: "SIPSENTRY extension enumeration",
      category: "Attempted Information Leak",
      severity: 2,
      metadata: { mitre_technique_id: ["T1087"], Attack: ["enumeration"], confidence: ["High"] },
      references: ["https://example.org/enum"],
    },
    appProto: "sip",
    direction: "to_server",
    txId: 19,
    sip: {
      requestLine: "REGISTER sip:10.0.0.2 SIP/2.0",
      method: "REGISTER",
      uri: "sip:10.0.0.2",
      version: "SIP/2.0",
    },
    flow: FLOW,
    voip: {
      event: "sip.user_unknown",
      value: 404,
      callId: "1@a",
      account: "100@pbx",
      aor: "",
      fromUser: "100",
      toUser: "100",
      userAgent: "friendly-scanner",
      counter: {
        type: "threshold",
        track: "by_client",
        key: "203.0.113.9",
        count: 20,
        seconds: 60,
        uniqueOn: "to_user",
        ratio: 1 / 3,
      },
    },
    evidence: [
      { what: "source of the BYE", expected: "10.0.0.1 or 10.0.0.2", seen: "203.0.113.9" },
    ],
    ...changes,
  };
}

export function incidentOf(changes: Partial<IncidentRecord> = {}): IncidentRecord {
  const { flowId: _, packetNumber: __, place: ___, ...ends } = HEADER;
  return {
    ...ends,
    flowId: 0,
    packetNumber: 0,
    alertId: "ffeeddccbbaa99887766554433221100",
    incidentId: alertOf().alertId,
    signature: alertOf().signature,
    appProto: "sip",
    state: "closed",
    reason: "idle",
    sequence: 2,
    startUs: HEADER.timeUs - 900_000_000,
    endUs: HEADER.timeUs - 300_500_000,
    count: 180_000,
    newCount: 89_901,
    folded: 3,
    distinct: { field: "to_user", count: 4_096, isCut: true },
    peak: { count: 18_000, seconds: 60, startUs: HEADER.timeUs - 840_000_000 },
    track: "by_client",
    key: "203.0.113.9",
    callIds: ["1@a", "2@a"],
    accounts: ["100@pbx"],
    destIps: ["10.0.0.2"],
    top: {
      sources: {
        distinct: 1,
        isCut: false,
        values: [{ text: "203.0.113.9", count: 180_000 }],
      },
      accounts: { distinct: 410, isCut: true, values: [{ text: "100@10.0.0.2", count: 9 }] },
    },
    ...changes,
  };
}

export const SIP_RECORD: SipRecord = {
  ...HEADER,
  dialog: {
    callId: "c1@10.0.0.1",
    fromTag: "f1",
    toTag: "t1",
    cseq: 7,
    cseqMethod: "INVITE",
    fromUser: "201",
    toUser: "202",
    account: "201@10.0.0.2",
  },
  txId: 0,
  sip: {
    version: "SIP/2.0",
    code: "200",
    reason: "OK",
    responseLine: "SIP/2.0 200 OK",
    sdp: {
      origin: "- 1 1 IN IP4 10.0.0.1",
      session_name: "call",
      time_descriptions: [{ time: "0 0" }],
      attributes: ["sendrecv"],
      media_descriptions: [
        {
          media: "audio 4000 RTP/SAVP 0",
          attributes: [
            "rtpmap:0 PCMU/8000",
            "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0|2^20|1:4",
            "ice-pwd:hunter2hunter2",
          ],
        },
      ],
    },
  },
};

export const FLOW_RECORD: FlowRecord = {
  ...HEADER,
  packetNumber: 0,
  appProto: "",
  flow: FLOW,
  endUs: 1_577_934_249_900_000,
  state: "established",
  reason: "shutdown",
  alerted: true,
};

export const ANOMALY_RECORD: AnomalyRecord = {
  ...HEADER,
  type: "applayer",
  appProto: "sip",
  event: "missing_header",
  txId: 3,
};

export const STATS_RECORD: StatsRecord = {
  timeUs: HEADER.timeUs,
  uptimeS: 8.5,
  capture: { kernelPackets: 100, kernelDrops: 1 },
  decoder: { packets: 100, bytes: 50_000, ipv4: 90, ipv6: 10, udp: 95, tcp: 5, invalid: 1 },
  detect: { alerts: 3, overflows: 0, suppressed: 12 },
  flows: { udp: 7, tcp: 7, sipUdp: 2, sipTcp: 3, unknownUdp: 1 },
  sip: { messages: 40, tcpMessages: 5, malformed: 2 },
  rtp: { packets: 50, streams: 2, lost: -1 },
  tables: [{ name: "flows", size: 7, capacity: 262_144, evictions: 0 }],
};

export const CALL_RECORD: NumberedCall = {
  ...HEADER,
  callId: "c1@10.0.0.1",
  state: "ended",
  why: "bye",
  account: "201@10.0.0.2",
  caller: {
    ip: "10.0.0.1",
    port: 5060,
    user: "201",
    contact: "sip:201@10.0.0.1:5060",
    agent: "Yealink",
  },
  callee: { ip: "10.0.0.2", port: 5060, user: "009601234567", contact: "", agent: "PBX" },
  dialled: "009601234567",
  assertedUser: "",
  setupUs: 1_577_934_245_000_000,
  ringUs: 1_577_934_246_000_000,
  answerUs: 1_577_934_250_000_000,
  endUs: 1_577_934_262_500_000,
  durationUs: 12_500_000,
  code: 200,
  reason: "OK",
  hungUpBy: "caller",
  codecs: ["PCMU", "G729"],
  encryption: "sdes",
  holds: 1,
  holdUs: 2_000_000,
  streams: [
    {
      side: 0,
      srcIp: "10.0.0.1",
      srcPort: 4000,
      destIp: "10.0.0.2",
      destPort: 4002,
      ssrc: 0xfedcba98,
      payloadType: 0,
      codec: "PCMU",
      startUs: 1_577_934_250_100_000,
      endUs: 1_577_934_262_400_000,
      packets: 600,
      lost: 15,
      jitterMs: 3.21987,
      mos: 4.1,
    },
    {
      side: 1,
      srcIp: "10.0.0.2",
      srcPort: 4002,
      destIp: "10.0.0.1",
      destPort: 4000,
      ssrc: 1,
      payloadType: 96,
      codec: "",
      startUs: 1_577_934_250_100_000,
      endUs: 1_577_934_262_400_000,
      packets: 610,
      lost: -2,
      jitterMs: null,
      mos: null,
    },
  ],
  agentMos: 3.1,
  alertIds: ["0123456789abcdef0123456789abcdef"],
  cost: { amount: 0.52, currency: "USD", prefix: "960", name: "Maldives" },
  isPartial: false,
  dialledNumber: { e164: "+9601234567", callingCode: 960, country: "MV" },
  callerNumber: null,
};
