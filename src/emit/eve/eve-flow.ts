import type { FlowCounters } from "../../track/flow-counters.ts";
import type { FlowRecord } from "../records.ts";
import { eveAddress, eveTime } from "./eve-header.ts";

/** EVE `flow` object of an alert: counters so far, and the flow's ends as client and server. */
export function eveAlertFlow(flow: FlowCounters, ipv6Compress: boolean): string {
  const client = eveAddress(flow.clientIp, ipv6Compress);
  const server = eveAddress(flow.serverIp, ipv6Compress);
  return `${counters(flow)},"src_ip":"${client}","dest_ip":"${server}","src_port":${flow.clientPort},"dest_port":${flow.serverPort}}`;
}

/** EVE `flow` object of a flow that ended. */
export function eveFlow(ended: FlowRecord): string {
  const { alerted, endUs, flow, reason, state } = ended;
  const age = Math.max(0, Math.floor((endUs - flow.startUs) / 1_000_000));
  return `${counters(flow)},"end":"${eveTime(endUs)}","age":${age},"state":"${state}","reason":"${reason}","alerted":${alerted}}`;
}

function counters(flow: FlowCounters): string {
  return `{"pkts_toserver":${flow.pktsToServer},"pkts_toclient":${flow.pktsToClient},"bytes_toserver":${flow.bytesToServer},"bytes_toclient":${flow.bytesToClient},"start":"${eveTime(flow.startUs)}"`;
}
