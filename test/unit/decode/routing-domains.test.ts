import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { ipv4Text, isIpv6Host, plainHost } from "../../../src/decode/host.ts";
import { hostKeyOfBytes, hostKeyOfText } from "../../../src/decode/host-text.ts";
import { PacketView } from "../../../src/decode/packet.ts";
import { RoutingDomains, UNTAGGED } from "../../../src/decode/routing-domains.ts";
import { frameOf } from "../../support/captured.ts";
import { ethernet, ipv4, ipv6, udp } from "../../support/pcap-writer.ts";

const PHONE = "192.168.1.10";
const SERVER = "192.168.1.1";
const PUBLIC = "203.0.113.5";

class Network {
  readonly domains: RoutingDomains;
  readonly #packet = new PacketView();
  #ms = 0;

  constructor(seesCopies = true) {
    this.domains = new RoutingDomains(seesCopies);
  }

  /** The hosts of a packet that is shown on that VLAN (-1: without a tag). */
  send(src: string, dst: string, vlan: number, stepMs = 20) {
    const packet = this.#packet;
    const payload = udp("x", { srcPort: 5060, dstPort: 5060 });
    const isV6 = src.includes(":");
    const ip = isV6 ? ipv6(payload, { src, dst }) : ipv4(payload, { src, dst });
    const tags = vlan < 0 ? {} : { tags: [[0x8100, vlan]] as [number, number][] };
    const bytes = ethernet(ip, { ...tags, etherType: isV6 ? 0x86dd : 0x0800 });
    expect(decodePacket(frameOf(bytes), packet)).toBe(0);
    this.#ms += stepMs;
    packet.timeUs = 1e15 + this.#ms * 1000;
    packet.network = this.domains.networkOf(packet);
    this.domains.place(packet);
    return { src: packet.srcHost, dst: packet.dstHost, domain: packet.domain };
  }

  domainOf(src: string, dst: string, vlan: number): number {
    return this.send(src, dst, vlan).domain;
  }
}

describe("two tenants behind one mirror", () => {
  test("the same private addresses on two VLANs are two hosts, from the first packet on", () => {
    const network = new Network();
    const first = network.send(PHONE, SERVER, 10);
    const second = network.send(PHONE, SERVER, 20);
    expect(first.domain).toBe(0);
    expect(second.src).not.toBe(first.src);
    expect(second.dst).not.toBe(first.dst);
    expect(network.send(SERVER, PHONE, 10)).toMatchObject({ src: first.dst, dst: first.src });
    expect(network.send(SERVER, PHONE, 20)).toMatchObject({ src: second.dst, dst: second.src });
    expect([ipv4Text(second.src), plainHost(second.src)]).toEqual([PHONE, first.src]);
  });

  test("IPv6 too, unique local and link-local", () => {
    for (const [a, b] of [
      ["fd00::1", "fd00::2"],
      ["fe80::1", "fe80::2"],
    ] as const) {
      const network = new Network();
      const first = network.send(a, b, 10);
      const second = network.send(a, b, 20);
      expect(second.src).not.toBe(first.src);
      expect(isIpv6Host(second.src)).toBe(true);
    }
  });

  test("public addresses are the same host everywhere", () => {
    const network = new Network();
    const first = network.send(PUBLIC, PHONE, 10);
    network.send(PHONE, PUBLIC, 10);
    network.send(PHONE, PUBLIC, 20);
    const second = network.send(PUBLIC, PHONE, 20);
    expect(second.src).toBe(first.src);
    expect(second.dst).not.toBe(first.dst);
  });

  test("an address in SDP is that of its packet's domain", () => {
    const network = new Network();
    network.send(PHONE, SERVER, 10);
    const { src, domain } = network.send(PHONE, SERVER, 20);
    const literal = (text: string) =>
      hostKeyOfBytes(Buffer.from(text, "latin1"), 0, text.length, domain);
    expect(literal(PHONE)).toBe(src);
    expect(literal(PUBLIC)).toBe(hostKeyOfText(PUBLIC));
    const six = new Network();
    six.send("fd00::1", "fd00::2", 10);
    expect(six.send("fd00::1", "fd00::2", 20).src).toBe(
      hostKeyOfBytes(Buffer.from("fd00::1"), 0, 7, six.domainOf("fd00::1", "fd00::2", 20)),
    );
  });

  test("three tenants are three", () => {
    const network = new Network();
    const hosts = [10, 20, 30, 10, 20, 30].map((vlan) => network.send(PHONE, SERVER, vlan).src);
    expect(new Set(hosts).size).toBe(3);
    expect(hosts.slice(3)).toEqual(hosts.slice(0, 3));
  });
});

