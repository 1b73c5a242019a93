import { ask, LiveCall, register, requestOf, stream } from "../support/sip-actors.ts";
import { audioSdp, challenge, credentials, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy, type Wire } from "../support/wire.ts";

/** Ordinary networks on a bad day: no alert of severity 1 to 3. */
export interface HealthyScene {
  readonly name: string;
  /** Why it alerts as yet; the test then fails once it no longer does. */
  readonly falseAlarm?: string;
  readonly make: (wire: Wire) => void;
}

const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const PBX6: Endpoint = { ip: "2001:db8::10", port: 5060 };
const SBC: Endpoint = { ip: "192.0.2.20", port: 5060 };
const TRUNK: Endpoint = { ip: "203.0.113.5", port: 5060 };

function phone(n: number): Endpoint {
  return { ip: `192.0.2.${30 + n}`, port: 5060 };
}

function phone6(n: number): Endpoint {
  return { ip: `2001:db8::1:${(n + 1).toString(16)}`, port: 5060 };
}

/** Phones behind one NAT: one address and MAC, a port each. */
function natted(n: number): Endpoint {
  return { ip: "203.0.113.50", port: 20_000 + n, mac: "02:00:00:00:00:50", ttl: 61 };
}

function bridged(
  wire: Wire,
  seconds: number,
  options: { from?: string; to?: string } = {},
): LiveCall {
  const call = new LiveCall(wire, phone(1), phone(2), options);
  wire.now += 0.05;
  call.talk(seconds);
  return call;
}

function reRegistration(
  phones: number,
  at: (n: number) => Endpoint,
  pbx: Endpoint,
  within: number,
) {
  return (wire: Wire) => {
    for (let n = 0; n < phones; n++) {
      register(wire, at(n), pbx, String(1000 + n));
      wire.now += within / phones;
    }
    wire.now += 20;
    register(wire, at(0), pbx, "1000");
  };
}

const REGISTRATIONS: readonly HealthyScene[] = [
  {
    name: "500 phones behind one NAT register again within 5 s",
    make: reRegistration(500, natted, PBX, 5),
  },
  {
    name: "500 phones register again within 5 s over IPv6",
    make: reRegistration(500, phone6, PBX6, 5),
  },
  {
    name: "a phone with a stale password retries every 30 s for an hour",
    make: (wire) => {
      for (let i = 0; i < 120; i++) {
        const tries = { callId: "until-it-reboots", firstCseq: 2 * i + 1 };
        register(wire, phone(1), PBX, "201", { status: 401, secret: "old", ...tries });
        wire.now += 30;
      }
    },
  },
  {
    name: "five phones behind one NAT with stale passwords retry every minute for an hour",
    make: (wire) => {
      for (let i = 0; i < 300; i++) {
        const tries = { callId: `of-phone-${i % 5}`, firstCseq: 2 * i + 1 };
        const user = String(200 + (i % 5));
        register(wire, natted(i % 5), PBX, user, { status: 403, secret: "old", ...tries });
        wire.now += 12;
      }
    },
  },
  {
    name: "somebody mistypes a password four times and then gets it right",
    make: (wire) => {
      for (let i = 0; i < 4; i++) {
        register(wire, phone(1), PBX, "201", { status: 401, secret: `typo${i}` });
        wire.now += 8;
      }
      register(wire, phone(1), PBX, "201");
      wire.now += 10;
    },
  },
  {
    name: "50 phones refresh with an old nonce, and the server does not say stale",
    make: (wire) => {
      for (let round = 0; round < 10; round++) {
        for (let n = 0; n < 50; n++) {
          register(wire, natted(n), PBX, String(1000 + n), { isRefresh: true });
          wire.now += 1;
        }
      }
    },
  },
  {
    name: "a PBX registers 60 accounts at its provider",
    make: (wire) => {
      for (let n = 0; n < 60; n++) {
        register(wire, PBX, TRUNK, `49301000${n}`);
        wire.now += 0.1;
      }
      wire.now += 10;
    },
  },
];

const PINGS: readonly HealthyScene[] = [
  {
    name: "a PBX pings 100 phones with OPTIONS, of which 30 are dead",
    make: (wire) => {
      for (let n = 0; n < 100; n++) {
        if (n % 10 >= 3) register(wire, phone(n), PBX, String(1000 + n));
        wire.now += 0.05;
      }
      for (let round = 0; round < 10; round++) {
        for (let n = 0; n < 100; n++) {
          const ping = requestOf(wire, PBX, phone(n), "OPTIONS", "ping");
          const isDead = n % 10 < 3;
          ask(wire, PBX, phone(n), ping, isDead ? 0 : 200);
          // Timer E: 500 ms doubling to 4 s (RFC 3261 17.1.2.2).
          for (const after of isDead ? [0.5, 1.5, 3.5] : [])
            wire.send(PBX, phone(n), ping.text, after);
          wire.now += 0.3;
        }
        wire.now += 30;
      }
    },
  },
  {
    name: "phones answer OPTIONS with 404, 405 and 488",
    make: (wire) => {
      for (let n = 0; n < 60; n++) register(wire, phone(n), PBX, String(1000 + n));
      wire.now += 1;
      for (let round = 0; round < 10; round++) {
        for (let n = 0; n < 60; n++) {
          ask(
            wire,
            PBX,
            phone(n),
            requestOf(wire, PBX, phone(n), "OPTIONS", "ping"),
            [404, 405, 488][n % 3] ?? 404,
          );
          wire.now += 0.5;
        }
      }
    },
  },
];

