import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { accusation, dice, inFragments, packetsOf, runPackets } from "../support/rewrap.ts";
import { inTunnel, TUNNELS, type Tunnel } from "../support/tunnels.ts";

const tunnels = Object.entries(TUNNELS);
/** Links without addresses show less: a sign that is missing there is nobody's fault. */
const withMacs = tunnels.filter(([, { linkType = 1 }]) => ![9, 50, 51, 104].includes(linkType));
const attacks = bundledCaptures().filter(({ isHealthy }) => !isHealthy);
const ATTACK = "bye_spoof/bye_third_party_to_callee.pcap";

async function expectSame(path: string, tunnel: Tunnel): Promise<void> {
  const packets = await packetsOf(path);
  const plain = runPackets(packets).alerts.map(accusation);
  const inside = runPackets(packets.flatMap(inTunnel(tunnel))).alerts.map(accusation);
  expect(inside).toEqual(plain);
}

describe("one attack says the same through each tunnel", () => {
  const path = bundledCaptures().find(({ name }) => name === ATTACK)?.path ?? "";
  for (const [name, tunnel] of withMacs) it(name, () => expectSame(path, tunnel));
});

describe("each capture says the same through some tunnel", () => {
  for (const [i, { name, path }] of bundledCaptures().entries()) {
    const [through = "", tunnel] = withMacs[i % withMacs.length] ?? [];
    it(`${name} through ${through}`, async () => {
      if (tunnel !== undefined) await expectSame(path, tunnel);
    });
  }
});

it("a tunnel whose packets come in fragments, with fragments inside", async () => {
  const path = attacks.find(({ name }) => name === ATTACK)?.path ?? "";
  const packets = await packetsOf(path);
  const plain = runPackets(packets).alerts.map(accusation);
  const random = dice(3);
  const vxlan = TUNNELS.VXLAN as Tunnel;
  const wrapped = packets
    .flatMap(inFragments(104, random))
    .flatMap(inTunnel(vxlan))
    .map((packet, i) => {
      // Outer datagrams need numbers of their own to be told apart.
      packet.bytes.writeUInt16BE(i & 0xffff, 18);
      return packet;
    })
    .flatMap(inFragments(64, random));
  expect(runPackets(wrapped).alerts.map(accusation)).toEqual(plain);
});
