import { hash } from "node:crypto";
import type { HostNames } from "../decode/host-names.ts";
import type { FlowEnds, FlowTable } from "./flow.ts";

type Ends = Omit<FlowEnds, "flowStartUs">;

/**
 * EVE `flow_id`: 51 bits, so that it is safe in JSON, of a hash over both ends, the protocol and the
 * time of the first packet. The same in every run and whichever end is called the client.
 */
export function flowIdOf(flows: FlowTable, slot: number, names: HostNames): number {
  const known = flows.id(slot);
  if (known > 0) return known;
  const client = `${names.text(flows.clientHost(slot))} ${flows.clientPort(slot)}`;
  const server = `${names.text(flows.serverHost(slot))} ${flows.serverPort(slot)}`;
  const id = hashed(client, server, flows.protocol(slot), flows.firstUs(slot));
  flows.setId(slot, id);
  return id;
}

/** The same of a flow that may have ended; 0 when its packet was in none. */
export function flowIdOfEnds(ends: FlowEnds, names: HostNames): number {
  if (ends.srcHost < 0 || ends.flowStartUs <= 0) return 0;
  const src = `${names.text(ends.srcHost)} ${ends.srcPort}`;
  const dst = `${names.text(ends.dstHost)} ${ends.dstPort}`;
  return hashed(src, dst, ends.ipProtocol, ends.flowStartUs);
}

/** Of a TCP connection without SIP, which has no flow: the same of all its packets, but also of a later one with the same ends. */
export function connectionIdOf(
  { srcHost, srcPort, dstHost, dstPort, ipProtocol }: Ends,
  names: HostNames,
): number {
  if (srcHost < 0) return 0;
  const src = `${names.text(srcHost)} ${srcPort}`;
  return hashed(src, `${names.text(dstHost)} ${dstPort}`, ipProtocol, 0);
}

function hashed(one: string, other: string, protocol: number, startUs: number): number {
  const ends = one < other ? `${one} ${other}` : `${other} ${one}`;
  // In one call: a hash object of its own would take most of the time.
  const digest = hash("sha1", `${ends} ${protocol} ${startUs}`, "buffer");
  return digest.readUInt32BE(0) + (digest.readUInt32BE(4) & 0x7ffff) * 2 ** 32;
}
