import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Packets, writeCapture } from "../capture-file.ts";
import { median } from "../measure.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import type { Build, Cost } from "./build.ts";
import { type AgainstCase, smallest } from "./cases.ts";

const START_ROUNDS_MIN = 5;

/** Of one build, at one size of a case. */
export interface BuildFigure {
  /** Median user and system time of the whole process. */
  readonly cpuS: number;
  /** The same without starting, and without what only prepares. */
  readonly netS: number;
  /** Net, for each message or packet. */
  readonly netUsEach: number;
  readonly peakMib: number;
  readonly runs: readonly number[];
  readonly alerts: number;
}

export interface SizeFigure {
  readonly size: number;
  readonly packets: number;
  /** Packets that the net cost is for. */
  readonly counted: number;
  readonly base: BuildFigure;
  readonly ours: BuildFigure;
  /** CPU time of the base for each second of ours: whole process, and net. */
  readonly ratio: number;
  readonly netRatio: number;
}

export interface CaseFigure {
  readonly name: string;
  readonly unit: string;
  readonly sizes: readonly SizeFigure[];
  /** Net cost of a unit at the largest size over that at the smallest, less one. */
  readonly growth: Pair<number> | null;
  /**
   * Cost of each further unit between the last two sizes, over that between the first two, less one:
   * compiling is in neither.
   */
  readonly growthOfFurther: Pair<number> | null;
}

export interface Pair<T> {
  readonly base: T;
  readonly ours: T;
}

export class Comparison {
  readonly #builds: Pair<Build>;
  readonly #rounds: number;
  readonly #folder = new TemporaryFolder("sipsentry-against-");
  #startS: Pair<number> = { base: 0, ours: 0 };

  constructor(builds: Pair<Build>, rounds: number) {
    this.#builds = builds;
    this.#rounds = rounds;
  }

  remove(): void {
    this.#folder.remove();
  }

  /** CPU seconds of a process that replays 76 packets. */
  async start(): Promise<Pair<number>> {
    const path = this.#write("start", smallest());
    const costs = await this.#inTurns(path, [], Math.max(START_ROUNDS_MIN, this.#rounds));
    this.#startS = {
      base: median(costs.base.map(({ cpuS }) => cpuS)),
      ours: median(costs.ours.map(({ cpuS }) => cpuS)),
    };
    return this.#startS;
  }

  /** `sizes`: which of the sizes of the case. */
  async run(found: AgainstCase, sizes: readonly number[]): Promise<CaseFigure> {
    const figures: SizeFigure[] = [];
    for (const size of found.sizes.filter((size) => sizes.includes(size))) {
      figures.push(await this.#size(found, size));
    }
    return {
      name: found.name,
      unit: found.unit,
      sizes: figures,
      growth: pairOf((build) => growthOf(figures, build)),
      growthOfFurther: pairOf((build) => growthOfFurther(figures, build)),
    };
  }

  async #size({ before, packets, sets }: AgainstCase, size: number): Promise<SizeFigure> {
    let prepared = this.#startS;
    let preparing = 0;
    if (before !== undefined) {
      const costs = await this.#inTurns(this.#write("before", before(size)), sets, this.#rounds);
      prepared = {
        base: median(costs.base.map(({ cpuS }) => cpuS)),
        ours: median(costs.ours.map(({ cpuS }) => cpuS)),
      };
      preparing = costs.ours[0]?.summary.packets.total ?? 0;
    }
    const path = this.#write("work", packets(size));
    const costs = await this.#inTurns(path, sets, this.#rounds);
    rmSync(path);
    const total = costs.ours[0]?.summary.packets.total ?? 0;
    if (costs.base.some(({ summary }) => summary.packets.total !== total)) {
      throw new Error("the builds have not read the same number of packets");
    }
    const counted = total - preparing;
    const base = figureOf(costs.base, prepared.base, counted);
    const ours = figureOf(costs.ours, prepared.ours, counted);
    const ratio = base.cpuS / ours.cpuS;
    return { size, packets: total, counted, base, ours, ratio, netRatio: base.netS / ours.netS };
  }

  #write(name: string, packets: Packets): string {
    const path = join(this.#folder.path, `${name}.pcap`);
    writeCapture(path, packets);
    return path;
  }

  /** Both builds one after the other, each round the other one first. */
  async #inTurns(
    path: string,
    sets: readonly string[],
    rounds: number,
  ): Promise<Pair<readonly Cost[]>> {
    const { base, ours } = this.#builds;
    const costs: Pair<Cost[]> = { base: [], ours: [] };
    for (let round = 0; round < rounds; round++) {
      const turn = [
        async () => costs.base.push(await base.replay(path, { sets })),
        async () => costs.ours.push(await ours.replay(path, { sets })),
      ];
      for (const replay of round % 2 === 0 ? turn : turn.reverse()) await replay();
    }
    return costs;
  }
}

function figureOf(costs: readonly Cost[], startS: number, counted: number): BuildFigure {
  const runs = costs.map(({ cpuS }) => cpuS);
  const cpuS = median(runs);
  const netS = Math.max(0, cpuS - startS);
  return {
    cpuS,
    netS,
    netUsEach: (netS * 1e6) / counted,
    peakMib: Math.max(...costs.map(({ peakBytes }) => peakBytes)) / 2 ** 20,
    runs,
    alerts: costs[0]?.summary.alerts.total ?? 0,
  };
}

function growthOf(figures: readonly SizeFigure[], build: keyof Pair<number>): number | null {
  const [first, last] = [figures[0], figures.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return last[build].netUsEach / first[build].netUsEach - 1;
}

function growthOfFurther(figures: readonly SizeFigure[], build: keyof Pair<number>): number | null {
  const [a, b] = figures;
  const [c, d] = figures.slice(-2);
  if (a === undefined || b === undefined || c === undefined || d === undefined || a === c) {
    return null;
  }
  const costOf = (from: SizeFigure, to: SizeFigure) =>
    (to[build].cpuS - from[build].cpuS) / (to.counted - from.counted);
  return costOf(c, d) / costOf(a, b) - 1;
}

function pairOf(of: (build: keyof Pair<number>) => number | null): Pair<number> | null {
  const base = of("base");
  const ours = of("ours");
  return base === null || ours === null ? null : { base, ours };
}
