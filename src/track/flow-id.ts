import { createHash } from "node:crypto";
import type { HostNames } from "../decode/host.ts";
import type { FlowTable } from "./flow.ts";

/**
 * EVE `flow_id`: 51 bits, so that it is safe in JSON, of a hash over both ends, the protocol and the
 * time of the first packet. The same in every run and whichever end is called the client.
 */
export function flowIdOf(flows: FlowTable, slot: number, names: HostNames): number {
  const client = `${names.text(flows.clientHost(slot))} ${flows.clientPort(slot)}`;
  const server = `${names.text(flows.serverHost(slot))} ${flows.serverPort(slot)}`;
  const ends = client < server ? `${client} ${server}` : `${server} ${client}`;
  const digest = createHash("sha1")
    .update(`${ends} ${flows.protocol(slot)} ${flows.firstUs(slot)}`)
    .digest();
  return digest.readUInt32BE(0) + (digest.readUInt32BE(4) & 0x7ffff) * 2 ** 32;
}
