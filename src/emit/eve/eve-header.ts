import ipaddr from "ipaddr.js";
import { captureOf, numberOf } from "../../capture/packet-place.ts";
import type { RecordHeader, TunnelFields } from "../../track/record-header.ts";
import type { AddressNote } from "../addresses/address-notes.ts";
import { communityId } from "../community-id.ts";
import { eveSecondsOf, LAST_S } from "./eve-seconds.ts";
import { jsonLine } from "./eve-text.ts";
import { LineBytes, type Piece, piece } from "./line-bytes.ts";

/** How EVE lines of one run are written. */
export interface EveSettings {
  /** Short form of IPv6 addresses; Suricata's default is the long one. */
  readonly ipv6Compress: boolean;
  readonly communityId: boolean;
  readonly communityIdSeed: number;
  /** Name of the sensor, written as `host`; "" leaves it out. */
  readonly sensor: string;
  /** Characters; longer texts from packets are cut. */
  readonly textMax: number;
  /** Capture interface, for `in_iface`; "" in a replay or with several. */
  readonly interfaceName: string;
  /** Packet numbers have a meaning in a replay only. */
  readonly isReplay: boolean;
  /** Names of the captures that are read, by their rank; asked for each record. */
  readonly captureNames?: () => readonly string[];
  /** What is known of an address; left out where nobody asks. */
  readonly notes?: (ip: string) => AddressNote | null;
}

const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { UDP: 17, TCP: 6, SCTP: 132 };
/** `YYYY-MM-DDThh:mm:ss.uuuuuu+0000`. */
export function eveTime(timeUs: number): string {
  const us = timeUs >= 0 ? Math.floor(Math.min(timeUs, LAST_S * 1_000_000)) : 0;
  const seconds = Math.floor(us / 1_000_000);
  return `${dateOf(seconds)}.${String(us - seconds * 1_000_000).padStart(6, "0")}+0000`;
}

/** Seconds whose text is kept, by their number modulo so many: those of one record lie near each other. */
const KEPT_SECONDS = 64;
const keptSeconds = new Float64Array(KEPT_SECONDS).fill(-1);
const keptDates: string[] = new Array(KEPT_SECONDS).fill("");

function dateOf(seconds: number): string {
  const place = seconds % KEPT_SECONDS;
  if (keptSeconds[place] !== seconds) {
    keptDates[place] = eveSecondsOf(seconds);
    keptSeconds[place] = seconds;
  }
  return keptDates[place] as string;
}

/** Address text as the settings want it. */
export function eveAddress(text: string, compress: boolean): string {
  if (!compress || !text.includes(":") || !ipaddr.isValid(text)) return text;
  return ipaddr.IPv6.parse(text).toRFC5952String();
}

/** The capture file of a record (EVE `pcap_filename`); "" when there is none, or no name of it. */
function captureName({ place = 0 }: RecordHeader, settings: EveSettings): string {
  return place > 0 ? (settings.captureNames?.()[captureOf(place)] ?? "") : "";
}

const TIMESTAMP = piece('{"timestamp":"');
const FLOW_ID = piece('","flow_id":');
const QUOTE = piece('"');
const IN_IFACE = piece(',"in_iface":');
const PCAP_CNT = piece(',"pcap_cnt":');
const EVENT_TYPE = piece(',"event_type":"');
const VLAN = piece('","vlan":[');
const COMMA = piece(",");
const LIST_END = piece("]");
const SRC_IP = piece(',"src_ip":"');
const SRC_PORT = piece(',"src_port":');
const DEST_IP = piece(',"dest_ip":"');
const DEST_PORT = piece(',"dest_port":');
const PROTO = piece(',"proto":"');
const IP_V = piece(',"ip_v":');
const PKT_SRC = piece(',"pkt_src":"');
const METADATA = piece(',"metadata":');
const COMMUNITY_ID = piece(',"community_id":"');
const PCAP_FILENAME = piece(',"pcap_filename":');
const HOST = piece(',"host":');
const END = piece("}");

const scratch = new LineBytes();

/** `header` as text. */
export function eveHeader(record: RecordHeader, type: string, settings: EveSettings): string {
  scratch.begin();
  header(scratch, record, type, settings);
  return scratch.toString();
}

