import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Build } from "../against/build.ts";
import { scan } from "../against/intruders.ts";
import { calls } from "../against/media.ts";
import { phones } from "../against/phones.ts";
import { type Packets, writeCapture } from "../capture-file.ts";
import { type Figure, median } from "../measure.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const ROUNDS = 3;
/**
 * The smaller and the larger capture, in times of the smallest work. V8 compiles for a quarter of a million messages, more with
 * rules than without: what comes behind the smaller one is what a sensor does all day.
 */
const SIZES = [4, 12] as const;
const MESSAGES = 75_000;
const CALLS = 10_000;
const RTP_PACKETS = 12;
const GOAL = 1.25;

/** How many times the time of the packet thread without any rule all shipped rules take. */
export async function benchShippedRules(folder: string): Promise<Figure[]> {
  const build = new Build(folder);
  const temporary = new TemporaryFolder("sipsentry-rules-");
  const none = join(temporary.path, "none.rules");
  writeFileSync(none, "");
  try {
    const figures: Figure[] = [];
    for (const [name, packets] of [
      ["phones that register, ask and call", (size: number) => phones(MESSAGES * size)],
      ["calls with media", (size: number) => calls(CALLS * size, RTP_PACKETS)],
      ["a scan, whose every answer counts", (size: number) => scan(MESSAGES * size)],
    ] as const) {
      figures.push(await figureOf(build, name, packets, none, temporary));
    }
    return figures;
  } finally {
    temporary.remove();
  }
}

/** Of the packets that the larger capture has more: starting, loading rules and compiling are in neither. */
async function figureOf(
  build: Build,
  name: string,
  packets: (size: number) => Packets,
  none: string,
  temporary: TemporaryFolder,
): Promise<Figure> {
  const [small, large] = SIZES.map((size) => {
    const path = join(temporary.path, `${size}.pcap`);
    writeCapture(path, packets(size));
    return path;
  }) as [string, string];
  const all: number[] = [];
  const bare: number[] = [];
  // In turns, so that a machine that is busy for a while is so for both.
  for (let round = 0; round < ROUNDS; round++) {
    all.push(await furtherS(build, small, large));
    bare.push(await furtherS(build, small, large, none));
  }
  return {
    name: `all shipped rules against none: ${name}`,
    value: median(all) / median(bare),
    unit: "times the packet thread",
    target: GOAL,
    isAtMost: true,
    note: `${median(all).toFixed(2)} s with, ${median(bare).toFixed(2)} s without, ${ROUNDS} rounds in turns`,
  };
}

async function furtherS(
  build: Build,
  small: string,
  large: string,
  rules?: string,
): Promise<number> {
  const options = rules === undefined ? {} : { rules };
  const { threadS: more } = await build.replay(large, options);
  const { threadS: less } = await build.replay(small, options);
  return more - less;
}
