import type { PacketClock } from "../../base/packet-clock.ts";
import type { CallTable } from "../calls/call-table.ts";
import { CallLog, type CallLogParts } from "./call-log.ts";
import type { CallReceiver } from "./call-receiver.ts";

/** Makes the log over a table of calls that is yet to be. */
export function logMaker(
  receiver: CallReceiver,
  parts: Pick<CallLogParts, "flows" | "names" | "media" | "costs"> & { clock: PacketClock },
): (calls: CallTable) => CallLog {
  const { costs, flows, names, media, clock } = parts;
  const nowUs = () => clock.nowUs;
  const captureUs = (timeUs: number) => clock.captureUs(timeUs);
  const times = { nowUs, captureUs };
  return (calls) => new CallLog(calls, { ...receiver, costs, flows, names, media, ...times });
}