/**
 * The beginning of a line up to where its body comes, in Suricata's order (its EVE JSON format, common section); what is
 * unknown is left out.
 */
export function header(
  line: LineBytes,
  record: RecordHeader,
  type: string,
  settings: EveSettings,
): void {
  const { ipv6Compress, isReplay } = settings;
  const place = record.place ?? 0;
  line.put(TIMESTAMP);
  line.time(record.timeUs);
  if (record.flowId > 0) {
    line.put(FLOW_ID);
    line.number(record.flowId);
  } else {
    line.put(QUOTE);
  }
  if (settings.interfaceName !== "") {
    line.put(IN_IFACE);
    line.quoted(settings.interfaceName);
  }
  if (isReplay && place > 0) {
    line.put(PCAP_CNT);
    line.number(numberOf(place));
  }
  line.put(EVENT_TYPE);
  line.text(type);
  if (record.vlan >= 0) vlans(line, record);
  else line.put(QUOTE);
  member(line, SRC_IP, eveAddress(record.srcIp, ipv6Compress));
  if (record.srcPort > 0) {
    line.put(SRC_PORT);
    line.number(record.srcPort);
  }
  member(line, DEST_IP, eveAddress(record.destIp, ipv6Compress));
  if (record.destPort > 0) {
    line.put(DEST_PORT);
    line.number(record.destPort);
  }
  member(line, PROTO, record.proto);
  if (record.ipVersion > 0) {
    line.put(IP_V);
    line.number(record.ipVersion);
  }
  if (record.packetNumber > 0) member(line, PKT_SRC, record.tunnel?.source ?? "wire/pcap");
  if (record.flowBits !== undefined) {
    line.put(METADATA);
    line.text(jsonLine({ flowbits: record.flowBits }));
  }
  if (settings.communityId) member(line, COMMUNITY_ID, communityText(record, settings));
}

/** A member whose value needs no care in JSON; nothing when it is empty. */
function member(line: LineBytes, name: Piece, value: string): void {
  if (value === "") return;
  line.put(name);
  line.text(value);
  line.put(QUOTE);
}

/** Outermost tag first. */
function vlans(line: LineBytes, { vlan, innerVlan }: RecordHeader): void {
  line.put(VLAN);
  line.number(vlan);
  if (innerVlan !== undefined) {
    line.put(COMMA);
    line.number(innerVlan);
  }
  line.put(LIST_END);
}

function communityText(record: RecordHeader, { communityIdSeed }: EveSettings): string {
  const protocol = PROTOCOL_NUMBERS[record.proto] ?? 0;
  return protocol > 0 ? communityId({ ...record, protocol }, communityIdSeed) : "";
}

/** `footer` as text. */
export function eveEnd(settings: EveSettings, record?: RecordHeader): string {
  scratch.begin();
  footer(scratch, settings, record);
  return scratch.toString();
}

/** The end of a line: the sensor's name, with the agent that saw the packet, and the capture of the record. */
export function footer(line: LineBytes, settings: EveSettings, record?: RecordHeader): void {
  const host = sensorName(settings, record);
  if (host !== "") {
    line.put(HOST);
    line.quoted(host);
  }
  const capture = record === undefined ? "" : captureName(record, settings);
  if (capture !== "") {
    line.put(PCAP_FILENAME);
    line.quoted(capture);
  }
  line.put(END);
}

/** `edge`, and of what agent 77 has sent it `edge/hep:77`. */
function sensorName({ sensor }: EveSettings, record?: RecordHeader): string {
  if (record?.agent === undefined) return sensor;
  const agent = `hep:${record.agent}`;
  return sensor === "" ? agent : `${sensor}/${agent}`;
}

/** EVE `tunnel` object (Suricata's alert record): ends of the outermost packet. */
export function eveTunnel(tunnel: TunnelFields, { ipv6Compress }: EveSettings): string {
  const { depth, destIp, destPort, proto, srcIp, srcPort } = tunnel;
  const ends = `"src_ip":"${eveAddress(srcIp, ipv6Compress)}","src_port":${srcPort},"dest_ip":"${eveAddress(destIp, ipv6Compress)}","dest_port":${destPort}`;
  return `{${ends},"proto":"${proto}","depth":${depth},"pkt_src":"wire/pcap"}`;
}
