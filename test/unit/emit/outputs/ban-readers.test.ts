import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BanFormat } from "../../../../src/emit/outputs/ban-format.ts";
import { BanSink } from "../../../../src/emit/outputs/ban-sink.ts";
import { docFile } from "../../../support/doc-blocks.ts";
import { freePorts } from "../../../support/free-ports.ts";
import { missingPeers, peerTool, requirePeers } from "../../../support/peer-tools.ts";
import { alertFields, recordOf } from "./eve-lines.ts";

const TOOLS = ["nft", "unshare", "fail2ban-server", "fail2ban-client", "kamailio", "kamcmd"];
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("tests of the ban feed with nftables skipped: not root");

/** What reads the feed, as docs/ban.md configures it. */
describe.skipIf(missingPeers(TOOLS) !== "" || !isRoot)("readers of the ban feed", () => {
  let dir = "";
  const children: ChildProcess[] = [];
  const sinks: BanSink[] = [];

  beforeAll(() => requirePeers(TOOLS));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "sipsentry-readers-"));
  });
  afterEach(async () => {
    await Promise.all(sinks.splice(0).map((sink) => sink.close()));
    for (const child of children.splice(0)) {
      const isAlive = child.exitCode === null && child.signalCode === null;
      const gone = isAlive ? once(child, "exit") : null;
      child.kill("SIGTERM");
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  });

  async function feed(format: BanFormat, file: string, now = Date.now): Promise<BanSink> {
    const sink = new BanSink(
      {
        path: join(dir, file),
        format,
        severityMax: 2,
        confidence: "high",
        attacks: ["auth_bruteforce"],
        proof: true,
        dryRun: false,
        ttlS: 3_600,
        never: [],
        entriesMax: 65_536,
      },
      { now },
    );
    sinks.push(sink);
    await sink.connect();
    return sink;
  }

  const from = (src_ip: string) => recordOf(alertFields({ src_ip }));

  it("nft loads the feed again and again, both families, with timeouts", async () => {
    const sink = await feed("nftables", "offenders.nft");
    const path = join(dir, "offenders.nft");
    writeFileSync(join(dir, "table.nft"), docFile("ban", "/etc/nftables.d/sipsentry.nft"));
    const first = join(dir, "first.nft");
    const second = join(dir, "second.nft");
    writeFileSync(first, readFileSync(path));
    await sink.send([from("203.0.113.1"), from("203.0.113.2"), from("2001:db8::9")]);
    writeFileSync(second, readFileSync(path));
    const nft = peerTool("nft");
    const load = (...files: string[]) => files.map((file) => `${nft} -f ${file}`).join(" && ");
    // A network namespace of its own: this machine's rules stay as they are.
    const inNamespace = (script: string) =>
      execFileSync("unshare", [
        "-n",
        "sh",
        "-ec",
        `${script} && ${nft} -j list ruleset`,
      ]).toString();
    const elements = (json: string) => [...json.matchAll(/"val": "([^"]+)"/g)].map(([, ip]) => ip);
    const table = join(dir, "table.nft");
    const filled = inNamespace(load(first, second, table, second, second));
    expect(elements(filled).sort()).toEqual(["2001:db8::9", "203.0.113.1", "203.0.113.2"]);
    expect(filled).toMatch(/"timeout": 3600/);
    expect(filled).toMatch(/"@offenders6"/);
    expect(elements(inNamespace(load(table, second, first)))).toEqual([]);
  });

  it("nft takes a full feed", async () => {
    const sink = await feed("nftables", "offenders.nft");
    const hosts = Array.from({ length: 20_000 }, (_, i) =>
      from(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`),
    );
    await sink.send(hosts);
    const nft = peerTool("nft");
    const script = `${nft} -f ${join(dir, "offenders.nft")}`;
    const list = `${nft} list ruleset | grep -o '10[.][0-9]*[.][0-9]*[.][0-9]*' | sort -u | wc -l`;
    const listed = execFileSync("unshare", [
      "-n",
      "sh",
      "-ec",
      `${script} && ${script} && ${list}`,
    ]);
    expect(Number(listed.toString())).toBe(20_000);
  });

  it("Kamailio loads the feed and finds its offenders, also after a change", async () => {
    const sink = await feed("kamailio", "offenders.kamailio");
    await sink.send([from("203.0.113.1"), from("2001:db8::9")]);
    const snippet = docFile("ban", "/etc/kamailio/sipsentry.cfg").replace(
      "/var/lib/sipsentry/offenders.kamailio",
      join(dir, "offenders.kamailio"),
    );
    writeFileSync(join(dir, "sipsentry.cfg"), snippet);
    writeFileSync(
      join(dir, "kamailio.cfg"),
      `#!KAMAILIO
log_stderror=yes
fork=yes
children=1
listen=udp:127.0.0.1:0
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:${join(dir, "ctl")}")
include_file "${join(dir, "sipsentry.cfg")}"
request_route { route(SIPSENTRY); }
`.replace(":0\n", `:${(await freePorts(1))[0]}\n`),
    );
    const child = spawn(peerTool("kamailio"), ["-DD", "-E", "-f", join(dir, "kamailio.cfg")], {
      stdio: "ignore",
    });
    children.push(child);
    const rpc = (...words: string[]) =>
      execFileSync(peerTool("kamcmd"), ["-s", `unix:${join(dir, "ctl")}`, ...words], {
        stdio: ["ignore", "pipe", "pipe"],
      }).toString();
    const addresses = () => {
      try {
        const dump = rpc("permissions.addressDump");
        expect(new Set([...dump.matchAll(/group: (\d+)/g)].map(([, group]) => group))).toEqual(
          new Set(["9100"]),
        );
        return [...dump.matchAll(/ip: (\S+)/g)].map(([, ip]) => ip).sort();
      } catch (error) {
        return String(error);
      }
    };
    await expect.poll(addresses).toEqual(["2001:db8::9", "203.0.113.1"]);
    await sink.send([from("203.0.113.2")]);
    await expect
      .poll(
        () => {
          rpc("permissions.addressReload");
          return addresses();
        },
        { interval: 1_500 },
      )
      .toEqual(["2001:db8::9", "203.0.113.1", "203.0.113.2"]);
  });

  it("fail2ban bans each offender once, whatever a signature says", async () => {
    const log = join(dir, "offenders.log");
    const sink = await feed("fail2ban", "offenders.log");
    const folders = ["filter.d", "action.d", "jail.d"];
    for (const name of folders) mkdirSync(join(dir, name));
    const filter = docFile("ban", "/etc/fail2ban/filter.d/sipsentry.conf");
    const jail = docFile("ban", "/etc/fail2ban/jail.d/sipsentry.conf");
    writeFileSync(join(dir, "filter.d", "sipsentry.conf"), filter);
    writeFileSync(
      join(dir, "action.d", "note.conf"),
      `[Definition]\nactionban = echo <ip> >> ${dir}/banned\nactionunban =\n`,
    );
    writeFileSync(
      join(dir, "jail.conf"),
      jail
        .replace("/var/lib/sipsentry/offenders.log", log)
        .replace("banaction = nftables-allports", "action = note"),
    );
    const options = `loglevel = INFO\nlogtarget = ${dir}/f2b.log\nsyslogsocket = auto\nsocket = ${dir}/sock\npidfile = ${dir}/pid\ndbfile = None\ndbpurgeage = 1d\ndbmaxmatches = 10\n`;
    writeFileSync(join(dir, "fail2ban.conf"), `[Definition]\n${options}`);
    const server = spawn(
      peerTool("fail2ban-server"),
      ["-c", dir, "-s", `${dir}/sock`, "-p", `${dir}/pid`, "-f", "start"],
      { stdio: "ignore" },
    );
    children.push(server);
    const read = (name: string) => {
      try {
        return readFileSync(join(dir, name), "utf8");
      } catch {
        return "";
      }
    };
    await expect.poll(() => read("f2b.log")).toContain("Jail 'sipsentry' started");
    const forged = {
      signature_id: 7,
      signature: '"\n2026-11-21T07:00:00.000Z sipsentry[ban]: 198.51.100.1 sid=1',
      metadata: { attack: ["auth_bruteforce"], confidence: ["High"] },
    };
    await sink.send([from("203.0.113.1"), from("2001:db8::9"), from("192.0.2.7")]);
    await sink.send([
      recordOf(alertFields({ alert: forged, src_ip: "203.0.113.2" })),
      from("203.0.113.1"),
    ]);
    await expect
      .poll(() => read("banned").split("\n").filter(Boolean).sort())
      .toEqual(["2001:db8::9", "203.0.113.1", "203.0.113.2"]);
    expect(read("f2b.log")).toMatch(/Ignore 192\.0\.2\.7/);
  });
});
