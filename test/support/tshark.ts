import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import ipaddr from "ipaddr.js";

/** What two programs can count alike in one capture. */
export interface CaptureCounts {
  /** `INVITE`, `REGISTER`, ... `OTHER`, or a status code: how many messages. */
  readonly messages: ReadonlyMap<string, number>;
  readonly callIds: number;
  /** Announced streams, by `source port > destination port SSRC`. */
  readonly streams: ReadonlyMap<string, { readonly packets: number; readonly lost: number }>;
}

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Put together where they came in fragments or segments. */
const FILTER = "sip && (udp || tcp)";
const OPTIONS = [
  ...["-n", "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE"],
  ...["-Y", FILTER],
  ...["-T", "fields", "-E", "aggregator=/s"],
  ...["-e", "frame.protocols", "-e", "sip.Method", "-e", "sip.Status-Code", "-e", "sip.Call-ID"],
  ...["-z", "rtp,streams"],
];
/** No user's own preferences. */
const ENVIRONMENT = { ...process.env, WIRESHARK_CONFIG_DIR: "/nonexistent", LC_ALL: "C" };

/** Version of the tshark on this machine; "" when there is none. Throws in CI, where no test is skipped. */
export function tsharkVersion(): string {
  const { stdout } = spawnSync("tshark", ["-v"], { encoding: "utf8", env: ENVIRONMENT });
  const version = /^TShark \(Wireshark\) (\S+)/m.exec(stdout ?? "")?.[1] ?? "";
  if (version === "" && process.env.CI === "true") throw new Error("tshark is missing in CI");
  return version;
}

/**
 * One run of tshark over a capture. `methods` are the methods that have a counter of their own.
 * What tunnels carry counts, and what comes in fragments or segments; not what ICMP errors quote.
 */
export async function tsharkCounts(
  path: string,
  methods: ReadonlySet<string>,
): Promise<CaptureCounts> {
  const { stdout } = await run("tshark", ["-r", path, ...OPTIONS], {
    maxBuffer: OUTPUT_BYTES_MAX,
    env: ENVIRONMENT,
  });
  const { rows, streams } = withStreams(stdout);
  const messages = new Map<string, number>();
  const callIds = new Set<string>();
  for (const row of rows.split("\n")) {
    const [protocols = "", method = "", status = "", callId = ""] = row.split("\t");
    if (!isCarried(protocols)) continue;
    if (protocols.includes(":tcp:")) {
      countStream(messages, callIds, [method, status, callId], methods);
      continue;
    }
    // Several messages in one datagram: the first is the message, the rest its trailing bytes.
    const firstMethod = method.split(" ")[0] ?? "";
    const firstStatus = status.split(" ")[0] ?? "";
    if (firstMethod === "" && firstStatus === "") continue;
    const isKnown = methods.has(firstMethod);
    const name = firstMethod === "" ? firstStatus : isKnown ? firstMethod : "OTHER";
    messages.set(name, (messages.get(name) ?? 0) + 1);
    if (callId !== "") callIds.add(callId);
  }
  return { messages, callIds: callIds.size, streams };
}

/** Output of tshark with `-z rtp,streams`: its rows, and the table of streams below them. */
export function withStreams(stdout: string): Pick<CaptureCounts, "streams"> & { rows: string } {
  const [rows = "", table = ""] = stdout.split(/^=+ RTP Streams =+$/m);
  return { rows, streams: streamsOf(table) };
}

/** A segment may hold several messages, each of which counts. */
function countStream(
  messages: Map<string, number>,
  callIds: Set<string>,
  columns: readonly string[],
  methods: ReadonlySet<string>,
): void {
  const [requests = [], statuses = [], ids = []] = columns.map((column) =>
    column.split(" ").filter((value) => value !== ""),
  );
  const names = [...requests.map((name) => (methods.has(name) ? name : "OTHER")), ...statuses];
  for (const name of names) messages.set(name, (messages.get(name) ?? 0) + 1);
  for (const id of ids) callIds.add(id);
}

/** The innermost IP header, then UDP or TCP: `eth:ethertype:ip:gre:ip:udp:sip`. */
function isCarried(protocols: string): boolean {
  const layers = protocols.split(":");
  const at = layers.findLastIndex((layer) => layer === "ip" || layer === "ipv6");
  return (
    at >= 0 &&
    Math.max(layers.indexOf("udp", at), layers.indexOf("tcp", at)) > at &&
    !layers.some((layer) => layer.startsWith("icmp"))
  );
}

/** Rows: start, end, source, port, destination, port, SSRC, payload, packets, lost (percent), ... */
const STREAM_ROW =
  /^\s*[\d.]+\s+[\d.]+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(0x[\dA-F]{8})\s.*?\s(\d+)\s+(-?\d+) \(/;

function streamsOf(table: string): CaptureCounts["streams"] {
  const streams = new Map<string, { packets: number; lost: number }>();
  for (const line of table.split("\n")) {
    const row = STREAM_ROW.exec(line);
    if (row === null) continue;
    const [, src = "", srcPort, dst = "", dstPort, ssrc = "", packets, lost] = row;
    const key = streamKey(src, Number(srcPort), dst, Number(dstPort), Number.parseInt(ssrc, 16));
    streams.set(key, { packets: Number(packets), lost: Number(lost) });
  }
  return streams;
}

export function streamKey(
  src: string,
  srcPort: number,
  dst: string,
  dstPort: number,
  ssrc: number,
): string {
  const hex = (ssrc >>> 0).toString(16).padStart(8, "0");
  return `${ipText(src)} ${srcPort} > ${ipText(dst)} ${dstPort} 0x${hex}`;
}

/** The short form of RFC 5952, whatever form came in. */
function ipText(address: string): string {
  return ipaddr.parse(address).toString();
}
