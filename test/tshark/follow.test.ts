import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { isAlarm, runFiles } from "../support/run-capture.ts";
import { sharedCaptures } from "../support/shared-captures.ts";
import { tsharkVersion } from "../support/tshark.ts";

const noTshark = tsharkVersion() === "" && process.env.CI !== "true" ? "no tshark here" : "";
if (noTshark !== "") test.skip(`skipped: ${noTshark}`, () => {});

/** Columns of tshark; of a packet in a tunnel the outermost address comes first. */
const FIELDS = [
  "frame.number",
  "ip.src",
  "ipv6.src",
  "udp.srcport",
  "tcp.srcport",
  "ip.dst",
  "ipv6.dst",
  "udp.dstport",
  "tcp.dstport",
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
  readonly proto?: string;
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

/** Of the shared lab, the first capture of each kind of attack. */
const OF_A_KIND = 1;
const PACKETS_MAX = 3_000;

function labCaptures(): { name: string; path: string }[] {
  const kinds = new Map<string, number>();
  return sharedCaptures("lab").flatMap(({ packets, path }) => {
    const kind = basename(dirname(path));
    const count = kinds.get(kind) ?? 0;
    if (kind === "benign" || count === OF_A_KIND || packets > PACKETS_MAX) return [];
    kinds.set(kind, count + 1);
    return [{ name: `${kind}/${basename(path)}`, path }];
  });
}

/** What is told of packets that hold no message: SIP over TLS that cannot be read, an open TURN relay. */
function captured(): { name: string; path: string }[] {
  const wanted = /SIP-over-TLS-RTP-Normal_Call_two_parties|stun_wa_call/;
  return sharedCaptures("real")
    .filter(({ path }) => wanted.test(path))
    .map(({ path }) => ({ name: basename(path), path }));
}

const bundled = bundledCaptures().filter(({ isHealthy }) => !isHealthy);

describe.skipIf(noTshark !== "")("each alert leads to the packet that decided it", () => {
  for (const { name, path } of [...bundled, ...labCaptures(), ...captured()]) {
    test(name, async () => {
      const { lines } = await runFiles([path]);
      const alerts = lines
        .map((line) => JSON.parse(line) as Alert)
        .filter(({ event_type }) => event_type === "alert");
      if (alerts.length === 0) return;
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
  for (const { what: label } of alert.evidence ?? []) expect(label, what).toMatch(/^(?!always)\D/);
  if (alert.proto === "TCP" || alert.proto === "UDP") {
    const isTcp = packet?.["tcp.srcport"] !== "";
    expect(alert.proto, what).toBe(isTcp ? "TCP" : "UDP");
  }
  if (packet === undefined || alert.voip.event?.startsWith("sensor.")) return;
  expect(alert.flow_id, what).toBeGreaterThan(0);
  const src = end(
    packet["ip.src"] || packet["ipv6.src"],
    packet["udp.srcport"] || packet["tcp.srcport"],
  );
  const dst = end(
    packet["ip.dst"] || packet["ipv6.dst"],
    packet["udp.dstport"] || packet["tcp.dstport"],
  );
  const ends = [end(alert.src_ip, alert.src_port), end(alert.dest_ip, alert.dest_port)];
  expect([src, dst].sort(), what).toEqual(ends.sort());
  expect(alert.vlan?.[0] ?? "", what).toBe(packet["vlan.id"] && Number(packet["vlan.id"]));
  // Of TCP, tshark names the first message of a segment, and not the one that a message was completed by.
  if (
    alert.app_proto !== "sip" ||
    packet["tcp.srcport"] !== "" ||
    (isBroken && packet["sip.Call-ID"] === "")
  )
    return;
  expect(alert.voip.call_id, what).toBe(packet["sip.Call-ID"]);
  expect(alert.sip?.method ?? "", what).toBe(packet["sip.Method"]);
  expect(alert.sip?.code ?? "", what).toBe(packet["sip.Status-Code"]);
}

test("there are alarms to follow", async () => {
  const capture = bundledCaptures().find(({ name }) => name.startsWith("bruteforce/"));
  const { alerts } = await runFiles([capture?.path ?? ""]);
  expect(alerts.filter(isAlarm)).not.toEqual([]);
});
