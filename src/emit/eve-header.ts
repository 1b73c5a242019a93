import ipaddr from "ipaddr.js";
import { captureOf, numberOf } from "../capture/packet-place.ts";
import type { RecordHeader } from "../track/records.ts";
import { communityId } from "./community-id.ts";

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
}

type Fields = Record<string, unknown>;

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

/** The fields before the body, in Suricata's order (its EVE JSON format, common section); what is unknown is left out. */
export function eveHeader(record: RecordHeader, type: string, settings: EveSettings): Fields {
  const fields: Fields = { timestamp: eveTime(record.timeUs) };
  if (record.flowId > 0) fields.flow_id = record.flowId;
  if (settings.interfaceName !== "") fields.in_iface = settings.interfaceName;
  const place = record.place ?? 0;
  if (settings.isReplay && place > 0) fields.pcap_cnt = numberOf(place);
  fields.event_type = type;
  if (record.vlan >= 0) fields.vlan = vlansOf(record);
  if (record.srcIp !== "") fields.src_ip = eveAddress(record.srcIp, settings.ipv6Compress);
  if (record.srcPort > 0) fields.src_port = record.srcPort;
  if (record.destIp !== "") fields.dest_ip = eveAddress(record.destIp, settings.ipv6Compress);
  if (record.destPort > 0) fields.dest_port = record.destPort;
  if (record.proto !== "") fields.proto = record.proto;
  if (record.ipVersion > 0) fields.ip_v = record.ipVersion;
  if (record.packetNumber > 0) fields.pkt_src = "wire/pcap";
  if (record.flowBits !== undefined) fields.metadata = { flowbits: record.flowBits };
  if (settings.communityId) {
    const protocol = PROTOCOL_NUMBERS[record.proto] ?? 0;
    const id = protocol > 0 ? communityId({ ...record, protocol }, settings.communityIdSeed) : "";
    if (id !== "") fields.community_id = id;
  }
  return fields;
}
