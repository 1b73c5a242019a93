import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, ackOf, nonceOf } from "./digest.ts";
import { CARRIER, forgedBy, outside, PBX, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { copyOf } from "./scene.ts";

const KIND = "forged-redirects";
const LIAR: Endpoint = phone(66);

function office(scene: Scene): void {
  for (let n = 1; n <= 4; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
  scene.wait(30);
}

interface Redirected {
  /** Who writes the 3xx. */
  readonly by: Endpoint;
  readonly to?: Endpoint;
  readonly status?: number;
  readonly client?: Endpoint;
  readonly server?: Endpoint;
  /** Answer of who was asked; 0 for none. */
  readonly own?: number;
}

/** A phone registers, is sent elsewhere, and registers there. */
function redirected(scene: Scene, options: Redirected): void {
  const { by, to = LIAR, status = 302, client = phone(1), server = PBX, own = 401 } = options;
  const request = requestOf(scene, client, server, "REGISTER", "201", { cseq: 900 });
  scene.send(client, server, request.text);
  const moved = sipResponse(request, status, { toTag: "m", contact: sentBy(to) });
  scene.send(by, client, moved, 0.001);
  if (own > 0) {
    const headers = [challenge(nonceOf(scene))];
    scene.send(server, client, sipResponse(request, own, { toTag: "o", headers }), 0.02);
  }
  scene.wait(0.1);
  new Account(scene, client, to, "201").login();
  scene.wait(20);
  new Account(scene, phone(2), PBX, "202").login();
  scene.wait(5);
}

/** An INVITE is sent elsewhere by a host that was not asked; the PBX rings. */
function call(scene: Scene, status: number, by: Endpoint): void {
  const made = new Call(scene, phone(1), PBX, { to: "204" });
  scene.send(phone(1), PBX, made.invite.text);
  const moved = sipResponse(made.invite, status, { toTag: "m", contact: sentBy(LIAR) });
  scene.send(by, phone(1), moved, 0.001);
  scene.send(phone(1), PBX, ackOf(made.invite, "m"), 0.005);
  scene.send(PBX, phone(1), made.answer(180), 0.2);
  scene.wait(20);
}

export const FORGED_REDIRECTS: readonly Case[] = [
  {
    name: "register_302_by_a_stranger",
    expect: "alert registration <=2",
    kind: KIND,
    what: "302 to a REGISTER from a host that was not asked, ahead of the PBX's 401; the phone registers there",
    make: (scene) => {
      office(scene);
      redirected(scene, { by: LIAR });
    },
  },
  {
    name: "register_301_in_the_pbxs_name",
    expect: "alert registration.*in a forged name <=2",
    kind: KIND,
    what: "301 to a REGISTER in the PBX's name by another MAC and TTL",
    make: (scene) => {
      office(scene);
      redirected(scene, { by: forgedBy(PBX, 128), status: 301 });
    },
  },
  {
    name: "register_302_at_the_captures_start",
    expect: "alert registration <=2",
    kind: KIND,
    what: "the same, the first packets of the capture: no way is known",
    make: (scene) => redirected(scene, { by: forgedBy(PBX, 128) }),
  },
  {
    name: "register_305_and_the_pbx_is_kept_silent",
    expect: "alert registers where <=3",
    kind: KIND,
    what: "305 by a stranger; the PBX is kept from answering",
    make: (scene) => {
      office(scene);
      redirected(scene, { by: LIAR, status: 305, own: 0 });
    },
  },
  ...[301, 302, 305].map((status) => ({
    name: `invite_${status}_by_a_stranger`,
    expect: "alert answer to an INVITE <=2",
    kind: KIND,
    what: `${status} to an INVITE from a host that was not asked; the PBX rings`,
    make: (scene: Scene) => {
      office(scene);
      call(scene, status, LIAR);
    },
  })),
  {
    name: "register_302_by_the_registrar",
    expect: "quiet",
    kind: KIND,
    what: "the registrar itself sends phones to its second node, by its own way",
    make: (scene) => {
      office(scene);
      for (let n = 1; n <= 4; n++) {
        const to = { ...PBX, ip: "10.20.0.11" };
        redirected(scene, { by: PBX, client: phone(n), to, own: 0 });
      }
    },
  },
  {
    name: "register_302_by_a_sister_node",
    expect: "quiet",
    kind: KIND,
    what: "a carrier's other node answers with 302 to itself, and the node that was asked says 503",
    make: (scene) => {
      const node = { ...CARRIER, ip: "192.0.2.131" };
      redirected(scene, { by: node, to: node, client: outside(9), server: CARRIER, own: 503 });
    },
  },
  {
    name: "register_302_on_both_mirrors",
    expect: "quiet",
    kind: KIND,
    what: "a registrar that redirects, mirrored on both sides of a router: each packet twice, the copy another hop on",
    make: (scene) => {
      redirected(scene, { by: PBX, client: outside(9), to: { ...PBX, ip: "10.20.0.11" }, own: 0 });
      scene.tap((packet) => [
        packet,
        copyOf(packet, { afterUs: 20_000, hops: 4, srcMac: ROUTER_MAC, dstMac: ROUTER_MAC }),
      ]);
    },
  },
  {
    name: "register_302_behind_a_router_that_failed",
    expect: "max 3",
    kind: KIND,
    what: "the registrar redirects by the router that took over, by which it goes on",
    make: (scene) => {
      const asks = outside(9);
      for (let n = 0; n < 4; n++) {
        new Account(scene, asks, CARRIER, "201").login();
        scene.wait(20);
      }
      const moved = { ...CARRIER, mac: "00:1b:17:20:00:02", ttl: 54 };
      const options = { by: moved, client: asks, server: moved, own: 0 };
      redirected(scene, { ...options, to: { ...CARRIER, ip: "192.0.2.131" } });
      for (let n = 0; n < 4; n++) new Account(scene, asks, moved, "201").login();
    },
  },
];
