import type { Packets } from "../capture-file.ts";
import { scan, storm } from "./intruders.ts";
import { announcedStreams, announcements, CALL_PACKETS, calls } from "./media.ts";
import { phones } from "./phones.ts";

const MESSAGES = 75_000;
const CALLS = 10_000;
const STREAMS = 10_000;
const STREAM_PACKETS = 60;
const WIDE_STREAMS = 200_000;
const WIDE_PACKETS = 40;

/** Traffic that both builds replay. */
export interface AgainstCase {
  readonly name: string;
  /** What one unit of the cost is. */
  readonly unit: "message" | "packet";
  /** How many times the smallest work; all of them unless only some make sense. */
  readonly sizes: readonly number[];
  readonly packets: (size: number) => Packets;
  /** Work that is taken off the cost, beside starting: the packets that only prepare. */
  readonly before?: (size: number) => Packets;
  /** Configuration for both builds. */
  readonly sets: readonly string[];
}

export const SIZES = [1, 4, 16];

/** Everything announced fits, at the largest size too: eviction is what `storm` is for. */
const ROOM = [
  "limits.flowsMax=1048576",
  "limits.streamsMax=524288",
  "limits.endpointsMax=524288",
  "limits.callsMax=262144",
];

export const AGAINST_CASES: readonly AgainstCase[] = [
  {
    name: "sip",
    unit: "message",
    sizes: SIZES,
    packets: (size) => phones(MESSAGES * size),
    sets: [],
  },
  {
    name: "scan",
    unit: "message",
    sizes: SIZES,
    packets: (size) => scan(MESSAGES * size),
    sets: [],
  },
  {
    name: "calls",
    unit: "packet",
    sizes: SIZES,
    packets: (size) => calls(CALLS * size),
    sets: [],
  },
  {
    name: "rtp",
    unit: "packet",
    sizes: SIZES,
    packets: (size) => announcedStreams(STREAMS, STREAM_PACKETS * size),
    before: () => announcements(STREAMS),
    sets: ROOM,
  },
  {
    name: "rtp-wide",
    unit: "packet",
    sizes: [16],
    packets: () => announcedStreams(WIDE_STREAMS, WIDE_PACKETS),
    before: () => announcements(WIDE_STREAMS),
    sets: ROOM,
  },
  {
    name: "storm",
    unit: "message",
    sizes: SIZES,
    packets: (size) => storm(MESSAGES * size),
    sets: [],
  },
];

/** Packets of a capture with 76 of them, of which most is starting. */
export function smallest(): Packets {
  return calls(Math.round(76 / CALL_PACKETS));
}
