import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { CARRIER, CARRIER_MEDIA, media, PBX, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "blind";
/** Nodes of one provider, in networks of their own. */
const NODES: readonly Endpoint[] = ["52.114.76.76", "52.114.132.46", "52.115.75.24"].map((ip) => ({
  ip,
  port: 5060,
  mac: ROUTER_MAC,
  ttl: 110,
}));

/** The mirror shows no answer to a BYE. */
function loseAnswersToBye(scene: Scene): void {
  scene.tap((packet) => {
    const text = Buffer.from(packet.bytes).toString("latin1");
    return /SIP\/2\.0 200 [\s\S]*CSeq: \d+ BYE/.test(text) ? [] : [packet];
  });
}

export const LOST_ANSWERS_TO_BYE: readonly Case[] = [
  {
    name: "other_node_hangs_up_and_no_answer_is_seen",
    expect: "max 3",
    kind: KIND,
    what: "each call of a provider is ended by another of its nodes than the one that began it, its media with it; the mirror loses the answers to BYE",
    make: (scene) => {
      loseAnswersToBye(scene);
      for (let n = 0; n < 9; n++) {
        const call = new Call(scene, NODES[n % 3] as Endpoint, PBX, {
          callerMedia: { ip: "52.114.250.9", port: 50_000 + 2 * n, mac: ROUTER_MAC, ttl: 110 },
          calleeMedia: media(PBX, 12_000 + 2 * n),
        });
        call.start(3);
        scene.wait(3.02);
        call.ask(0, "BYE", 200, { by: NODES[(n + 1) % 3] as Endpoint });
        scene.wait(5);
      }
    },
  },
  {
    name: "stranger_hangs_up_and_no_answer_is_seen",
    expect: "alert TEARDOWN <=2",
    kind: KIND,
    what: "a stranger ends a call in the same way, and the caller talks on",
    make: (scene) => {
      loseAnswersToBye(scene);
      const call = new Call(scene, CARRIER, PBX, { callerMedia: CARRIER_MEDIA });
      call.start(3);
      scene.wait(3);
      call.talkers[0].talk(3);
      call.ask(0, "BYE", 200, { by: STRANGER });
      scene.wait(5);
    },
  },
];
