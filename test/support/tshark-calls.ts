import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openSource } from "../../src/capture/file-source.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import type { CallRecord } from "../../src/track/call-records/call-record.ts";
import { shippedRules } from "./run-capture.ts";
import { type CaptureCounts, streamKey, withStreams } from "./tshark.ts";

/** What two programs read of one call; times in seconds of the capture, null when not seen. */
export interface CallReading {
  readonly callId: string;
  readonly answered: number | null;
  readonly ended: number | null;
  /** `packets, lost` of each stream that our record names, by its key. */
  readonly streams: Readonly<Record<string, string>>;
}

interface Row {
  readonly time: number;
  readonly src: string;
  readonly dst: string;
  readonly callId: string;
  readonly method: string;
  readonly status: number;
  readonly cseqMethod: string;
  readonly hasToTag: boolean;
}

const run = promisify(execFile);
const FIELDS = [
  "frame.time_epoch",
  ...["ip.src", "ipv6.src", "ip.dst", "ipv6.dst"],
  ...["sip.Call-ID", "sip.Method", "sip.Status-Code", "sip.CSeq.method", "sip.to.tag"],
];

/**
 * Calls as tshark's fields tell them: INVITEs outside a dialog, the 2xx that reached their sender, and the first BYE that was
 * accepted; and all announced streams, which no call is told of.
 */
async function tsharkCalls(
  path: string,
): Promise<Pick<CaptureCounts, "streams"> & { calls: CallReading[] }> {
  const options = ["-r", path, "-n", "-Y", "sip.CSeq.method == INVITE || sip.CSeq.method == BYE"];
  const columns = FIELDS.flatMap((field) => ["-e", field]);
  const fields = ["-T", "fields", "-E", "occurrence=f", ...columns];
  const args = [...options, ...fields, "-z", "rtp,streams"];
  const { stdout } = await run("tshark", args, {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, WIRESHARK_CONFIG_DIR: "/nonexistent", LC_ALL: "C" },
  });
  const { rows: text, streams } = withStreams(stdout);
  const rows = text
    .split("\n")
    // The rule above the table is left of it.
    .filter((line) => line.includes("\t"))
    .map(rowOf);
  const calls = new Map<string, Row[][]>();
  for (const row of rows) {
    const known = calls.get(row.callId) ?? [];
    const current = known.at(-1);
    const isInvite = row.method === "INVITE" && !row.hasToTag;
    // The same Call-ID once more, after the call was over, is another call.
    if (current === undefined || (isInvite && endOf(current) !== null)) known.push([row]);
    else current.push(row);
    calls.set(row.callId, known);
  }
  // Late answers to requests before the capture are no call.
  const seen = [...calls.values()]
    .flat()
    .filter((all) => all.some(({ method }) => method === "INVITE" || method === "BYE"));
  return { calls: seen.map(readingOf), streams };
}

function rowOf(line: string): Row {
  const [time, ip4src, ip6src, ip4dst, ip6dst, callId = "", method = "", status, cseq = "", tag] =
    line.split("\t");
  return {
    ...{ time: Number(time), src: ip4src || ip6src || "", dst: ip4dst || ip6dst || "", callId },
    ...{ method, status: Number(status || 0), cseqMethod: cseq, hasToTag: (tag ?? "") !== "" },
  };
}

function readingOf(rows: readonly Row[]): CallReading {
  const [first] = rows;
  const invite = rows.find(({ method, hasToTag }) => method === "INVITE" && !hasToTag);
  const isAnswer = ({ cseqMethod, status }: Row) =>
    cseqMethod === "INVITE" && status >= 200 && status < 300;
  const answer =
    invite === undefined
      ? undefined
      : rows.find((row) => isAnswer(row) && row.dst === invite.src && row.time >= invite.time);
  const callId = first?.callId ?? "";
  return { callId, answered: answer?.time ?? null, ended: endOf(rows), streams: {} };
}

/** The first BYE, when one was accepted. */
function endOf(rows: readonly Row[]): number | null {
  const isTaken = rows.some(
    ({ cseqMethod, status }) => cseqMethod === "BYE" && status >= 200 && status < 300,
  );
  const bye = rows.find(({ method }) => method === "BYE");
  return isTaken && bye !== undefined ? bye.time : null;
}

/** The calls of our records, in the same terms. */
async function ourCalls(path: string): Promise<CallReading[]> {
  const records: CallRecord[] = [];
  const config = defaultConfig();
  const eve = { ...config.eve, callAttemptsMax: 1_000_000 };
  const pipeline = new Pipeline({
    config: { ...config, eve },
    ruleSet: shippedRules(),
    outputs: {
      alert: () => {},
      call: (record) => {
        if (record.why !== "answer" && record.why !== "hour") records.push(record);
      },
    },
  });
  await openSource([path]).run(pipeline.onFrame);
  pipeline.finish();
  return records.map(({ answerUs, callId, endUs, streams, why }) => ({
    callId: Buffer.from(callId, "latin1").toString("utf8"),
    answered: answerUs > 0 ? answerUs / 1e6 : null,
    ended: why === "bye" || why === "disputed" ? endUs / 1e6 : null,
    streams: Object.fromEntries(
      streams.map(({ destIp, destPort, lost, packets, srcIp, srcPort, ssrc }) => [
        streamKey(srcIp, srcPort, destIp, destPort, ssrc),
        `${packets}, ${lost} lost`,
      ]),
    ),
  }));
}

/** Every way in which the two differ: what, ours, tshark's. Times differ from a millisecond on. */
export async function callDifferences(path: string): Promise<{
  calls: number;
  answered: number;
  streams: number;
  found: [string, string, string][];
}> {
  const [ours, { calls: theirs, streams: theirStreams }] = await Promise.all([
    ourCalls(path),
    tsharkCalls(path),
  ]);
  const found: [string, string, string][] = [];
  const compare = (what: string, a: string, b: string): void => {
    if (a !== b) found.push([what, a, b]);
  };
  let streams = 0;
  for (const callId of new Set([...ours, ...theirs].map((call) => call.callId))) {
    const [a, b] = [ours, theirs].map((calls) => calls.filter((call) => call.callId === callId));
    const id = callId.slice(0, 40);
    compare(`${id} calls`, String(a?.length), String(b?.length));
    for (let i = 0; i < Math.min(a?.length ?? 0, b?.length ?? 0); i++) {
      const [mine, other] = [a?.[i], b?.[i]];
      compare(`${id} answered`, timeText(mine?.answered), timeText(other?.answered));
      compare(`${id} ended`, timeText(mine?.ended), timeText(other?.ended));
    }
    for (const [key, text] of Object.entries(a?.[0]?.streams ?? {})) {
      const stream = theirStreams.get(key);
      streams++;
      compare(
        `${id} ${key}`,
        text,
        stream === undefined ? "none" : `${stream.packets}, ${stream.lost} lost`,
      );
    }
  }
  const answered = ours.filter((call) => call.answered !== null).length;
  return {
    calls: ours.length,
    answered,
    streams,
    found: found.sort(([x], [y]) => (x < y ? -1 : 1)),
  };
}

function timeText(time: number | null | undefined): string {
  return time === null || time === undefined ? "not" : time.toFixed(3);
}
