import { ethernet, ipv4, ipv6 } from "../support/pcap-writer.ts";
import type { Endpoint } from "../support/wire.ts";
import { outside6, PBX, PBX6, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "probe";
const WANTED = "alert scan <=3";
const SYN = 2;
const SYN_ACK = 0x12;
const RST_ACK = 0x14;
/** What nmap tries by itself, those of telephony among them. */
const NMAP_PORTS = [22, 80, 443, 1720, 8080, 5060, 21, 2000, 5061, 3306, 5080, 23];

function segment(scene: Scene, from: Endpoint, to: Endpoint, flags: number): void {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(flags === SYN ? 7000 : 9000, 4);
  if (flags !== SYN) header.writeUInt32BE(7001, 8);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(1024, 14);
  const ends = { src: from.ip, dst: to.ip };
  const isIpv6 = from.ip.includes(":");
  const packet = isIpv6
    ? ipv6(header, { ...ends, nextHeader: 6 })
    : ipv4(header, { ...ends, protocol: 6 });
  scene.frame(ethernet(packet));
}

/** A connection is asked for; 0: nobody answers. */
function ask(scene: Scene, from: Endpoint, to: Endpoint, answer: number): void {
  segment(scene, from, to, SYN);
  scene.wait(0.01);
  if (answer !== 0) segment(scene, to, from, answer);
  scene.wait(0.01);
}

export const PORT_SCANS: readonly Case[] = [
  {
    name: "port_scan_of_the_pbx",
    expect: WANTED,
    kind: KIND,
    what: "nmap's SYNs to the ports of the PBX: open, closed, silent",
    make: (scene) => {
      for (const [i, port] of NMAP_PORTS.entries()) {
        const answer = [SYN_ACK, RST_ACK, 0][i % 3] as number;
        ask(scene, { ...STRANGER, port: 36_050 }, { ...PBX, port }, answer);
      }
    },
  },
  {
    name: "port_scan_slow_of_telephony_ipv6",
    expect: WANTED,
    kind: KIND,
    what: "only ports of telephony, one in ten minutes, each from another port (IPv6)",
    make: (scene) => {
      for (const [i, port] of [5060, 5061, 5038, 1720, 2000].entries()) {
        ask(scene, { ...outside6(66), port: 40_000 + i }, { ...PBX6, port }, RST_ACK);
        scene.wait(600);
      }
    },
  },
  {
    name: "connections_of_every_day",
    expect: "quiet",
    kind: KIND,
    what: "a room for video tries SIPS, SIP and H.323; a phone asks a dead server each minute; a balancer half-opens SIP and SIPS; the manager's software",
    make: (scene) => {
      for (let minute = 0; minute < 30; minute++) {
        for (const port of [5061, 5060, 1720]) {
          ask(scene, { ...phone(1), port: 41_000 + minute }, { ...phone(2), port }, RST_ACK);
        }
        ask(scene, { ...phone(3), port: 42_000 + minute }, PBX, 0);
        for (const port of [5060, 5061]) {
          ask(scene, { ...phone(4), port: 43_000 + minute }, { ...PBX, port }, SYN_ACK);
        }
        for (const port of [5038, 8088, 5060, 443]) {
          ask(scene, { ...phone(5), port: 44_000 + minute }, { ...PBX, port }, SYN_ACK);
        }
        scene.wait(60);
      }
    },
  },
];