describe("VLANs of one network", () => {
  test("each direction on a VLAN of its own changes nothing (a mirror of what ports receive)", () => {
    const network = new Network();
    for (let i = 0; i < 20; i++) {
      expect(network.domainOf(PHONE, SERVER, 10)).toBe(0);
      expect(network.domainOf(SERVER, PHONE, 20)).toBe(0);
    }
    // Proven: a sender that is forged on the other VLAN does not blind the sensor.
    expect(network.domainOf(PHONE, SERVER, 20)).toBe(0);
    expect(network.domainOf(SERVER, PHONE, 20)).toBe(0);
    expect(network.domainOf(PHONE, SERVER, 10)).toBe(0);
  });

  test("a copy of one packet on another VLAN proves them one, before and after a contradiction", () => {
    const before = new Network();
    before.domains.unite(10, 20);
    before.send(PHONE, SERVER, 10);
    expect(before.domainOf(PHONE, SERVER, 20)).toBe(0);
    const after = new Network();
    after.send(PHONE, SERVER, 10);
    expect(after.domainOf(PHONE, SERVER, 20)).not.toBe(0);
    after.domains.unite(20, 10);
    expect(after.domainOf(PHONE, SERVER, 20)).toBe(0);
  });

  test("one with and one without a tag", () => {
    const network = new Network();
    network.send(PHONE, SERVER, -1);
    network.domains.unite(UNTAGGED, 20);
    network.send(PHONE, SERVER, 20);
    expect(network.domainOf(PHONE, SERVER, -1)).toBe(0);
    expect(network.domainOf(PHONE, SERVER, 20)).toBe(0);
  });

  test("a tenant whose directions come on two VLANs is put together, apart from the other", () => {
    const network = new Network();
    network.send(PHONE, SERVER, 10);
    network.send(SERVER, PHONE, 10);
    for (let i = 0; i < 20; i++) {
      network.send(PHONE, SERVER, 20);
      network.send(SERVER, PHONE, 21);
    }
    const forth = network.send(PHONE, SERVER, 20);
    const back = network.send(SERVER, PHONE, 21);
    expect(back).toMatchObject({ src: forth.dst, dst: forth.src });
    expect(network.domainOf(PHONE, SERVER, 10)).toBe(0);
    expect(forth.domain).not.toBe(0);
  });

  test("two tenants that talk both ways are never taken for one", () => {
    const network = new Network();
    for (let i = 0; i < 100; i++) {
      for (const vlan of [10, 20]) {
        network.send(PHONE, SERVER, vlan);
        network.send(SERVER, PHONE, vlan);
      }
    }
    expect(network.domainOf(PHONE, SERVER, 20)).not.toBe(network.domainOf(PHONE, SERVER, 10));
  });

  test("where copies are not looked for, all VLANs are one", () => {
    const network = new Network(false);
    network.send(PHONE, SERVER, 10);
    expect(network.domainOf(PHONE, SERVER, 20)).toBe(0);
  });

  test("no tags, one VLAN: addresses are as they stand", () => {
    for (const vlan of [-1, 10]) {
      const network = new Network();
      const { src } = network.send(PHONE, SERVER, vlan);
      expect(src).toBe(hostKeyOfText(PHONE));
      expect(network.send(PHONE, SERVER, vlan).src).toBe(src);
    }
  });
});
