import { turn } from "../support/turn.ts";
import type { Endpoint } from "../support/wire.ts";
import { media, natted, outside, outside6, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "relay";
const RELAY: Endpoint = { ip: "203.0.113.20", port: 3478, mac: ROUTER_MAC, ttl: 57 };
const RELAY6: Endpoint = { ip: "2001:db8:20::20", port: 3478, mac: ROUTER_MAC, ttl: 57 };
const RESOLVER: Endpoint = { ip: "10.20.0.53", port: 53 };

interface Ask {
  readonly method: "allocate" | "permission" | "channel";
  readonly peers?: readonly string[];
  readonly code?: number;
  readonly user?: string;
}

/** A request and the relay's answer: success, or an error with that code. */
function ask(scene: Scene, client: Endpoint, relay: Endpoint, request: Ask): void {
  const { code, method, peers = [], user = "guest" } = request;
  const id = Buffer.from(scene.hex(24), "hex");
  const named = user === "" ? {} : { user };
  scene.send(client, relay, turn({ method, kind: "request", id, peers, ...named }));
  const answer =
    code === undefined ? { kind: "success" as const } : { kind: "error" as const, code };
  scene.send(relay, client, turn({ method, id, ...answer }), 0.01);
  scene.wait(0.05);
}

/** A Data indication (RFC 8656 11.2): what came to the relay from that peer. */
function fromPeer(scene: Scene, peer: string): Buffer {
  const id = Buffer.from(scene.hex(24), "hex");
  return turn({ method: "data", kind: "indication", id, peers: [peer] });
}

/** A query for a number and what the directory says: it exists or not. */
function lookUp(scene: Scene, from: Endpoint, number: string, rcode = 3, firstId = 0): void {
  const name = [...number].reverse().flatMap((digit) => [1, digit.charCodeAt(0)]);
  const tree = Buffer.from("\x04e164\x04arpa\x00", "latin1");
  const id = Buffer.from([firstId, Math.floor(scene.random() * 256)]);
  const end = Buffer.concat([Buffer.from(name), tree, Buffer.from([0, 35, 0, 1])]);
  const counts = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);
  const query = Buffer.concat([id, Buffer.from([1, 0]), counts, end]);
  const answer = Buffer.concat([id, Buffer.from([0x81, 0x80 | rcode]), counts, end]);
  scene.send(from, RESOLVER, query);
  scene.send(RESOLVER, from, answer, 0.005);
  scene.wait(0.1);
}

