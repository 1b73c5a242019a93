import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { accountsOfPhones } from "./digest.ts";
import { CARRIER, PBX, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "unmatched-floods";
const FLOOD = "alert ACK or CANCEL <=2";

function madeUp(scene: Scene): Endpoint {
  const byte = () => 1 + Math.floor(scene.random() * 250);
  return { ip: `100.${byte()}.${byte()}.${byte()}`, port: 5060, mac: ROUTER_MAC, ttl: 50 };
}

/** An ACK, or a CANCEL that meets 481. */
function stray(scene: Scene, by: Endpoint, method: string, callId: string): void {
  const request = requestOf(scene, by, PBX, method, "100", {
    to: "201",
    callId,
    ...(method === "ACK" && { toTag: scene.hex(8) }),
  });
  scene.send(by, PBX, request.text);
  if (method === "CANCEL") scene.send(PBX, by, sipResponse(request, 481), 0.001);
}

interface Flood {
  readonly method: string;
  readonly aSecond: number;
  readonly seconds: number;
  readonly by?: (scene: Scene) => Endpoint;
  readonly callId?: string;
}

function flood({ method, aSecond, seconds, by, callId }: Flood): (scene: Scene) => void {
  return (scene) => {
    for (const account of accountsOfPhones(scene, 4)) account.login();
    scene.wait(2);
    for (let i = 0; i < aSecond * seconds; i++) {
      stray(scene, by?.(scene) ?? STRANGER, method, callId ?? scene.unique("x"));
      scene.wait(1 / aSecond);
    }
  };
}

function calls(scene: Scene, count: number, pause: number, make: (call: Call) => void): void {
  for (let i = 0; i < count; i++) {
    const before = scene.now;
    make(new Call(scene, CARRIER, PBX, { from: `+4930${1000 + i}`, to: "201", ringSeconds: 0.2 }));
    scene.now = before + pause;
  }
}

/** ACK and CANCEL open no transaction (RFC 3261 9.2, 17): who floods with them, and who only seems to. */
export const UNMATCHED_FLOODS: readonly Case[] = [
  ...["ACK", "CANCEL"].flatMap((method): Case[] => [
    {
      name: `flood_of_${method.toLowerCase()}_of_no_call`,
      expect: FLOOD,
      kind: KIND,
      what: `80 ${method}s a second of one host, each with a Call-ID of its own`,
      make: flood({ method, aSecond: 80, seconds: 12 }),
    },
    {
      name: `flood_of_${method.toLowerCase()}_of_one_call_id`,
      expect: FLOOD,
      kind: KIND,
      what: `the same with one Call-ID that is no call's`,
      make: flood({ method, aSecond: 80, seconds: 12, callId: "none@x" }),
    },
    {
      name: `flood_of_${method.toLowerCase()}_of_made_up_hosts`,
      expect: FLOOD,
      kind: KIND,
      what: `150 ${method}s a second, each of an address of its own`,
      make: flood({ method, aSecond: 150, seconds: 12, by: madeUp }),
    },
  ]),
  {
    name: "acks_12_a_second_of_no_call",
    expect: "alert many ACK <=3",
    kind: KIND,
    what: "twelve ACKs a second of one host for a minute and a half, each with a Call-ID of its own",
    make: flood({ method: "ACK", aSecond: 12, seconds: 90 }),
  },
  {
    name: "flood_of_ack_of_an_own_call",
    expect: FLOOD,
    kind: KIND,
    what: "a stranger calls, is answered, and acknowledges a hundred times a second",
    make: (scene) => {
      const call = new Call(scene, STRANGER, PBX, { from: "100", to: "201" }).ring().pickUp();
      for (let i = 0; i < 1200; i++) call.ack();
    },
  },
  {
    name: "dialler_that_cancels_60_calls_a_second",
    expect: "max 3",
    kind: KIND,
    what: "a dialler's trunk begins 60 calls a second and cancels each before anybody answers",
    make: (scene) =>
      calls(scene, 900, 1 / 60, (call) => {
        call.ring();
        const cancel = requestOf(scene, CARRIER, PBX, "CANCEL", call.invite.from, {
          to: "201",
          callId: call.callId,
          branch: call.invite.branch,
          fromTag: call.parties[0].tag,
        });
        scene.send(CARRIER, PBX, cancel.text);
        scene.send(PBX, CARRIER, sipResponse(cancel, 200), 0.002);
        scene.send(PBX, CARRIER, call.answer(487), 0.003);
        scene.send(CARRIER, PBX, call.request(0, "ACK").text, 0.006);
      }),
  },
  {
    name: "acks_whose_invites_pass_elsewhere",
    expect: "quiet",
    kind: KIND,
    what: "a mirror shows 60 calls a second from their ACK on, as INVITEs pass another proxy; BYEs of either end",
    make: (scene) => {
      calls(scene, 900, 1 / 60, (call) => {
        call.ack();
        call.ask(scene.random() < 0.5 ? 0 : 1, "BYE", 200);
      });
    },
  },
  {
    name: "cancels_after_a_restart",
    expect: "quiet",
    kind: KIND,
    what: "a PBX comes back, and its carrier cancels the 300 calls that had rung there within two seconds, 481 to each",
    make: (scene) => {
      for (let i = 0; i < 300; i++) {
        stray(scene, CARRIER, "CANCEL", scene.unique("old"));
        scene.wait(1 / 150);
      }
    },
  },
  {
    name: "acks_again_of_calls_before_the_capture",
    expect: "quiet",
    kind: KIND,
    what: "the capture begins while the answers of 60 calls are repeated: each ACK eleven times (RFC 3261 13.3.1.4)",
    make: (scene) => {
      for (let round = 0; round < 11; round++) {
        for (let i = 0; i < 60; i++) {
          stray(scene, CARRIER, "ACK", `before-${i}`);
          scene.wait(0.02);
        }
        scene.wait(1.8);
      }
    },
  },
];
