import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "./child.ts";
import { isUdpPortOpen, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { untilSeen } from "./sensor.ts";

const TOOLS = ["ip", "sngrep", "python3"];
const missing = missingForLive(TOOLS);
const PHONE = "127.0.0.2";
const SCANNER = "127.0.0.66";
const OPTIONS = 20;
const NUMBERS = 60;
const OVER_TCP = 10;

/** Writes its number 77 as 0x4d000000, whatever HEP says of byte order. */
const AGENT = `set eep.send on
set eep.send.address 127.0.0.1
set eep.send.port 9060
set eep.send.pass secret
set eep.send.id 77
`;

/** A phone, a scanner for extensions, and a phone over TCP with each message in two segments; a server for all. */
const OFFICE = `
import socket, time

def message(start, ip, user, n, method, proto="UDP"):
    lines = [start, f"Via: SIP/2.0/{proto} {ip}:5071;branch=z9hG4bK{user}x{n}", f"From: <sip:{user}@127.0.0.1>;tag={user}",
        f"To: <sip:{user}@127.0.0.1>", f"Call-ID: {user}-{n}@{ip}", f"CSeq: {n} {method}", "Max-Forwards: 70", "Content-Length: 0", "", ""]
    return "\\r\\n".join(lines).encode()

def udp(ip, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ip, port))
    s.settimeout(10)
    return s

server = udp("127.0.0.1", 5070)

def ask(client, ip, user, n, method, answer):
    client.sendto(message(f"{method} sip:{user}@127.0.0.1 SIP/2.0", ip, user, n, method), ("127.0.0.1", 5070))
    server.recv(4000)
    server.sendto(message(f"SIP/2.0 {answer}", ip, user, n, method), (ip, 5071))
    client.recv(4000)
    time.sleep(0.01)

phone, scanner = udp("${PHONE}", 5071), udp("${SCANNER}", 5071)
for n in range(${OPTIONS}):
    ask(phone, "${PHONE}", "alice", n, "OPTIONS", "200 OK")
for n in range(${NUMBERS}):
    ask(scanner, "${SCANNER}", str(200 + n), 1, "REGISTER", "404 Not Found")

listener = socket.create_server(("127.0.0.1", 5070))
client = socket.create_connection(("127.0.0.1", 5070), source_address=("${PHONE}", 5072))
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
other, _ = listener.accept()
for n in range(${OVER_TCP}):
    text = message("INFO sip:bob@127.0.0.1 SIP/2.0", "${PHONE}", "bob", n, "INFO", "TCP")
    client.sendall(text[:100])
    time.sleep(0.02)
    client.sendall(text[100:])
    other.recv(4000)
    time.sleep(0.02)
`;

import { BUILT_MAIN } from "../support/build-program.ts";

interface Record {
  readonly event_type: string;
  readonly src_ip?: string;
  readonly host?: string;
  readonly alert?: { readonly severity: number };
}

describe.skipIf(missing !== "")(`HEP of a real sngrep ${missing}`, () => {
  const namespaces = new Namespaces("sngrep");
  let folder = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-sngrep-"));
    writeFileSync(join(folder, "sngreprc"), AGENT);
    writeFileSync(join(folder, "office.py"), OFFICE);
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a sensor that asks for that key says of what sngrep sees of the office. */
  async function watched(key: string) {
    const namespace = namespaces.add(key);
    const eve = join(folder, `${key}.json`);
    const live = [BUILT_MAIN, "live", "--hep", "127.0.0.1:9060", "--json"];
    const options = ["--eve", eve, "--set", `hep.key=${key}`];
    const sensor = namespaces.start(namespace, process.execPath, [...live, ...options]);
    await sensor.said(/listening for HEP/, 60_000);
    const rc = join(folder, "sngreprc");
    const agent = namespaces.start(namespace, "sngrep", ["-f", rc, "-N", "-q", "-d", "lo"]);
    // It says nothing; once its packet socket is there it captures.
    const capturing = () => isCapturing(agent.pid);
    await until(capturing, 60_000, () => `sngrep does not capture: ${agent.stderr}`);
    const office = namespaces.start(namespace, "python3", [join(folder, "office.py")]);
    expect(await office.ended(60_000), office.stderr).toBe(0);
    const sent = 2 * OPTIONS + 2 * NUMBERS + OVER_TCP;
    await untilSeen(namespaces, namespace, ({ packets }) => packets.total >= sent);
    agent.signal("SIGTERM");
    await agent.ended(20_000);
    expect(isUdpPortOpen(namespace, 9060)).toBe(true);
    sensor.signal("SIGINT");
    expect(await sensor.ended(20_000)).toBe(0);
    const lines = readFileSync(eve, "utf8").split("\n").filter(Boolean);
    return {
      summary: JSON.parse(sensor.stdout),
      records: lines.map((line) => JSON.parse(line) as Record),
    };
  }

  it("is read as what it saw: who scans is named, with the number of the agent", async () => {
    const { summary, records } = await watched("secret");
    const { requests, responses } = summary.sip;
    expect(requests).toEqual({ OPTIONS, REGISTER: NUMBERS, INFO: OVER_TCP });
    expect(responses).toEqual({ "200": OPTIONS, "404": NUMBERS });
    const alarms = records.filter(({ alert }) => (alert?.severity ?? 9) <= 3);
    expect(new Set(alarms.map(({ src_ip }) => src_ip))).toEqual(new Set([SCANNER]));
    const alerts = alarms.filter(({ event_type }) => event_type === "alert");
    expect(alerts.length).toBeGreaterThan(0);
    for (const { host } of alerts) expect(host).toMatch(/(^|\/)hep:77$/);
  });

  it("is refused when its key is another", async () => {
    const { summary, records } = await watched("other");
    expect(summary.sip.requests).toEqual({});
    expect(summary.skipped["hep.refused"]).toBe(2 * OPTIONS + 2 * NUMBERS + OVER_TCP);
    expect(records.filter(({ alert }) => alert !== undefined)).toEqual([]);
  });
});

/** Has the process a packet socket (proc(5): its descriptors, and the sockets of its namespace)? */
function isCapturing(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/net/packet`, "utf8").trim().split("\n").length > 1;
  } catch {
    return false;
  }
}
