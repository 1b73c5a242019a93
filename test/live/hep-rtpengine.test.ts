import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./child.ts";
import { isUdpPortOpen, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { untilSeen } from "./sensor.ts";

const TOOLS = ["ip", "rtpengine", "python3"];
const missing = missingForLive(TOOLS);
const REPORTS = 6;
const NG_PORT = 22_290;

/** Sets up a call at the relay (ng protocol), sends media, and reports of it: senders' and receivers', as compound packets. */
const CALL = `
import re, socket, struct, time

def udp(ip, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ip, port))
    s.settimeout(10)
    return s

def bencode(value):
    if isinstance(value, str):
        return f"{len(value)}:{value}"
    return "d" + "".join(bencode(k) + bencode(value[k]) for k in sorted(value)) + "e"

control = udp("127.0.0.40", 5082)

def ng(cookie, command):
    control.sendto(f"{cookie} {bencode(command)}".encode(), ("127.0.0.41", ${NG_PORT}))
    return control.recv(8000).decode()

def sdp(ip, port):
    return f"v=0\\r\\no=- 1 1 IN IP4 {ip}\\r\\ns=-\\r\\nc=IN IP4 {ip}\\r\\nt=0 0\\r\\nm=audio {port} RTP/AVP 8\\r\\n"

call = {"call-id": "reported", "from-tag": "a"}
offer = ng("1", {"command": "offer", **call, "sdp": sdp("127.0.0.42", 20010)})
answer = ng("2", {"command": "answer", **call, "to-tag": "b", "sdp": sdp("127.0.0.43", 20020)})
relay = int(re.search(r"m=audio (\\d+)", answer)[1])
media, reports = udp("127.0.0.42", 20010), udp("127.0.0.42", 20011)
for n in range(${REPORTS}):
    rtp = struct.pack("!BBHII", 0x80, 8, n, 160 * n, 7) + bytes(160)
    media.sendto(rtp, ("127.0.0.41", relay))
    block = struct.pack("!IIIIII", 9, (10 << 24) | 5, 1000 + n, 20, 0, 0)
    sr = struct.pack("!BBHIIIIII", 0x81, 200, 12, 7, 3900000000 + n, 0, 160 * n, 100 + n, 16000) + block
    sdes = struct.pack("!BBHI", 0x81, 202, 3, 7) + b"\\x01\\x04a@bc\\0\\0"
    reports.sendto(sr + sdes, ("127.0.0.41", relay + 1))
    time.sleep(0.1)
`;

import { BUILT_MAIN } from "../support/build-program.ts";

describe.skipIf(missing !== "")(`HEP of a real rtpengine ${missing}`, () => {
  const namespaces = new Namespaces("hep-rtp");
  let folder = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-hep-rtp-"));
    writeFileSync(join(folder, "call.py"), CALL);
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(["udp", "tcp"])("over %s: RTCP that it tells as JSON is RTCP again", async (proto) => {
    const namespace = namespaces.add(proto);
    const live = [BUILT_MAIN, "live", "--hep", "127.0.0.1:9060", "--json"];
    const sensor = namespaces.start(namespace, process.execPath, live);
    await sensor.said(/listening for HEP/, 60_000);
    const relay = namespaces.start(namespace, "rtpengine", [
      ...["--table=-1", "--interface=127.0.0.41", `--listen-ng=127.0.0.41:${NG_PORT}`],
      ...["--homer=127.0.0.1:9060", `--homer-protocol=${proto}`, "--homer-id=78"],
      ...["--foreground", "--log-stderr", `--pidfile=${join(folder, proto)}`],
    ]);
    const isUp = () => isUdpPortOpen(namespace, NG_PORT);
    await until(isUp, 60_000, () => `rtpengine is not up: ${relay.stderr}`);
    const call = namespaces.start(namespace, "python3", [join(folder, "call.py")]);
    expect(await call.ended(60_000), call.stderr).toBe(0);
    await untilSeen(namespaces, namespace, ({ payloads }) => (payloads.rtcp ?? 0) >= REPORTS);
    relay.signal("SIGTERM");
    await relay.ended(20_000);
    sensor.signal("SIGINT");
    expect(await sensor.ended(20_000)).toBe(0);
    const summary = JSON.parse(sensor.stdout) as { payloads: { rtcp: number }; skipped: object };
    expect(summary.payloads.rtcp, sensor.stdout).toBe(REPORTS);
  });
});