const CALLS: readonly HealthyScene[] = [
  {
    name: "an SBC trunk with 30 calls a second, of which 5 % meet 404",
    make: (wire) => {
      for (let i = 0; i < 1800; i++) {
        const to = `4930${(i * 7919) % 10_000_000}`;
        if (i % 20 === 7) {
          const invite = requestOf(wire, SBC, TRUNK, "INVITE", "4989123", {
            to,
            sdp: audioSdp("192.0.2.21", 10_000 + 2 * (i % 20_000)),
          });
          ask(wire, SBC, TRUNK, invite, 404);
        } else {
          const call = new LiveCall(wire, SBC, TRUNK, {
            from: "4989123",
            to,
            callerMedia: { ip: "192.0.2.21", port: 10_000 + 2 * (i % 20_000) },
            calleeMedia: { ip: "203.0.113.6", port: 10_000 + 2 * (i % 20_000) },
          });
          call.hangUp(20 + (i % 40));
        }
        wire.now += 1 / 30;
      }
    },
  },
  {
    name: "a dialler on a trunk without authentication: 40 % of numbers do not exist",
    make: (wire) => {
      for (let i = 0; i < 300; i++) {
        const to = `4930${(i * 7919) % 10_000_000}`;
        if (i % 5 < 2)
          ask(wire, SBC, TRUNK, requestOf(wire, SBC, TRUNK, "INVITE", "4989123", { to }), 404);
        else new LiveCall(wire, SBC, TRUNK, { from: "4989123", to }).hangUp(30);
        wire.now += 0.5;
      }
    },
  },
  {
    name: "an INVITE that is challenged with 407, rings, and ends with BYE of the callee",
    make: (wire) => {
      const invite = requestOf(wire, phone(1), PBX, "INVITE", "201", { to: "202" });
      ask(wire, phone(1), PBX, invite, 407, [challenge("n1", "pbx", 407)]);
      wire.now += 0.1;
      for (let i = 0; i < 20; i++) {
        const again = requestOf(wire, phone(1), PBX, "INVITE", "201", {
          to: `90${i}`,
          cseq: 2,
          headers: [credentials("201", `n${i}`, `r${i}`, "pbx", 407)],
        });
        wire.send(phone(1), PBX, again.text);
        wire.send(PBX, phone(1), sipResponse(again, 180, { toTag: "t" }), 0.1);
        wire.send(PBX, phone(1), sipResponse(again, 486, { toTag: "t" }), 3);
        wire.now += 20;
      }
      const call = bridged(wire, 5);
      wire.now += 5;
      const bye = call.inDialogOfCallee("BYE");
      wire.send(call.callee, call.caller, bye.text);
      wire.send(call.caller, call.callee, sipResponse(bye, 200), 0.004);
    },
  },
  {
    name: "both sides hang up at the same time: glare of BYE, one meets 481",
    make: (wire) => {
      const call = bridged(wire, 5);
      wire.now += 5;
      const bye = call.inDialogOfCallee("BYE");
      wire.send(call.callee, call.caller, bye.text, 0.001);
      call.hangUp();
      wire.send(call.caller, call.callee, sipResponse(bye, 481), 0.01);
      wire.now += 5;
      ask(wire, phone(3), PBX, requestOf(wire, phone(3), PBX, "OPTIONS", "x"), 200);
    },
  },
  {
    name: "early media from two forks before one answers",
    make: (wire) => {
      const caller = phone(1);
      const invite = requestOf(wire, caller, PBX, "INVITE", "201", {
        to: "600",
        sdp: audioSdp(caller.ip, 10_000),
      });
      wire.send(caller, PBX, invite.text);
      for (const [n, toTag] of [
        [2, "forkA"],
        [3, "forkB"],
      ] as const) {
        const sdp = audioSdp(phone(n).ip, 20_000);
        wire.send(
          PBX,
          caller,
          sipResponse(invite, 183, { toTag, contact: sentBy(phone(n)), sdp }),
          0.1 * n,
        );
        stream(
          wire,
          { ...phone(n), port: 20_000 },
          { ...caller, port: 10_000 },
          { ssrc: 0x500 + n, seconds: 4, after: 0.1 * n + 0.02 },
        );
      }
      wire.now += 4;
      const sdp = audioSdp(phone(3).ip, 20_000);
      wire.send(
        PBX,
        caller,
        sipResponse(invite, 200, { toTag: "forkB", contact: sentBy(phone(3)), sdp }),
        0.3,
      );
      stream(
        wire,
        { ...phone(3), port: 20_000 },
        { ...caller, port: 10_000 },
        { ssrc: 0x503, seconds: 5, sequence: 1200, timestamp: 32_000, after: 0.32 },
      );
      stream(
        wire,
        { ...caller, port: 10_000 },
        { ...phone(3), port: 20_000 },
        { ssrc: 0x900, seconds: 5, after: 0.32 },
      );
      wire.now += 6;
    },
  },
  {
    name: "a conference server takes the call over by re-INVITE, with another SSRC",
    make: (wire) => {
      const call = bridged(wire, 3);
      wire.now += 3.2;
      const mixer: Endpoint = { ip: "192.0.2.25", port: 30_000 };
      const invite = call.inDialogOfCallee("INVITE", {
        cseq: 7,
        sdp: audioSdp(mixer.ip, mixer.port, 2),
      });
      wire.send(call.callee, call.caller, invite.text);
      wire.send(
        call.caller,
        call.callee,
        sipResponse(invite, 200, { sdp: audioSdp(call.callerMedia.ip, call.callerMedia.port, 2) }),
        0.02,
      );
      stream(wire, mixer, call.callerMedia, { ssrc: 0x77, seconds: 4, after: 0.05 });
      stream(wire, call.callerMedia, mixer, {
        ssrc: 0x1111,
        seconds: 4,
        sequence: 1160,
        after: 0.05,
      });
      wire.now += 5;
      call.hangUp();
      wire.now += 4;
    },
  },
  {
    name: "blind transfer: REFER, NOTIFY, and the other party leaves",
    make: (wire) => {
      const call = bridged(wire, 3);
      wire.now += 3;
      const refer = call.inDialog("REFER", { headers: [`Refer-To: <sip:203@${PBX.ip}>`] });
      ask(wire, call.caller, call.callee, refer, 202);
      wire.now += 0.2;
      const notify = call.inDialogOfCallee("NOTIFY", {
        cseq: 9,
        headers: ["Event: refer", "Subscription-State: active"],
      });
      ask(wire, call.callee, call.caller, notify, 200);
      const third = new LiveCall(wire, call.callee, phone(3), {
        from: "202",
        to: "203",
        callerMedia: call.calleeMedia,
      });
      wire.now += 0.05;
      stream(wire, call.calleeMedia, third.calleeMedia, {
        ssrc: 0x2222,
        seconds: 4,
        sequence: 1150,
      });
      stream(wire, third.calleeMedia, call.calleeMedia, { ssrc: 0x3333, seconds: 4 });
      call.hangUp();
      wire.now += 4;
      third.hangUp();
      wire.now += 4;
    },
  },
];

