import { createSocket, type Socket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../live/child.ts";
import { isListening, Loopback, missingFor, ownNetwork, rulesOf, sourcesOf } from "./loopback.ts";

const TOOLS = ["kamailio"];
const missing = missingFor(...TOOLS);
const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib64/kamailio/modules/";
const NETWORK = ownNetwork();
const SERVER = `${NETWORK}.1`;
const PORT = 5060;
const COMPAT_SID = 9_190_001;

/** Kamailio's sample values for pike; a request too many is refused, not dropped, so that the client sees it. */
const CONFIG = `#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:${SERVER}:${PORT}
mpath="${MODULES}"
loadmodule "sl.so"
loadmodule "pike.so"
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", 16)
modparam("pike", "remove_latency", 4)
request_route {
  if (!pike_check_req()) {
    sl_send_reply("503", "Too Many");
    exit;
  }
  sl_send_reply("200", "OK");
}
`;

/** One address that asks, and what it was answered, in order. */
class Client {
  readonly statuses: number[] = [];
  readonly #ip: string;
  readonly #socket: Socket;
  #sent = 0;

  constructor(ip: string) {
    this.#ip = ip;
    this.#socket = createSocket("udp4");
    this.#socket.on("message", (text) => this.statuses.push(Number(text.toString().slice(8, 11))));
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.#socket.bind(0, this.#ip, () => resolve()));
  }

  /** Asks each `everyMs` for so long; what is late where the machine has little time comes at once, so its rate stays. */
  async ask(everyMs: number, forMs: number): Promise<void> {
    const beginMs = performance.now();
    for (let dueMs = everyMs; dueMs <= forMs; dueMs += everyMs) {
      this.once();
      await sleep(Math.max(0, beginMs + dueMs - performance.now()));
    }
  }

  once(): void {
    const n = this.#sent++;
    const { port } = this.#socket.address();
    const text = [
      `OPTIONS sip:pbx@${SERVER} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.#ip}:${port};branch=z9hG4bK${port}x${n}`,
      `From: <sip:a@pbx>;tag=${port}`,
      `To: <sip:b@pbx>`,
      `Call-ID: ${port}-${n}@pbx`,
      "CSeq: 1 OPTIONS",
      "Max-Forwards: 70",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");
    this.#socket.send(text, PORT, SERVER);
  }

  /** Waits until all has been answered. */
  answered(): Promise<void> {
    const isAll = () => this.statuses.length >= this.#sent;
    return until(isAll, 20_000, () => `${this.statuses.length} of ${this.#sent} were answered`);
  }

  close(): void {
    this.#socket.close();
  }
}

describe.skipIf(missing !== "")(`rules/compat/pike.rules and a real pike ${missing}`, () => {
  let loopback: Loopback;
  const slow = new Client(`${NETWORK}.21`);
  const steady = new Client(`${NETWORK}.22`);
  const pauses = new Client(`${NETWORK}.23`);

  beforeAll(async () => {
    loopback = new Loopback("pike", TOOLS);
    const config = join(loopback.folder, "pike.cfg");
    writeFileSync(config, CONFIG);
    await loopback.capture(`udp port ${PORT} and host ${SERVER}`);
    const pid = join(loopback.folder, "pid");
    const place = ["-P", pid, "-w", loopback.folder];
    const server = loopback.start("kamailio", "-f", config, "-DD", "-E", ...place);
    for (const client of [slow, steady, pauses]) await client.open();
    const isUp = () => isListening("udp", SERVER, PORT);
    await until(isUp, 40_000, () => `Kamailio is not up: ${server.stdout} ${server.stderr}`);
    slow.once();
    await slow.answered();
    await sleep(2_000);
    await Promise.all([
      slow.ask(400, 8_000),
      steady.ask(50, 8_000),
      (async () => {
        await pauses.ask(50, 4_000);
        await pauses.answered();
        // Silent for a whole unit and the rest of another one, and the next sampling has passed.
        await sleep(4_200);
        pauses.once();
        await pauses.answered();
      })(),
    ]);
  });

  afterAll(async () => {
    for (const client of [slow, steady, pauses]) client.close();
    await loopback?.end();
  });

  it("does not refuse who stays far below the density", () => {
    expect(slow.statuses.length).toBeGreaterThan(10);
    expect(slow.statuses).not.toContain(503);
  });

  it("never lets a source in again that keeps its rate: it counts what it refuses", () => {
    const first = steady.statuses.indexOf(503);
    expect(first).toBeGreaterThanOrEqual(16);
    expect(first).toBeLessThanOrEqual(3 * 16 + 8);
    expect(new Set(steady.statuses.slice(first))).toEqual(new Set([503]));
  });

  it("lets a source in that was silent for a unit, whatever remove_latency says", () => {
    expect(pauses.statuses.at(-2)).toBe(503);
    expect(pauses.statuses.at(-1)).toBe(200);
  });

  it("the rule tells of the sources that pike refuses, and of no other", async () => {
    const run = await loopback.replay({ ruleSet: rulesOf("rules/compat/pike.rules") });
    expect(sourcesOf(run, COMPAT_SID)).toEqual([`${NETWORK}.22`, `${NETWORK}.23`]);
  });
});
