import ipaddr from "ipaddr.js";
import { captureOf, numberOf } from "../../capture/packet-place.ts";
import type { RecordHeader, TunnelFields } from "../../track/record-header.ts";
import type { AddressNote } from "../addresses/address-notes.ts";
import { communityId } from "../community-id.ts";
import { jsonLine, quoted } from "./eve-text.ts";

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
/** 9999-12-31, the last date whose text has the usual width. */
const LAST_S = 253_402_300_799;

/** `YYYY-MM-DDThh:mm:ss.uuuuuu+0000`. Always UTC, so that output is the same everywhere. */
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
    keptDates[place] = new Date(seconds * 1_000).toISOString().slice(0, 19);
    keptSeconds[place] = seconds;
  }
  return keptDates[place] as string;
}

/** Address text as the settings want it. */
export function eveAddress(text: string, compress: boolean): string {
  if (!compress || !text.includes(":") || !ipaddr.isValid(text)) return text;
  return ipaddr.IPv6.parse(text).toRFC5952String();
}

/** Outermost tag first. */
function vlansOf({ vlan, innerVlan }: RecordHeader): number[] {
  return innerVlan === undefined ? [vlan] : [vlan, innerVlan];
}

/** The capture file of a record (EVE `pcap_filename`); "" when there is none, or no name of it. */
export function captureName({ place = 0 }: RecordHeader, settings: EveSettings): string {
  return place > 0 ? (settings.captureNames?.()[captureOf(place)] ?? "") : "";
}

/**
 * The beginning of a line up to where its body comes, in Suricata's order (its EVE JSON format, common section); what is
 * unknown is left out. Written as text, here and in what follows of alerts, messages and flows: making an object first and a
 * text of it would take most of what an alert costs.
 */
export function eveHeader(record: RecordHeader, type: string, settings: EveSettings): string {
  const { ipv6Compress } = settings;
  const place = record.place ?? 0;
  let line = `{"timestamp":"${eveTime(record.timeUs)}"`;
  if (record.flowId > 0) line += `,"flow_id":${record.flowId}`;
  if (settings.interfaceName !== "") line += `,"in_iface":${quoted(settings.interfaceName)}`;
  if (settings.isReplay && place > 0) line += `,"pcap_cnt":${numberOf(place)}`;
  line += `,"event_type":"${type}"`;
  if (record.vlan >= 0) line += `,"vlan":[${vlansOf(record)}]`;
  if (record.srcIp !== "") line += `,"src_ip":"${eveAddress(record.srcIp, ipv6Compress)}"`;
  if (record.srcPort > 0) line += `,"src_port":${record.srcPort}`;
  if (record.destIp !== "") line += `,"dest_ip":"${eveAddress(record.destIp, ipv6Compress)}"`;
  if (record.destPort > 0) line += `,"dest_port":${record.destPort}`;
  if (record.proto !== "") line += `,"proto":"${record.proto}"`;
  if (record.ipVersion > 0) line += `,"ip_v":${record.ipVersion}`;
  if (record.packetNumber > 0) line += `,"pkt_src":"${record.tunnel?.source ?? "wire/pcap"}"`;
  if (record.flowBits !== undefined) {
    line += `,"metadata":${jsonLine({ flowbits: record.flowBits })}`;
  }
  return settings.communityId ? line + communityText(record, settings) : line;
}

function communityText(record: RecordHeader, { communityIdSeed }: EveSettings): string {
  const protocol = PROTOCOL_NUMBERS[record.proto] ?? 0;
  const id = protocol > 0 ? communityId({ ...record, protocol }, communityIdSeed) : "";
  return id === "" ? "" : `,"community_id":"${id}"`;
}

/** The end of a line: the sensor's name, with the agent that saw the packet, and the capture of the record that `header` is. */
export function eveEnd(settings: EveSettings, header?: RecordHeader): string {
  const capture = header === undefined ? "" : captureName(header, settings);
  const end = capture === "" ? "}" : `,"pcap_filename":${quoted(capture)}}`;
  const host = sensorName(settings, header);
  return host === "" ? end : `,"host":${quoted(host)}${end}`;
}

/** `edge`, and of what agent 77 has sent it `edge/hep:77`. */
function sensorName({ sensor }: EveSettings, header?: RecordHeader): string {
  if (header?.agent === undefined) return sensor;
  const agent = `hep:${header.agent}`;
  return sensor === "" ? agent : `${sensor}/${agent}`;
}

/** EVE `tunnel` object (Suricata's alert record): ends of the outermost packet. */
export function eveTunnel(tunnel: TunnelFields, { ipv6Compress }: EveSettings): string {
  const { depth, destIp, destPort, proto, srcIp, srcPort } = tunnel;
  const ends = `"src_ip":"${eveAddress(srcIp, ipv6Compress)}","src_port":${srcPort},"dest_ip":"${eveAddress(destIp, ipv6Compress)}","dest_port":${destPort}`;
  return `{${ends},"proto":"${proto}","depth":${depth},"pkt_src":"wire/pcap"}`;
}
