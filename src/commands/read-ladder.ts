import type { Config } from "../config/config.ts";
import type { RuleSet } from "../detect/rules/signature.ts";
import { printable } from "../emit/eve/eve-text.ts";
import { legsOf } from "../emit/ladder/call-legs.ts";
import type { Ladder } from "../emit/ladder/ladder.ts";
import { LadderRecorder } from "../emit/ladder/ladder-recorder.ts";
import type { NumberedCall } from "../emit/phone-numbers.ts";
import type { CallRecord } from "../track/call-records/call-record.ts";
import { pattern } from "./call-filter.ts";
import type { Messages } from "./messages.ts";
import { readCalls } from "./read-calls.ts";

/** Longer ones are cut in records, too. */
const CALL_ID_MAX = 256;

export interface ReadLadderOptions {
  readonly inputs: readonly string[];
  readonly callId: string;
  readonly config: Config;
  readonly ruleSet: RuleSet;
  readonly messages: Messages;
}

export interface LadderRead {
  /** Without rows when no message has the Call-ID. */
  readonly ladder: Ladder;
  /** The call that was asked for, and its legs; empty when it is no call, such as a registration. */
  readonly calls: readonly CallRecord[];
  readonly problems: readonly string[];
}

/**
 * Reads captures twice: first to know the call and its legs, then to keep their messages. So only these are in memory,
 * however large the capture is.
 */
export async function readLadder(options: ReadLadderOptions): Promise<LadderRead> {
  const read = await readCalls(options);
  const callId = knownAs(options.callId, read.calls, options.messages);
  const own = read.calls.filter((call) => call.callId === callId);
  const legs = new Map<string, NumberedCall | CallRecord>();
  for (const call of own) for (const leg of legsOf(call, read.calls)) legs.set(leg.callId, leg);
  const wanted = new Set([callId, ...legs.keys()]);
  const ladders: LadderRecorder[] = [];
  const again = await readCalls({
    ...options,
    wants: (call) => wanted.has(call.callId),
    onAlert: (alert) => ladders[0]?.alert(alert),
    onPacket: ({ names }) => {
      const recorder = new LadderRecorder({
        names,
        wants: (id) => wanted.has(id),
        keepsText: true,
      });
      ladders.push(recorder);
      return recorder.packet;
    },
  });
  const streams = again.calls.flatMap((call) => call.streams).filter(isFirst);
  const ladder = ladders[0]?.ladder([...wanted], streams);
  if (ladder === undefined) throw new Error("no pipeline was made");
  return { ladder, calls: [...own, ...legs.values()], problems: again.problems };
}

/** The Call-ID of the call that is meant: as it is, as a terminal shows it, or with `*` for any text. */
function knownAs(wanted: string, calls: readonly CallRecord[], messages: Messages): string {
  const bytes = Buffer.from(wanted, "utf8").toString("latin1");
  const ids = new Set(calls.map(({ callId }) => callId));
  if (ids.has(bytes)) return bytes;
  const matches = pattern(wanted);
  const found = [...ids].filter((id) => matches(printable(id, CALL_ID_MAX)));
  const [first = bytes] = found;
  if (found.length > 1) {
    messages.warn(`${found.length} calls match ${wanted}; this is the first, ${first}`);
  }
  return first;
}

/** Two legs that meet at a relay tell of the same stream. */
function isFirst(stream: object, index: number, streams: readonly object[]): boolean {
  const key = streamKey(stream);
  return streams.findIndex((other) => streamKey(other) === key) === index;
}

function streamKey(stream: object): string {
  const { srcIp, srcPort, destIp, destPort, ssrc } = stream as Record<string, unknown>;
  return `${srcIp} ${srcPort} ${destIp} ${destPort} ${ssrc}`;
}
