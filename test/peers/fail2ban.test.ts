import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Child, until } from "../live/child.ts";
import { missingPeers, requirePeers } from "../support/peer-tools.ts";
import { requestOf } from "../support/sip-actors.ts";
import { challenge, credentials, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, Wire } from "../support/wire.ts";
import { rulesOf } from "./loopback.ts";

const TOOLS = ["fail2ban-server"];
const missing = missingPeers(TOOLS);
const COMPAT_SID = 9_190_101;
const PBX: Endpoint = { ip: "10.20.0.10", port: 5060 };
/** Sources and how many failures each has, evenly over so many seconds. */
const SOURCES = [
  { ip: "198.51.100.10", failures: 10, seconds: 500 },
  { ip: "198.51.100.9", failures: 9, seconds: 500 },
] as const;

/** As Asterisk's chan_sip writes it, at that time of the machine. */
function logLine(ip: string, ms: number): string {
  const time = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `[${day} ${clock}] NOTICE[1234] chan_sip.c: Registration from '<sip:201@pbx>' failed for '${ip}:5060' - Wrong password\n`;
}

/** The same failures on the wire; what the rule says of them. */
function toldBy(failures: readonly { ip: string; second: number }[]): string[] {
  const wire = new Wire({ ruleSet: rulesOf("rules/compat/fail2ban.rules") });
  for (const [i, { ip, second }] of failures.entries()) {
    wire.now = second;
    const client = { ip, port: 5060 };
    const callId = `c${i}`;
    const first = requestOf(wire, client, PBX, "REGISTER", "201", { callId });
    wire.send(client, PBX, first.text);
    wire.send(PBX, client, sipResponse(first, 401, { headers: [challenge(`n${i}`)] }), 0.01);
    const headers = [credentials("201", `n${i}`, String(i + 1).padStart(32, "0"))];
    const second2 = requestOf(wire, client, PBX, "REGISTER", "201", { callId, cseq: 2, headers });
    wire.send(client, PBX, second2.text, 0.02);
    wire.send(PBX, client, sipResponse(second2, 401, { headers: [challenge(`m${i}`)] }), 0.03);
  }
  // A try is held for a while, as success may follow it.
  wire.now += 60;
  wire.send(PBX, { ip: "10.20.0.11", port: 5060 }, "\r\n");
  const { alerts } = wire.run();
  const told = alerts.filter(({ signature }) => signature.sid === COMPAT_SID);
  return [...new Set(told.map(({ voip }) => voip.counter?.key ?? ""))].sort();
}

/** fail2ban's own counter, asked at times of our choice: how often it has counted after each failure, and whether it bans. */
const COUNTER = `
from fail2ban.server.failmanager import FailManager
from fail2ban.server.ticket import FailTicket
import json, sys
manager = FailManager()
manager.setMaxRetry(10)
manager.setMaxTime(600)
counts = [manager.addFailure(FailTicket("192.0.2.1", at, []), observed=False) for at in json.loads(sys.argv[1])]
try:
    manager.toBan()
    print(json.dumps([counts, True]))
except Exception:
    print(json.dumps([counts, False]))
`;

describe.skipIf(missing !== "")(
  `rules/compat/fail2ban.rules and a real fail2ban ${missing}`,
  () => {
    let folder = "";
    let server: Child | null = null;

    beforeAll(() => {
      requirePeers(TOOLS);
      folder = mkdtempSync(join(tmpdir(), "sipsentry-fail2ban-"));
    });

    afterAll(async () => {
      await server?.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    it("bans who fails ten times in 600 s, as the rule tells, and not who fails nine times", async () => {
      const log = join(folder, "messages");
      const banned = join(folder, "banned");
      const etc = join(folder, "etc");
      for (const name of ["action.d", "filter.d"]) mkdirSync(join(etc, name), { recursive: true });
      const filter = readFileSync("/etc/fail2ban/filter.d/asterisk.conf", "utf8");
      const common = readFileSync("/etc/fail2ban/filter.d/common.conf", "utf8");
      writeFileSync(join(etc, "filter.d", "asterisk.conf"), filter);
      writeFileSync(join(etc, "filter.d", "common.conf"), common);
      writeFileSync(
        join(etc, "action.d", "note.conf"),
        `[Definition]\nactionban = echo <ip> >> ${banned}\nactionunban =\n`,
      );
      writeFileSync(
        join(etc, "fail2ban.conf"),
        `[Definition]\nloglevel = INFO\nlogtarget = STDOUT\nsocket = ${folder}/sock\npidfile = ${folder}/pid\ndbfile = None\n`,
      );
      writeFileSync(
        join(etc, "jail.conf"),
        `[asterisk]\nenabled = true\nfilter = asterisk\nbackend = polling\nlogpath = ${log}\nmaxretry = 10\nfindtime = 600\nbantime = 600\nusedns = no\naction = note\n`,
      );
      const now = Date.now();
      const failures = SOURCES.flatMap(({ ip, failures: count, seconds }) =>
        Array.from({ length: count }, (_, i) => ({ ip, second: (i * seconds) / count })),
      ).toSorted((a, b) => a.second - b.second);
      const lines = failures.map(({ ip, second }) => logLine(ip, now - 505_000 + second * 1000));
      writeFileSync(log, lines.join(""));
      writeFileSync(banned, "");
      server = new Child("fail2ban-server", ["-f", "-c", etc, "start"], folder);
      const isBanned = () => readFileSync(banned, "utf8") !== "";
      await until(isBanned, 60_000, () => `nobody was banned: ${server?.stdout} ${server?.stderr}`);
      const real = readFileSync(banned, "utf8").trim().split("\n");
      expect(real).toEqual(["198.51.100.10"]);
      expect(toldBy(failures)).toEqual(real);
    });

    it("estimates once the window is over: nine old failures and four new ones ban, where the rule counts four", () => {
      const at = [...Array.from({ length: 9 }, (_, i) => i * 60), 700, 701, 702, 703];
      const python = ["-c", COUNTER, JSON.stringify(at.map((second) => 1_800_000_000 + second))];
      const output = execFileSync("/usr/bin/python3", python, { encoding: "utf8" });
      const [counts, isBanned] = JSON.parse(output) as [number[], boolean];
      expect(counts.slice(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(isBanned).toBe(true);
      expect(toldBy(at.map((second) => ({ ip: "192.0.2.1", second })))).toEqual([]);
    });
  },
);
