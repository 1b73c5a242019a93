import { expect, it } from "vitest";
import type { FlowRecord } from "../../../src/emit/records.ts";
import { ethernet, ipv4, ipv6 } from "../../support/pcap-writer.ts";
import { requestOf } from "../../support/sip-actors.ts";
import { Wire } from "../../support/wire.ts";

const SYN = 0x02;
const ACK = 0x10;

interface End {
  readonly ip: string;
  readonly port: number;
}

function segment(from: End, to: End, flags: number, seq: number, data = ""): Buffer {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(seq, 4);
  tcp[12] = 0x50;
  tcp[13] = flags;
  const bytes = Buffer.concat([tcp, Buffer.from(data, "latin1")]);
  const options = { src: from.ip, dst: to.ip };
  if (from.ip.includes(":")) return ethernet(ipv6(bytes, { ...options, nextHeader: 6 }));
  return ethernet(ipv4(bytes, { ...options, protocol: 6 }));
}

/** The flow of a connection whose handshake came before anybody knew that it is SIP. */
function flowOf(client: End, server: End): FlowRecord | undefined {
  const flows: FlowRecord[] = [];
  const wire = new Wire({ outputs: { flow: (record) => flows.push(record) } });
  wire.frame(segment(client, server, SYN, 1));
  wire.frame(segment(server, client, SYN | ACK, 1), 0.01);
  wire.frame(segment(client, server, ACK, 2), 0.02);
  const { text } = requestOf(wire, client, server, "OPTIONS", "201");
  wire.frame(segment(client, server, ACK, 2, text), 0.03);
  wire.run();
  return flows[0];
}

it.each([
  ["of a lower address and a lower port", "10.0.0.1", 5060, "10.0.0.2", 5070],
  ["of a lower address and a higher port", "10.0.0.1", 5070, "10.0.0.2", 5060],
  ["of a higher address and a lower port", "10.0.0.2", 5060, "10.0.0.1", 5070],
  ["of a higher address and a higher port", "10.0.0.2", 5070, "10.0.0.1", 5060],
  // Whose key is the higher one, the seed of the run decides.
  ["of IPv6", "2001:db8::1", 5060, "2001:db8::2", 5070],
  ["of IPv6, the other way round", "2001:db8::2", 5060, "2001:db8::1", 5070],
])("a client %s has its flow begin with its own SYN", (_, ip, port, serverIp, serverPort) => {
  const record = flowOf({ ip, port }, { ip: serverIp, port: serverPort });
  expect([record?.srcPort, record?.destPort]).toEqual([port, serverPort]);
  expect([record?.flow.pktsToServer, record?.flow.pktsToClient]).toEqual([3, 1]);
});