const MEDIA: readonly HealthyScene[] = [
  {
    name: "a NAT rebinds the media: the same stream from another port",
    make: (wire) => {
      const caller = natted(1);
      const call = new LiveCall(wire, caller, phone(2), {
        callerMedia: { ...caller, port: 40_001 },
      });
      wire.now += 0.05;
      stream(wire, call.calleeMedia, call.callerMedia, { ssrc: 0x2222, seconds: 8 });
      stream(wire, { ...caller, port: 40_001 }, call.calleeMedia, { ssrc: 0x1111, seconds: 4 });
      stream(wire, { ...caller, port: 51_007 }, call.calleeMedia, {
        ssrc: 0x1111,
        seconds: 4,
        sequence: 1200,
        timestamp: 32_000,
        after: 4.02,
      });
      wire.now += 9;
      call.hangUp();
      wire.now += 4;
    },
  },
  {
    name: "media from a private address in SDP, symmetric RTP from the public one",
    make: (wire) => {
      const caller = natted(2);
      const call = new LiveCall(wire, caller, phone(2), {
        callerMedia: { ip: "192.168.178.20", port: 7078 },
      });
      wire.now += 0.05;
      const real = { ...caller, port: 45_678 };
      stream(wire, real, call.calleeMedia, { ssrc: 0x1111, seconds: 6 });
      stream(wire, call.calleeMedia, real, { ssrc: 0x2222, seconds: 6, after: 0.1 });
      wire.now += 6;
      call.hangUp();
      wire.now += 4;
    },
  },
  {
    name: "packets late, lost and twice, and a jump of the sequence after silence",
    make: (wire) => {
      const call = new LiveCall(wire, phone(1), phone(2));
      wire.now += 0.05;
      for (const [sequence, after] of [
        [1000, 0],
        [1150, 3.2],
        [9000, 8],
      ] as const) {
        stream(wire, call.callerMedia, call.calleeMedia, {
          ssrc: 0x1111,
          seconds: 3,
          sequence,
          after,
        });
      }
      stream(wire, call.callerMedia, call.calleeMedia, {
        ssrc: 0x1111,
        seconds: 1,
        sequence: 1020,
        after: 0.43,
      });
      stream(wire, call.calleeMedia, call.callerMedia, { ssrc: 0x2222, seconds: 11 });
      wire.now += 12;
      call.hangUp();
      wire.now += 4;
    },
  },
];

export const HEALTHY_SCENES: readonly HealthyScene[] = [
  ...REGISTRATIONS,
  ...PINGS,
  ...CALLS,
  ...MEDIA,
];
