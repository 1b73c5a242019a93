import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./child.ts";
import { isUdpPortOpen, Namespaces } from "./namespaces.ts";
import { missingForLive, requireForLive } from "./needs.ts";
import { untilSeen } from "./sensor.ts";

const TOOLS = ["ip", "kamailio", "python3"];
const missing = missingForLive(TOOLS);
const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib64/kamailio/modules/";
const OPTIONS = 5;

/** Answers what comes and sends all of it to the sensor, by the real siptrace module. */
function configuration(version: string): string {
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:127.0.0.1:5070
mpath="${MODULES}"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siptrace.so"
modparam("siptrace", "duplicate_uri", "sip:127.0.0.1:9060")
modparam("siptrace", "hep_mode_on", 1)
${version}
modparam("siptrace", "trace_to_database", 0)
modparam("siptrace", "trace_on", 1)
modparam("siptrace", "trace_flag", 22)
request_route {
  setflag(22);
  sip_trace();
  sl_send_reply("200", "OK");
}
`;
}

/** Asks so many times and waits for each answer. */
const CLIENT = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 5071))
s.settimeout(10)
for i in range(${OPTIONS}):
    m = f"OPTIONS sip:b@127.0.0.1:5070 SIP/2.0\\r\\nVia: SIP/2.0/UDP 127.0.0.1:5071;branch=z9hG4bK{i}\\r\\nFrom: <sip:a@127.0.0.1>;tag={i}\\r\\nTo: <sip:b@127.0.0.1>\\r\\nCall-ID: c{i}\\r\\nCSeq: 1 OPTIONS\\r\\nMax-Forwards: 70\\r\\nContent-Length: 0\\r\\n\\r\\n"
    s.sendto(m.encode(), ("127.0.0.1", 5070))
    s.recv(2000)
`;

import { BUILT_MAIN } from "../support/build-program.ts";

describe.skipIf(missing !== "")(`HEP of a real Kamailio ${missing}`, () => {
  const namespaces = new Namespaces("hep");
  let folder = "";

  beforeAll(() => {
    requireForLive(TOOLS);
    folder = mkdtempSync(join(tmpdir(), "sipsentry-hep-"));
  });

  afterAll(async () => {
    await namespaces.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["as it is when nothing is said", ""],
    ["1", 'modparam("siptrace", "hep_version", 1)'],
    ["2", 'modparam("siptrace", "hep_version", 2)'],
    ["3", 'modparam("siptrace", "hep_version", 3)\nmodparam("siptrace", "hep_capture_id", 77)'],
  ])("version %s", async (name, version) => {
    const namespace = namespaces.add(`k${name.charAt(0)}`);
    const config = join(folder, `${name.charAt(0)}.cfg`);
    const client = join(folder, "client.py");
    writeFileSync(config, configuration(version));
    writeFileSync(client, CLIENT);
    const live = [BUILT_MAIN, "live", "--hep", "127.0.0.1:9060", "--json"];
    const sensor = namespaces.start(namespace, process.execPath, live);
    await sensor.said(/listening for HEP/, 60_000);
    const pid = join(folder, `${name.charAt(0)}.pid`);
    const kamailio = namespaces.start(namespace, "kamailio", [
      ...["-f", config, "-DD", "-E", "-w", folder, "-P", pid],
    ]);
    const isUp = () => isUdpPortOpen(namespace, 5070);
    await until(isUp, 60_000, () => `Kamailio is not up: ${kamailio.stderr}`);
    const asking = namespaces.start(namespace, "python3", [client]);
    expect(await asking.ended(60_000), asking.stderr).toBe(0);
    await untilSeen(namespaces, namespace, ({ packets }) => packets.total >= 2 * OPTIONS);
    kamailio.signal("SIGTERM");
    await kamailio.ended(20_000);
    sensor.signal("SIGINT");
    expect(await sensor.ended(20_000)).toBe(0);
    const summary = JSON.parse(sensor.stdout) as { sip: { requests: object; responses: object } };
    expect(summary.sip.requests).toEqual({ OPTIONS });
    expect(summary.sip.responses).toEqual({ "200": OPTIONS });
  });
});
