import { join } from "node:path";
import { Build, type Cost, type Held, type ReplayOptions } from "../against/build.ts";
import { calls, openCalls, talk } from "../against/media.ts";
import { START_US } from "../against/phones.ts";
import { type Packets, writeCapture } from "../capture-file.ts";
import { type Figure, median } from "../measure.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const ROUNDS = 5;
const CALLS = 10_000;
const SHORT_CALLS = 20_000;
/** RTP packets of each of the two streams of a call: a fifth of a second, and ten. */
const SHORT_PACKETS = 12;
const LONG_PACKETS = 500;
const LONG_CALLS = 1_000;
const LIVE_CALLS = 200_000;
const GOAL_PERCENT = 5;
const GOAL_MIB = 1024;
/** Both write a file of alerts; records of calls are what one of them has beside. */
const WITH: ReplayOptions = { eve: "/dev/null", types: ["alert", "call"] };
const WITHOUT: ReplayOptions = { eve: "/dev/null", types: ["alert"] };
const ROOM = [
  ...["limits.callsMax=262144", "limits.endpointsMax=524288"],
  ...["limits.flowsMax=524288", "limits.streamsMax=524288"],
];
/** An INVITE, its 200 and its ACK take no longer. */
const SETUP_US = 400;

/** What records of calls cost the whole process, and what they hold while calls are up. */
export async function benchRecords(folder: string): Promise<Figure[]> {
  const build = new Build(folder);
  const temporary = new TemporaryFolder("sipsentry-records-");
  try {
    const costs: Figure[] = [];
    for (const [name, packets] of [
      [`${CALLS.toLocaleString("en")} calls with two streams`, calls(CALLS, SHORT_PACKETS)],
      [`${LONG_CALLS.toLocaleString("en")} calls of ten seconds`, calls(LONG_CALLS, LONG_PACKETS)],
      [`${SHORT_CALLS.toLocaleString("en")} calls without media`, calls(SHORT_CALLS, 0)],
    ] as const) {
      const path = join(temporary.path, "work.pcap");
      writeCapture(path, packets);
      costs.push(...(await costFigures(build, name, path)));
    }
    return [...costs, ...(await residentFigures(build))];
  } finally {
    temporary.remove();
  }
}

/** In turns, so that a machine that is busy for a while is so for both. */
async function costFigures(build: Build, name: string, path: string): Promise<Figure[]> {
  const more: Cost[] = [];
  const less: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    more.push(await build.replay(path, WITH));
    less.push(await build.replay(path, WITHOUT));
  }
  const figureOf = (what: string, secondsOf: (cost: Cost) => number): Figure => {
    const [withS, withoutS] = [more.map(secondsOf), less.map(secondsOf)];
    const ratios = withS.map((seconds, i) => seconds / (withoutS[i] ?? seconds));
    const least = Math.min(...withS) / Math.min(...withoutS);
    return {
      name: `${what} of call records: ${name}`,
      value: 100 * (median(ratios) - 1),
      unit: "%",
      target: GOAL_PERCENT,
      isAtMost: true,
      note: `${median(withS).toFixed(2)} s with, ${median(withoutS).toFixed(2)} s without, ${ROUNDS} rounds in turns; least ${(100 * (least - 1)).toFixed(1)} %`,
    };
  };
  return [
    figureOf("packet thread", ({ threadS }) => threadS),
    figureOf("whole process", ({ cpuS }) => cpuS),
  ];
}

/** Live calls whose two streams have begun. */
function* talkingCalls(): Packets {
  yield* openCalls(LIVE_CALLS);
  yield* talk(2 * LIVE_CALLS, 2, START_US + LIVE_CALLS * SETUP_US);
}

async function residentFigures(build: Build): Promise<Figure[]> {
  const mib = (bytes: number) => bytes / 2 ** 20;
  const figureOf = ({ liveBytes, peakBytes, residentBytes }: Held, what: string): Figure => ({
    name: `resident with ${LIVE_CALLS / 1e3} k live calls ${what}`,
    value: mib(residentBytes),
    unit: "MiB",
    target: GOAL_MIB,
    isAtMost: true,
    note: `after a collection; ${mib(peakBytes).toFixed(0)} at most, ${mib(liveBytes).toFixed(0)} live`,
  });
  const figures: Figure[] = [];
  for (const [media, packets] of [
    ["without media", () => openCalls(LIVE_CALLS)],
    ["with two streams each", talkingCalls],
  ] as const) {
    const more = await build.hold(packets(), { ...WITH, sets: ROOM });
    const less = await build.hold(packets(), { ...WITHOUT, sets: ROOM });
    figures.push(figureOf(more, `${media}, and their records`), figureOf(less, media));
  }
  return figures;
}
