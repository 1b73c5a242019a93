import { Build, type Held } from "../against/build.ts";
import { openCalls, talk } from "../against/media.ts";
import { CYCLE_MESSAGES, phones, START_US } from "../against/phones.ts";
import { merged, type Packets } from "../capture-file.ts";
import type { Figure } from "../measure.ts";

const STREAMS = 1_000_000;
const DIALOGS = 200_000;
/** A stream that nobody announced is believed after eight packets. */
const STREAM_PACKETS = 10;
/** Signalling is over by then. */
const MEDIA_AFTER_US = 60_000_000;

/** What a process is resident with once it waits for packets: the second start, as the first one keeps what it has compiled. */
const FLOOR_MIB = 80e6 / 2 ** 20;
const STARTS = 2;

const ROOM = [
  "limits.flowsMax=2097152",
  "limits.streamsMax=1048576",
  "limits.endpointsMax=1048576",
  "limits.callsMax=262144",
];

/** What is kept of one thing: from what a process holds with few and with many of them. */
interface Kept {
  readonly name: string;
  readonly few: number;
  readonly many: number;
  readonly packets: (count: number) => Packets;
  readonly sets: readonly string[];
  /** Bytes; absent where there is no goal. */
  readonly target?: number;
}

const KEPT: readonly Kept[] = [
  {
    name: "memory per RTP stream that nobody announced",
    ...{ few: 50_000, many: 250_000, sets: ROOM, target: 400 },
    packets: (count) => talk(count, STREAM_PACKETS, START_US),
  },
  {
    name: "memory per call with two streams",
    ...{ few: 20_000, many: 100_000, sets: ROOM, target: 2_500 },
    packets: (count) =>
      merged(openCalls(count), talk(2 * count, STREAM_PACKETS, START_US + MEDIA_AFTER_US)),
  },
  {
    name: "memory per live dialog without media",
    ...{ few: 20_000, many: 100_000, sets: ROOM, target: 2_048 },
    packets: (count) => openCalls(count),
  },
  {
    // Six transactions each: the larger number all but fills the table, and fills the ring of recent messages.
    name: "memory per REGISTER, OPTIONS and INVITE cycle",
    ...{ few: 10_000, many: 40_000, sets: [] },
    packets: (count) => phones(CYCLE_MESSAGES * count),
  },
];

/**
 * Resident bytes, of the build in `folder` and, for comparison, of the one in `base`. They
 * are only asked from outside: packets come through standard input, which stays open until the process has
 * been looked at.
 */
export async function benchMemory(folder: string, base?: string): Promise<Figure[]> {
  const ours = new Build(folder);
  const other = base === undefined ? undefined : new Build(base);
  const figures: Figure[] = [await floorFigure(ours, other)];
  for (const kept of KEPT) figures.push(await keptFigure(kept, ours, other));
  figures.push(...(await residentFigures(ours, other)));
  return figures;
}

async function floorFigure(ours: Build, other: Build | undefined): Promise<Figure> {
  const before = other === undefined ? undefined : mib((await started(other)).residentBytes);
  return {
    name: "resident after the start with the shipped rules",
    value: mib((await started(ours)).residentBytes),
    unit: "MiB",
    target: FLOOR_MIB,
    isAtMost: true,
    note: before === undefined ? "no packets" : `no packets; base ${before.toFixed(0)} MiB`,
  };
}

async function started(build: Build): Promise<Held> {
  let found = await held(build, [], []);
  for (let start = 1; start < STARTS; start++) found = await held(build, [], []);
  return found;
}

interface Each {
  readonly residentBytes: number;
  readonly liveBytes: number;
}

async function keptFigure(kept: Kept, ours: Build, other: Build | undefined): Promise<Figure> {
  const each = await eachOf(kept, ours);
  const before = other === undefined ? undefined : await eachOf(kept, other);
  const notes = [
    `${kept.few.toLocaleString("en")} to ${kept.many.toLocaleString("en")}; ${each.liveBytes.toFixed(0)} live`,
    ...(before === undefined
      ? []
      : [
          `base ${before.residentBytes.toFixed(0)} (${before.liveBytes.toFixed(0)} live): ${(before.residentBytes / each.residentBytes).toFixed(1)} times as much`,
        ]),
  ];
  return {
    name: kept.name,
    value: each.residentBytes,
    unit: "bytes",
    ...(kept.target === undefined ? {} : { target: kept.target, isAtMost: true }),
    note: notes.join("; "),
  };
}

async function eachOf({ few, many, packets, sets }: Kept, build: Build): Promise<Each> {
  const small = await held(build, packets(few), sets);
  const large = await held(build, packets(many), sets);
  return {
    residentBytes: (large.residentBytes - small.residentBytes) / (many - few),
    liveBytes: (large.liveBytes - small.liveBytes) / (many - few),
  };
}

async function residentFigures(ours: Build, other: Build | undefined): Promise<Figure[]> {
  const name = `resident with ${STREAMS / 1e6} M streams and ${DIALOGS / 1e3} k dialogs`;
  const now = await held(ours, streamsAndDialogs(), ROOM);
  const note = ({ peakBytes, liveBytes }: Held) =>
    `after a collection; ${mib(peakBytes).toFixed(0)} at most, ${mib(liveBytes).toFixed(0)} live`;
  const figure: Figure = {
    name,
    value: mib(now.residentBytes),
    unit: "MiB",
    target: 1024,
    isAtMost: true,
    note: note(now),
  };
  if (other === undefined) return [figure];
  const before = await held(other, streamsAndDialogs(), ROOM);
  return [
    figure,
    {
      name: `${name}, of the base's`,
      value: (100 * now.residentBytes) / before.residentBytes,
      unit: "%",
      target: 45,
      isAtMost: true,
      note: `${ours.commit} of ${other.commit}; base ${mib(before.residentBytes).toFixed(0)} MiB ${note(before)}; at most, ${((100 * now.peakBytes) / before.peakBytes).toFixed(0)} %`,
    },
  ];
}

function mib(bytes: number): number {
  return bytes / 2 ** 20;
}

function streamsAndDialogs(): Packets {
  return merged(
    openCalls(DIALOGS),
    // Other ends than those of the dialogs: these streams are announced by nobody.
    talk(STREAMS, STREAM_PACKETS, START_US + MEDIA_AFTER_US, 2 * DIALOGS),
  );
}

async function held(build: Build, packets: Packets, sets: readonly string[]): Promise<Held> {
  const found = await build.hold(packets, { sets });
  const full = found.summary.tables.filter(({ evictions }) => evictions > 0);
  if (full.length > 0) {
    const names = full.map(({ name, evictions }) => `${name} ${evictions}`).join(", ");
    process.stderr.write(`  ${build.commit}: evicted, so bytes say less: ${names}\n`);
  }
  return found;
}
