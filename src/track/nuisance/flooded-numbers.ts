import { KeyMap } from "../../base/key-map.ts";
import { emptyFlood, type Flood, isNoCrowd, isSpread, noteCaller, noteNumber } from "./flood.ts";

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

/** Of busy lines and of phones that nobody answers; outages and dead numbers say nothing of who calls. */
const IN_VAIN = new Set([408, 480, 486, 487, 600, 603]);

/** One call, as far as it tells of a flood. */
export interface FloodCall {
  readonly callKey: number;
  readonly callerKey: number;
  /** The caller's number; below 0 where it has none. */
  readonly caller: number;
  readonly called: number;
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
  readonly #isOfSites: boolean;
  #lastUs = Number.NEGATIVE_INFINITY;

  /** `isOfSites`: what is watched are blocks of numbers, and counts where many of them are called. */
  constructor(isOfSites: boolean) {
    this.#isOfSites = isOfSites;
  }

  /** Nothing is watched, or what was is over: the usual case. */
  isIdle(nowUs: number): boolean {
    return nowUs - this.#lastUs > OVER_US;
  }

  /** `isNew`: what is usual there is not known. */
  begin(number: number, nowUs: number, isNew = false): void {
    const known = this.#floods.get(number);
    const isOn = known !== undefined && nowUs - known.lastUs <= OVER_US;
    if (isOn && (isNew || !known.isNew)) return;
    this.#lastUs = nowUs;
    this.#floods.set(number, emptyFlood(nowUs, isNew));
  }

  /** One more call, once for each Call-ID. Returns the flood when it has lasted and was not told yet. */
  call(number: number, call: FloodCall, nowUs: number): Flood | null {
    const { callKey, caller, callerKey, called } = call;
    const flood = this.#floods.get(number);
    if (flood === undefined || this.#calls.has(callKey)) return null;
    const lastedUs = nowUs - flood.sinceUs;
    if (lastedUs > SUSTAINED_US && flood.calls * 60_000_000 < RATE_MIN * lastedUs) {
      this.#floods.delete(number);
      return null;
    }
    this.#calls.set(callKey, { flood, answeredUs: 0 });
    noteCaller(flood, callerKey, caller);
    noteNumber(flood, called);
    const gap = (nowUs - flood.lastUs) / 1e6;
    flood.calls++;
    flood.gaps += gap;
    flood.squaredGaps += gap * gap;
    flood.lastUs = nowUs;
    this.#lastUs = nowUs;
    if (flood.isTold || lastedUs < SUSTAINED_US || flood.calls < CALLS_MIN) return null;
    const isOther = this.#isOfSites && !isSpread(flood);
    if (flood.isNew && (isOther || !isNoCrowd(flood))) {
      // Who called until now calls again, if anybody.
      this.#floods.set(number, emptyFlood(nowUs, true, flood.callers));
      return null;
    }
    flood.isTold = true;
    return flood;
  }

  answer(callKey: number, status: number, nowUs: number): void {
    const call = this.#calls.get(callKey);
    if (call === undefined || call.answeredUs > 0) return;
    call.flood.answers++;
    if (IN_VAIN.has(status)) call.flood.refusals++;
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
