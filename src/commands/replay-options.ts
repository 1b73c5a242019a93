import { type Command, InvalidArgumentError } from "commander";
import { BpfError, BpfFilter } from "../capture/bpf-filter.ts";
import type { FileSourceOptions } from "../capture/file-source.ts";
import type { Frame } from "../capture/frame.ts";
import { NO_REPAIR, parseTimeScale, type TimeRepair } from "../capture/time-repair.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";

type TimeScale = Pick<TimeRepair, "unitUs" | "factor">;

/** Which packets of the captures a replay looks at, and what it makes of their times. */
export interface SelectionOptions {
  readonly bpf?: string;
  /** Microseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly timeScale?: TimeScale;
  readonly assumeRate?: number;
}

export function addSelectionOptions(command: Command): Command {
  return command
    .option("--bpf <filter>", "only packets that this libpcap filter lets through (needs tcpdump)")
    .option(
      "--from <time>",
      "only packets from then on: 2026-11-21T03:00:00 (UTC unless it says otherwise), or seconds since 1970",
      parseTime,
    )
    .option("--to <time>", "only packets before then", parseTime)
    .option(
      "--time-scale <unit>",
      "the captures' times are really in this unit: ns, us, ms, s; or a factor for times since 1970",
      parseScale,
    )
    .option(
      "--assume-rate <packets>",
      "captures without times: so many packets a second, from the time of the first one on",
      parseRate,
    );
}

export interface Reading extends FileSourceOptions {
  /** Packets that the options let through; null where they let all through. */
  readonly selection: Selection | null;
}

/** Which packets a replay is about, and how many there were. */
class Selection {
  accepted = 0;
  readonly #filter: BpfFilter | null;
  readonly #fromUs: number;
  readonly #toUs: number;

  /** From `from` on and before `to`, microseconds since 1970. */
  constructor(filter: BpfFilter | null, { from, to }: Pick<SelectionOptions, "from" | "to">) {
    this.#filter = filter;
    this.#fromUs = from ?? Number.NEGATIVE_INFINITY;
    this.#toUs = to ?? Number.POSITIVE_INFINITY;
  }

  accepts(frame: Frame): boolean {
    if (frame.timeUs < this.#fromUs || frame.timeUs >= this.#toUs) return false;
    if (this.#filter !== null && !this.#filter.accepts(frame)) return false;
    this.accepted++;
    return true;
  }
}

/** How the captures are read. Throws CommandError for a filter that is none. */
export function sourceOptions(options: SelectionOptions, messages: Messages): Reading {
  const { bpf, from, to, timeScale, assumeRate = 0 } = options;
  if (from !== undefined && to !== undefined && from >= to) {
    throw new CommandError(ExitCode.USAGE, [
      "--from is not before --to: no packet is between them",
    ]);
  }
  const isAll = bpf === undefined && from === undefined && to === undefined;
  const selection = isAll ? null : new Selection(filterOf(bpf), options);
  return {
    repair: { ...NO_REPAIR, ...timeScale, ratePerS: assumeRate },
    onNotice: (line) => messages.warn(line),
    selection,
    ...(selection !== null && { select: (frame: Frame) => selection.accepts(frame) }),
  };
}

function filterOf(bpf: string | undefined): BpfFilter | null {
  try {
    return bpf === undefined ? null : new BpfFilter(bpf);
  } catch (error) {
    if (error instanceof BpfError) throw new CommandError(ExitCode.USAGE, [error.message]);
    throw error;
  }
}

const CALENDAR = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Microseconds since 1970. */
export function parseTime(value: string): number {
  if (/^\d{1,11}(\.\d{1,9})?$/.test(value)) return Math.round(Number(value) * 1e6);
  const isZoned = /(Z|[+-]\d{2}:?\d{2})$/.test(value.slice(10));
  const text = value.replace(" ", "T").replace(/([+-]\d{2})(\d{2})$/, "$1:$2");
  const full = text.includes("T") ? text : `${text}T00:00:00`;
  const fraction = /\.(\d+)/.exec(full)?.[1] ?? "";
  const ms = CALENDAR.test(value)
    ? Date.parse(`${full.replace(/\.\d+/, "")}${isZoned ? "" : "Z"}`)
    : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError(
      "Expected a time such as 2026-11-21T03:00:00 or seconds since 1970.",
    );
  }
  return ms * 1000 + Math.round(Number(`0.${fraction || 0}`) * 1e6);
}

function parseScale(value: string): TimeScale {
  const scale = parseTimeScale(value);
  if (scale === null) {
    throw new InvalidArgumentError("Expected ns, us, ms, s, or a factor such as 0.001.");
  }
  return scale;
}

function parseRate(value: string): number {
  const rate = /^\d{1,9}(\.\d{1,6})?$/.test(value) ? Number(value) : 0;
  if (!(rate > 0)) throw new InvalidArgumentError("Expected packets a second, such as 50.");
  return rate;
}
