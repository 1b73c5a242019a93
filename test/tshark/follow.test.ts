import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { isAlarm, runFiles } from "../support/run-capture.ts";
import { tsharkVersion } from "../support/tshark.ts";

const noTshark = tsharkVersion() === "" && process.env.CI !== "true" ? "no tshark here" : "";
if (noTshark !== "") test.skip(`skipped: ${noTshark}`, () => {});

/** Columns of tshark; of a packet in a tunnel the outermost address comes first. */
const FIELDS = [
  "frame.number",
  "ip.src",
  "ipv6.src",
  "udp.srcport",
  "ip.dst",
  "ipv6.dst",
  "udp.dstport",
  "sip.Call-ID",
  "sip.Method",
  "sip.Status-Code",
  "vlan.id",
] as const;
type Packet = Readonly<Record<(typeof FIELDS)[number], string>>;

interface Alert {
  readonly event_type: string;
  readonly pcap_cnt?: number;
  readonly flow_id?: number;
  readonly vlan?: readonly number[];
  readonly src_ip?: string;
  readonly src_port?: number;
  readonly dest_ip?: string;
  readonly dest_port?: number;
  readonly app_proto: string;
  readonly alert: { readonly signature: string; readonly severity: number };
  readonly sip?: { readonly method?: string; readonly code?: string };
  readonly voip: { readonly event?: string; readonly call_id?: string };
  readonly evidence?: readonly { readonly what: string; readonly seen: string }[];
}

/** The packets of those numbers, as tshark reads the file. */
async function packetsOf(path: string, numbers: readonly number[]): Promise<Map<number, Packet>> {
  const { stdout } = await promisify(execFile)(
    "tshark",
    [
      ...["-r", path, "-n", "-Y", `frame.number in {${numbers.join(",")}}`],
      ...["-T", "fields", "-E", "occurrence=f", ...FIELDS.flatMap((field) => ["-e", field])],
    ],
    {
      maxBuffer: 2 ** 26,
      env: { ...process.env, WIRESHARK_CONFIG_DIR: "/nonexistent", LC_ALL: "C" },
    },
  );
  const packets = new Map<number, Packet>();
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const cells = line.split("\t");
    const packet = Object.fromEntries(FIELDS.map((field, i) => [field, cells[i] ?? ""])) as Packet;
    packets.set(Number(packet["frame.number"]), packet);
  }
  return packets;
}

function end(address: string | undefined, port: number | string | undefined): string {
  return `${address}:${port}`;
}

describe.skipIf(noTshark !== "")("each alert leads to the packet that decided it", () => {
  for (const { name, path } of bundledCaptures().filter(({ isHealthy }) => !isHealthy)) {
    test(name, async () => {
      const { lines } = await runFiles([path]);
      const alerts = lines
        .map((line) => JSON.parse(line) as Alert)
        .filter(({ event_type }) => event_type === "alert");
      const numbers = alerts.flatMap(({ pcap_cnt }) => pcap_cnt ?? []);
      const packets = await packetsOf(path, numbers);
      for (const alert of alerts) follow(alert, packets, name.startsWith("malformed/"));
    });
  }
});

/** `isBroken`: tshark gives up on the message where we read on. */
function follow(alert: Alert, packets: ReadonlyMap<number, Packet>, isBroken: boolean): void {
  const what = JSON.stringify(alert);
  const packet = packets.get(alert.pcap_cnt ?? 0);
  expect(packet, `a packet of that number: ${what}`).toBeDefined();
  expect(
    alert.evidence?.some(({ seen }) => /\d/.test(seen)),
    `numbers: ${what}`,
  ).toBe(true);
  if (packet === undefined || alert.voip.event?.startsWith("sensor.")) return;
  expect(alert.flow_id, what).toBeGreaterThan(0);
  const src = end(packet["ip.src"] || packet["ipv6.src"], packet["udp.srcport"]);
  const dst = end(packet["ip.dst"] || packet["ipv6.dst"], packet["udp.dstport"]);
  const ends = [end(alert.src_ip, alert.src_port), end(alert.dest_ip, alert.dest_port)];
  expect([src, dst].sort(), what).toEqual(ends.sort());
  expect(alert.vlan?.[0] ?? "", what).toBe(packet["vlan.id"] && Number(packet["vlan.id"]));
  if (alert.app_proto !== "sip" || (isBroken && packet["sip.Call-ID"] === "")) return;
  expect(alert.voip.call_id, what).toBe(packet["sip.Call-ID"]);
  expect(alert.sip?.method ?? "", what).toBe(packet["sip.Method"]);
  expect(alert.sip?.code ?? "", what).toBe(packet["sip.Status-Code"]);
}

test("there are alarms to follow", async () => {
  const capture = bundledCaptures().find(({ name }) => name.startsWith("bruteforce/"));
  const { alerts } = await runFiles([capture?.path ?? ""]);
  expect(alerts.filter(isAlarm)).not.toEqual([]);
});
