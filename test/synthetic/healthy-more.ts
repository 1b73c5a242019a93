import { ask, LiveCall, register, requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, credentials, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint, Wire } from "../support/wire.ts";
import type { HealthyScene } from "./healthy.ts";

/** The sensor came late, sees half, or stands where requests pass twice. */

const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };

function phone(n: number): Endpoint {
  return { ip: `192.0.2.${30 + n}`, port: 5060 };
}

function pings(phones: number, status: (n: number) => number) {
  return (wire: Wire) => {
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < phones; n++) {
        const ping = requestOf(wire, PBX, phone(n), "OPTIONS", "ping");
        ask(wire, PBX, phone(n), ping, status(n));
        wire.now += 0.3;
      }
      wire.now += 30;
    }
  };
}

/** A request through a proxy: the second hop adds its Via on top (RFC 3261 16.6). */
function throughProxy(text: string, branch: string): string {
  return text.replace(
    "\r\nVia:",
    `\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK${branch}\r\nVia:`,
  );
}

export const MORE_HEALTHY_SCENES: readonly HealthyScene[] = [
  {
    name: "a PBX whose registrations are older than the capture pings 100 phones, of which 30 are dead",
    make: pings(100, (n) => (n % 10 < 3 ? 0 : 200)),
  },
  {
    name: "a PBX whose registrations are older than the capture: its phones answer pings with 404 and 405",
    falseAlarm:
      "in its first round such a PBX looks like a sweep; one REGISTER that it answers before clears it",
    make: pings(60, (n) => (n % 2 === 0 ? 404 : 405)),
  },
  {
    name: "only requests are seen: 100 phones refresh, with credentials, every 30 s",
    make: (wire) => {
      for (let i = 0; i < 1000; i++) {
        const n = i % 100;
        const request = requestOf(wire, phone(n), PBX, "REGISTER", String(1000 + n), {
          headers: [credentials(String(1000 + n), "n", `r${n}`)],
        });
        wire.send(phone(n), PBX, request.text);
        wire.now += 0.3;
      }
    },
  },
  {
    name: "only responses are seen",
    make: (wire) => {
      for (let i = 0; i < 200; i++) {
        const n = i % 50;
        const request = requestOf(wire, phone(n), PBX, "REGISTER", String(1000 + n));
        wire.send(PBX, phone(n), sipResponse(request, i % 2 === 0 ? 401 : 200, { toTag: "t" }));
        wire.now += 0.1;
      }
    },
  },
  {
    name: "BYE is challenged with 407 and sent again with credentials",
    make: (wire) => {
      for (let i = 0; i < 20; i++) {
        const call = new LiveCall(wire, phone(1), phone(2));
        wire.now += 5;
        const bye = call.inDialog("BYE");
        ask(wire, call.caller, call.callee, bye, 407, [challenge(`n${i}`, "pbx", 407)]);
        wire.now += 0.02;
        const again = call.inDialog("BYE", {
          headers: [credentials("201", `n${i}`, `r${i}`, "pbx", 407)],
        });
        ask(wire, call.caller, call.callee, again, 200);
        wire.now += 3;
      }
    },
  },
  {
    name: "calls through a proxy, both hops on the mirror, half of them cancelled while ringing",
    make: (wire) => {
      for (let i = 0; i < 30; i++) {
        const [caller, callee] = [phone(1), phone(2)];
        const invite = requestOf(wire, caller, PBX, "INVITE", "201", {
          to: "202",
          sdp: audioSdp(caller.ip, 10_000),
        });
        const hop = wire.unique("hop");
        wire.send(caller, PBX, invite.text);
        wire.send(PBX, callee, throughProxy(invite.text, hop), 0.002);
        const ringing = sipResponse(invite, 180, { toTag: `t${i}` });
        wire.send(callee, PBX, throughProxy(ringing, hop), 0.01);
        wire.send(PBX, caller, ringing, 0.012);
        wire.now += 4;
        const { callId, branch, fromTag } = invite;
        const cancel = requestOf(wire, caller, PBX, "CANCEL", "201", {
          to: "202",
          callId,
          branch,
          fromTag,
        });
        wire.send(caller, PBX, cancel.text);
        wire.send(PBX, caller, sipResponse(cancel, 200), 0.002);
        // The proxy's own CANCEL carries its branch only (RFC 3261 16.10).
        const onward = cancel.text.replace(
          /\r\nVia:[^\r]*/,
          `\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK${hop}`,
        );
        wire.send(PBX, callee, onward, 0.003);
        const over = sipResponse(invite, 487, { toTag: `t${i}` });
        wire.send(callee, PBX, throughProxy(over, hop), 0.01);
        wire.send(PBX, caller, over, 0.012);
        wire.now += 2;
      }
    },
  },
  {
    name: "session timers: UPDATE and re-INVITE every minute for an hour",
    make: (wire) => {
      const call = new LiveCall(wire, phone(1), phone(2));
      for (let i = 0; i < 60; i++) {
        wire.now += 60;
        const isUpdate = i % 2 === 0;
        const request = call.inDialog(isUpdate ? "UPDATE" : "INVITE", {
          sdp: isUpdate ? "" : audioSdp(call.callerMedia.ip, call.callerMedia.port),
        });
        ask(wire, call.caller, call.callee, request, 200);
      }
      call.hangUp();
    },
  },
  {
    name: "busy lamp fields: 30 phones subscribe to 20 colleagues each, two of whom have left",
    make: (wire) => {
      for (let i = 0; i < 600; i++) {
        const user = String(200 + (i % 20));
        const request = requestOf(wire, phone(i % 30), PBX, "SUBSCRIBE", "201", { to: user });
        ask(wire, phone(i % 30), PBX, request, i % 20 < 2 ? 404 : 200);
        wire.now += 0.1;
      }
    },
  },
  {
    name: "every packet comes three times: a mirror of two VLANs and a router",
    make: (wire) => {
      const copies = new Proxy(wire, {
        get(target, property) {
          if (property !== "send") {
            const value: unknown = Reflect.get(target, property, target);
            return typeof value === "function" ? value.bind(target) : value;
          }
          return (from: Endpoint, to: Endpoint, payload: string | Uint8Array, after = 0) => {
            target.send(from, to, payload, after);
            target.send({ ...from, mac: "02:aa:00:00:00:01" }, to, payload, after + 0.0002);
            target.send({ ...from, ttl: 63 }, to, payload, after + 0.0004);
          };
        },
      });
      for (let n = 0; n < 20; n++) register(copies, phone(n), PBX, String(1000 + n));
      wire.now += 1;
      const call = new LiveCall(copies, phone(1), phone(2));
      wire.now += 0.1;
      call.talk(5);
      wire.now += 5.2;
      call.hangUp();
      wire.now += 5;
    },
  },
];
