import { KeyMap } from "../../base/key-map.ts";

/** Numbers that are watched at once, and calls to them. */
const FLOODS_MAX = 256;
const CALLS_MAX = 8192;
/** A crowd comes and goes in a minute; what goes on for so long at that rate is told. */
const SUSTAINED_US = 90_000_000;
const CALLS_MIN = 40;
/** Below so many calls a minute it is over. */
const RATE_MIN = 16;
/** Without a call for so long a flood is over, whatever its rate was. */
const OVER_US = 60_000_000;
/** Who lifts the receiver and is alone on the line rings off within this. */
const SHORT_US = 10_000_000;
/** Of calls of people more than a fifth lead to a talk, unless nobody can be reached. */
const TALK_SHARE = 0.2;
/** Spread of the gaps between calls, as a share of their mean: 1 of people who do not know each other (Poisson), 0 of a clock. */
const SPREAD_OF_MACHINES = 0.5;

export interface Flood {
  readonly sinceUs: number;
  calls: number;
  /** Taken, and not given up within ten seconds. */
  talks: number;
  /** Calls of which the final answer was seen. */
  answers: number;
  isTold: boolean;
  lastUs: number;
  gaps: number;
  squaredGaps: number;
}

interface FloodedCall {
  readonly flood: Flood;
  /** 0 before it was taken. */
  answeredUs: number;
}

/** Numbers that far more callers want than ever before, for as long as that lasts: what becomes of the calls, and at which pace they come. */
export class FloodedNumbers {
  readonly #floods = new KeyMap<Flood>(FLOODS_MAX);
  readonly #calls = new KeyMap<FloodedCall>(CALLS_MAX);

  #lastUs = Number.NEGATIVE_INFINITY;

  /** Nothing is watched, or what was is over: the usual case. */
  isIdle(nowUs: number): boolean {
    return nowUs - this.#lastUs > OVER_US;
  }

  begin(number: number, nowUs: number): void {
    const known = this.#floods.get(number);
    if (known !== undefined && nowUs - known.lastUs <= OVER_US) return;
    this.#lastUs = nowUs;
    this.#floods.set(number, {
      sinceUs: nowUs,
      calls: 0,
      talks: 0,
      answers: 0,
      isTold: false,
      lastUs: nowUs,
      gaps: 0,
      squaredGaps: 0,
    });
  }

  /** One more call, once for each Call-ID. Returns the flood when it has lasted and was not told yet. */
  call(number: number, callKey: number, nowUs: number): Flood | null {
    const flood = this.#floods.get(number);
    if (flood === undefined || this.#calls.has(callKey)) return null;
    const lastedUs = nowUs - flood.sinceUs;
    if (lastedUs > SUSTAINED_US && flood.calls * 60_000_000 < RATE_MIN * lastedUs) {
      this.#floods.delete(number);
      return null;
    }
    this.#calls.set(callKey, { flood, answeredUs: 0 });
    const gap = (nowUs - flood.lastUs) / 1e6;
    flood.calls++;
    flood.gaps += gap;
    flood.squaredGaps += gap * gap;
    flood.lastUs = nowUs;
    this.#lastUs = nowUs;
    if (flood.isTold || lastedUs < SUSTAINED_US || flood.calls < CALLS_MIN) return null;
    flood.isTold = true;
    return flood;
  }

  answer(callKey: number, status: number, nowUs: number): void {
    const call = this.#calls.get(callKey);
    if (call === undefined || call.answeredUs > 0) return;
    call.flood.answers++;
    if (status >= 300) return;
    call.answeredUs = nowUs;
    call.flood.talks++;
  }

  bye(callKey: number, nowUs: number): void {
    const call = this.#calls.get(callKey);
    if (call === undefined || call.answeredUs === 0) return;
    if (nowUs - call.answeredUs < SHORT_US) call.flood.talks--;
    this.#calls.delete(callKey);
  }
}

/** Hardly any call leads to a talk, as far as their answers are seen. */
export function isInVain({ calls, talks, answers }: Flood): boolean {
  return answers * 2 > calls && talks < TALK_SHARE * calls;
}

/** The calls come at a machine's pace. */
export function isPaced(flood: Flood): boolean {
  return spreadOf(flood) < SPREAD_OF_MACHINES;
}

/** Coefficient of variation of the gaps between calls. */
export function spreadOf({ calls, gaps, squaredGaps }: Flood): number {
  const mean = gaps / calls;
  const variance = Math.max(0, squaredGaps / calls - mean * mean);
  return mean === 0 ? 0 : Math.sqrt(variance) / mean;
}
