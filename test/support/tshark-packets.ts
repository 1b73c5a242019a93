import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** One packet as tshark reads it. */
export interface TsharkPacket {
  /** Place in the file, from 1. */
  readonly number: number;
  /** Seconds since 1970, as text: microseconds stay exact. */
  readonly time: string;
  readonly wireLength: number;
  readonly capturedLength: number;
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly callId: string;
  readonly method: string;
  readonly fromUser: string;
  readonly toUser: string;
  /** `address:port` that its SDP announces for media. */
  readonly announces: readonly string[];
}

const FIELDS = [
  ...["frame.time_epoch", "frame.len", "frame.cap_len", "ip.src", "ip.dst"],
  ...["udp.srcport", "udp.dstport", "sip.Call-ID", "sip.Method", "sip.from.user", "sip.to.user"],
  ...["sdp.connection_info.address", "sdp.media.port", "frame.number"],
];

/** All UDP packets of a capture, in the file's order. Rejects when tshark finds the file damaged. */
export async function tsharkPackets(path: string): Promise<TsharkPacket[]> {
  const { stdout } = await promisify(execFile)(
    "tshark",
    ["-r", path, "-n", "-Y", "udp", "-T", "fields", "-E", "occurrence=f"].concat(
      FIELDS.flatMap((field) => ["-e", field]),
    ),
    {
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, WIRESHARK_CONFIG_DIR: "/nonexistent", LC_ALL: "C" },
    },
  );
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [packetOf(line.split("\t"))]));
}

function packetOf(fields: readonly string[]): TsharkPacket {
  const [time = "", wire, captured, src = "", dst = "", srcPort, dstPort, callId = ""] = fields;
  const [method = "", fromUser = "", toUser = "", address = "", port = "", number] =
    fields.slice(8);
  return {
    number: Number(number),
    time,
    wireLength: Number(wire),
    capturedLength: Number(captured),
    src,
    dst,
    srcPort: Number(srcPort),
    dstPort: Number(dstPort),
    callId,
    method,
    fromUser,
    toUser,
    announces: address === "" || port === "" ? [] : [`${address}:${port}`],
  };
}

/** A packet on one line, without its place in the file: equal for the same packet in another file. */
export function lineOf({ number: _, announces, ...packet }: TsharkPacket): string {
  return [...Object.values(packet), ...announces].join(" ");
}