export const RELAYS: readonly Case[] = [
  {
    name: "turn_browser_at_home",
    expect: "quiet",
    kind: KIND,
    what: "a browser asks permission for all candidates of its peer, two of them private: the unguarded relay grants them (a note)",
    make: (scene) => {
      const client = natted(5);
      ask(scene, client, RELAY, { method: "allocate", code: 401, user: "" });
      ask(scene, client, RELAY, { method: "allocate" });
      const peers = ["198.51.100.7", "192.168.1.20", "10.0.0.4"];
      ask(scene, client, RELAY, { method: "permission", peers });
      ask(scene, client, RELAY, { method: "channel", peers: ["198.51.100.7"] });
    },
  },
  {
    name: "turn_guarded_refuses",
    expect: "quiet",
    kind: KIND,
    what: "a guarded relay answers 403 to private candidates of forty browsers behind one NAT",
    make: (scene) => {
      for (let n = 0; n < 40; n++) {
        ask(scene, natted(n), RELAY, { method: "allocate" });
        for (const peer of [`192.168.${n}.20`, `10.0.${n}.4`]) {
          ask(scene, natted(n), RELAY, { method: "permission", peers: [peer], code: 403 });
        }
      }
    },
  },
  {
    name: "turn_metadata_of_the_cloud",
    expect: "alert turn <=2",
    kind: KIND,
    what: "a channel to 169.254.169.254 is granted",
    make: (scene) =>
      ask(scene, outside(66), RELAY, { method: "channel", peers: ["169.254.169.254"] }),
  },
  {
    name: "turn_loopback_in_ipv6_clothes",
    expect: "alert turn <=2",
    kind: KIND,
    what: "::ffff:127.0.0.1 slips past a list of IPv4 networks (CVE-2020-26262, IPv6)",
    make: (scene) =>
      ask(scene, outside6(66), RELAY6, { method: "permission", peers: ["::ffff:7f00:1"] }),
  },
  {
    name: "turn_loopback_among_candidates",
    expect: "quiet",
    kind: KIND,
    what: "a browser's peer names its loopback among its candidates; granted, and a forged Data indication speaks of 127.0.0.1 to another browser",
    make: (scene) => {
      const peers = ["192.168.8.15", "127.0.0.1", "203.0.113.9"];
      ask(scene, natted(5), RELAY, { method: "permission", peers });
      scene.send(RELAY, natted(6), fromPeer(scene, "127.0.0.1"));
    },
  },
  {
    name: "turn_loopback_answers",
    expect: "alert turn <=2",
    kind: KIND,
    what: "a permission for 127.0.0.1 is granted, and what a service there says comes back through the relay",
    make: (scene) => {
      ask(scene, outside(66), RELAY, { method: "permission", peers: ["127.0.0.1"] });
      scene.send(RELAY, outside(66), fromPeer(scene, "127.0.0.1"));
    },
  },
  {
    name: "turn_both_use_one_relay",
    expect: "quiet",
    kind: KIND,
    what: "a permission towards the relay's own address, where it has the other party",
    make: (scene) => ask(scene, outside(66), RELAY, { method: "permission", peers: [RELAY.ip] }),
  },
  {
    name: "turn_scan_of_private_space",
    expect: "alert turn <=2",
    kind: KIND,
    what: "one client asks for twenty hosts behind the relay, which refuses half of them",
    make: (scene) => {
      for (let n = 1; n <= 20; n++) {
        const code = n % 2 === 0 ? { code: 403 } : {};
        ask(scene, outside(66), RELAY, { method: "channel", peers: [`10.1.2.${n}`], ...code });
      }
    },
  },
  {
    name: "turn_flood_of_allocations",
    expect: "alert turn <=2",
    kind: KIND,
    what: "seven hundred allocations of one source within seven seconds",
    make: (scene) => {
      for (let n = 0; n < 700; n++) {
        ask(scene, media(outside(66), 20_000 + n), RELAY, { method: "allocate" });
        scene.wait(-0.04);
      }
    },
  },
  {
    name: "turn_credentials_guessed",
    expect: "alert turn <=2",
    kind: KIND,
    what: "120 signed requests meet 401",
    make: (scene) => {
      for (let n = 0; n < 120; n++) {
        ask(scene, outside(66), RELAY, { method: "allocate", code: 401 });
      }
    },
  },
  {
    name: "turn_open_to_everybody",
    expect: "quiet",
    kind: KIND,
    what: "a relay without credentials: a note",
    make: (scene) => ask(scene, outside(7), RELAY, { method: "allocate", user: "" }),
  },
  {
    name: "turn_grant_nobody_asked_for",
    expect: "quiet",
    kind: KIND,
    what: "forged successes with other transaction ids than the request for the loopback",
    make: (scene) => {
      const peers = ["127.0.0.1"];
      const id = () => Buffer.from(scene.hex(24), "hex");
      scene.send(outside(9), RELAY, turn({ method: "channel", kind: "request", id: id(), peers }));
      scene.send(RELAY, outside(9), turn({ method: "channel", kind: "success", id: id(), peers }));
    },
  },
  {
    name: "enum_walk_in_order",
    expect: "alert enum <=3",
    kind: KIND,
    what: "a hundred numbers one after the other",
    make: (scene) => {
      for (let n = 0; n < 100; n++) lookUp(scene, phone(66), `4930555${1000 + n}`);
    },
  },
  {
    name: "enum_walk_shuffled_ids_like_rtp",
    expect: "alert enum <=3",
    kind: KIND,
    what: "the same shuffled, with ids that make each query look like RTP",
    make: (scene) => {
      for (let n = 0; n < 100; n++) {
        lookUp(scene, phone(66), `4930555${1000 + ((n * 37) % 100)}`, n % 3 === 0 ? 0 : 3, 0x80);
      }
    },
  },
  {
    name: "enum_of_a_proxy",
    expect: "quiet",
    kind: KIND,
    what: "a carrier's proxy asks for each number that it calls, most are in no directory",
    make: (scene) => {
      for (let n = 0; n < 300; n++) {
        const number = `49${Math.floor(1e8 + scene.random() * 8e8)}`;
        lookUp(scene, phone(5), number, n % 12 === 0 ? 0 : 3);
      }
    },
  },
];
