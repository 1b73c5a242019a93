import { createSocket, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../live/child.ts";
import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, rtpPacket, sipResponse } from "../support/sip-builder.ts";
import { Wire } from "../support/wire.ts";
import { Loopback, missingFor, ownNetwork, sidsOf, sourcesOf } from "./loopback.ts";

const TOOLS = ["rtpengine"];
const missing = missingFor(...TOOLS);
const NETWORK = ownNetwork();
const RELAY = `${NETWORK}.41`;
const NG_PORT = 22_290;
const CALLER = { ip: `${NETWORK}.42`, port: 20_010 };
const CALLEE = { ip: `${NETWORK}.43`, port: 20_020 };
const THIEF = { ip: `${NETWORK}.66`, port: 20_666 };
const PROXY = { ip: `${NETWORK}.40`, port: 5_081 };
const LEAKS = [9_105_021, 9_105_022];

type Bencoded = string | { readonly [key: string]: Bencoded };

function bencode(value: Bencoded): string {
  if (typeof value === "string") return `${Buffer.byteLength(value)}:${value}`;
  const keys = Object.keys(value).sort();
  return `d${keys.map((key) => bencode(key) + bencode(value[key] as Bencoded)).join("")}e`;
}

/** A socket at one address, and whom its packets came from. */
class Party {
  readonly heard: string[] = [];
  readonly texts: string[] = [];
  readonly socket: Socket = createSocket("udp4");
  readonly #at: { ip: string; port: number };

  constructor(at: { ip: string; port: number }) {
    this.#at = at;
    this.socket.on("message", (text, from) => {
      this.heard.push(from.address);
      this.texts.push(text.toString("latin1"));
    });
  }

  open(): Promise<void> {
    const { ip, port } = this.#at;
    return new Promise((resolve) => this.socket.bind(port, ip, () => resolve()));
  }

  send(payload: string | Uint8Array, ip: string, port: number): void {
    this.socket.send(payload, port, ip);
  }
}

describe.skipIf(missing !== "")(`a theft at a real rtpengine ${missing}`, () => {
  let loopback: Loopback;
  const parties = [CALLER, CALLEE, THIEF, PROXY, { ...PROXY, port: 5_082 }].map(
    (at) => new Party(at),
  );
  const [caller, callee, thief, proxy, control] = parties as [Party, Party, Party, Party, Party];
  let serial = 0;

  /** Asks the relay for its side of a session description (the ng protocol). */
  async function ng(command: Bencoded): Promise<string> {
    const cookie = `c${serial++} `;
    for (let tries = 0; tries < 200; tries++) {
      control.send(`${cookie}${bencode(command)}`, RELAY, NG_PORT);
      // What was asked before may be answered late, and what was lost is asked again: the relay knows it by its cookie.
      for (let looks = 0; looks < 20; looks++) {
        const answer = control.texts.find((text) => text.startsWith(cookie));
        if (answer !== undefined) return answer;
        await sleep(10);
      }
    }
    return "no answer";
  }

  const portIn = (answer: string) => Number(/m=audio (\d+)/.exec(answer)?.[1] ?? 0);

  beforeAll(async () => {
    loopback = new Loopback("rtpengine", TOOLS);
    const own = ["--table=-1", `--interface=${RELAY}`, `--listen-ng=${RELAY}:${NG_PORT}`];
    const rest = [
      "--foreground",
      "--log-stderr",
      "--port-min=42000",
      "--port-max=42100",
      `--pidfile=${loopback.folder}/pid`,
    ];
    const relay = loopback.start("rtpengine", ...own, ...rest);
    for (const party of parties) await party.open();
    expect(await ng({ command: "ping" }), relay.stderr).toContain("pong");
    await loopback.capture(`udp and net ${NETWORK}.0/24`);
  });

  afterAll(async () => {
    for (const { socket } of parties) socket.close();
    await loopback?.end();
  });

  it("who sends to the caller's port in the first seconds gets its media, and is told", async () => {
    const call = { "call-id": "theft", "from-tag": "a" };
    const offer = await ng({ command: "offer", ...call, sdp: audioSdp(CALLER.ip, CALLER.port) });
    const toCallee = portIn(offer);
    const answer = await ng({
      ...{ command: "answer", ...call, "to-tag": "b" },
      sdp: audioSdp(CALLEE.ip, CALLEE.port),
    });
    const toCaller = portIn(answer);
    expect([toCallee, toCaller].every((port) => port >= 42_000)).toBe(true);
    // What the mirror sees of the signalling: both legs at the proxy.
    const signal = new Wire();
    for (const [party, at, port, callId] of [
      [caller, CALLER, toCaller, "leg-a"],
      [callee, CALLEE, toCallee, "leg-b"],
    ] as const) {
      const own = { ip: at.ip, port: at.port };
      const invite = requestOf(signal, own, PROXY, "INVITE", "201", {
        callId,
        sdp: audioSdp(at.ip, at.port),
      });
      party.send(invite.text, PROXY.ip, PROXY.port);
      await sleep(20);
      const ok = sipResponse(invite, 200, {
        toTag: "t",
        contact: `p@${PROXY.ip}`,
        sdp: audioSdp(RELAY, port),
      });
      proxy.send(ok, at.ip, at.port);
      await sleep(20);
      party.send(
        requestOf(signal, own, PROXY, "ACK", "201", { callId, toTag: "t", fromTag: invite.fromTag })
          .text,
        PROXY.ip,
        PROXY.port,
      );
    }
    thief.heard.length = 0;
    const beginMs = performance.now();
    for (let i = 0; i < 200; i++) {
      const fields = { sequence: 100 + i, timestamp: 160 * i };
      // The thief is the last one to send, as long as the relay learns.
      if (i >= 5) caller.send(rtpPacket({ ...fields, ssrc: 1 }), RELAY, toCaller);
      if (i < 140) thief.send(rtpPacket({ ...fields, ssrc: 3 }), RELAY, toCaller);
      callee.send(rtpPacket({ ...fields, ssrc: 2 }), RELAY, toCallee);
      // A telephone that was held up sends what is due, so the relay learns from as many packets on any machine.
      await sleep(Math.max(0, beginMs + 20 * (i + 1) - performance.now()));
    }
    const stolen = () => thief.heard.filter((ip) => ip === RELAY).length;
    await until(
      () => stolen() > 10,
      20_000,
      () => `the thief heard ${stolen()} packets`,
    );
    const run = await loopback.replay();
    expect(
      LEAKS.some((sid) => sidsOf(run).includes(sid)),
      String(sidsOf(run)),
    ).toBe(true);
    for (const sid of LEAKS) for (const ip of sourcesOf(run, sid)) expect(ip).toBe(THIEF.ip);
  });
});
