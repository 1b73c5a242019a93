import { address, ethernet, ipv6 } from "../support/pcap-writer.ts";
import { PBX6, phone6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "neighbours";
const OWNER = "00:50:56:20:00:10";
const LIAR = "3c:97:0e:12:ab:9f";
const ALL_NODES = "ff02::1";
const ADVERTISEMENT = 136;
const SOLICITATION = 135;
const OVERRIDE = 0x20;

interface Said {
  readonly mac: string;
  readonly to?: string;
  readonly flags?: number;
  readonly hopLimit?: number;
}

/** ICMPv6 (RFC 4861 4.3, 4.4) of `src` with a target and a link-layer option. */
function say(scene: Scene, type: number, src: string, target: string, said: Said): void {
  const { mac, to = ALL_NODES, flags = OVERRIDE, hopLimit = 255 } = said;
  const option = Buffer.from(mac.replaceAll(":", ""), "hex");
  const message = Buffer.concat([
    Buffer.from([type, 0, 0, 0, type === ADVERTISEMENT ? flags : 0, 0, 0, 0]),
    address(target),
    Buffer.from([type === ADVERTISEMENT ? 2 : 1, 1]),
    option,
  ]);
  const packet = ipv6(message, { src, dst: to, nextHeader: 58, hopLimit });
  scene.frame(ethernet(packet, { src: mac, dst: "33:33:00:00:00:01" }));
}

/** An advertisement for the PBX's address, which its owner and a liar make by turns. */
function disputed(scene: Scene, lie: (scene: Scene) => void, times = 10): void {
  for (let i = 0; i < times; i++) {
    lie(scene);
    scene.wait(1);
    say(scene, ADVERTISEMENT, PBX6.ip, PBX6.ip, { mac: OWNER });
    scene.wait(1);
  }
}

const ROWS: readonly Omit<Case, "kind">[] = [
  {
    name: "nd_spoofed_pbx",
    expect: "alert neighbour <=3",
    what: "somebody advertises each two seconds that the PBX's IPv6 address is its own, and the PBX goes on to say so",
    make: (scene) =>
      disputed(scene, () => say(scene, ADVERTISEMENT, PBX6.ip, PBX6.ip, { mac: LIAR })),
  },
  {
    name: "nd_spoofed_by_questions",
    expect: "alert neighbour <=3",
    what: "the liar asks a phone in the PBX's name, never advertises: who is asked learns the MAC of who asks (RFC 4861 7.2.3)",
    make: (scene) =>
      disputed(scene, () =>
        say(scene, SOLICITATION, PBX6.ip, phone6(1).ip, { mac: LIAR, to: phone6(1).ip }),
      ),
  },
  {
    name: "nd_failover",
    expect: "quiet",
    what: "a cluster's address moves to the other node and back within an hour",
    make: (scene) => {
      for (const mac of [OWNER, OWNER, LIAR, LIAR, LIAR, OWNER]) {
        say(scene, ADVERTISEMENT, PBX6.ip, PBX6.ip, { mac });
        scene.wait(600);
      }
    },
  },
  {
    name: "nd_anycast",
    expect: "quiet",
    what: "two servers share an anycast address and both answer for it, without the flag that overrides (RFC 4861 7.2.7)",
    make: (scene) =>
      disputed(scene, () => {
        say(scene, ADVERTISEMENT, PBX6.ip, "2001:db8:20::53", { mac: LIAR, flags: 0x40 });
        say(scene, ADVERTISEMENT, PBX6.ip, "2001:db8:20::53", { mac: OWNER, flags: 0x40 });
      }),
  },
  {
    name: "nd_from_afar",
    expect: "quiet",
    what: "advertisements that a router has passed on, which no host believes (RFC 4861 7.1.2)",
    make: (scene) =>
      disputed(scene, () =>
        say(scene, ADVERTISEMENT, PBX6.ip, PBX6.ip, { mac: LIAR, hopLimit: 254 }),
      ),
  },
  {
    name: "nd_addresses_are_tried",
    expect: "quiet",
    what: "hosts ask whether an address is free before they take it (RFC 4862 5.4.2), all from the unspecified one",
    make: (scene) => {
      for (let i = 0; i < 10; i++) {
        say(scene, SOLICITATION, "::", phone6(i + 1).ip, { mac: i % 2 === 0 ? OWNER : LIAR });
        scene.wait(1);
      }
    },
  },
];

export const NEIGHBOURS: readonly Case[] = ROWS.map((row) => ({ ...row, kind: KIND }));
