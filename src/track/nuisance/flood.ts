/** Of calls of people more than a fifth lead to a talk, unless nobody can be reached. */
const TALK_SHARE = 0.2;
/** Where nothing is usual yet, even of a busy hotline's callers more get through. */
const TALK_SHARE_NEW = 0.05;
/** Spread of the gaps between calls, as a share of their mean: 1 of people who do not know each other (Poisson), 0 of a clock. */
const SPREAD_OF_MACHINES = 0.5;
const REFUSED_SHARE = 0.8;
/** Who finds it busy calls again, each tenth at least within two minutes. */
const REDIAL_SHARE = 0.05;
/** Callers of one number live anywhere: neighbours of one another call one behind the other by chance only. */
const NEIGHBOUR_SHARE = 0.5;
const NEIGHBOURS_WITHIN = 1_000;
const NUMBERS_MIN = 4;
/** Callers and numbers of one flood that are told apart; of callers twice as many at most. */
const CALLERS_MAX = 128;

export interface Flood {
  readonly sinceUs: number;
  /** Nobody knows what is usual: only what no crowd does is told. */
  readonly isNew: boolean;
  calls: number;
  /** Answered as a busy line or an absent callee is. */
  refusals: number;
  /** The last ones, and those before them. */
  callers: Set<number>;
  earlier: Set<number>;
  redials: number;
  /** Calls of a neighbour of the last caller's number. */
  neighbours: number;
  lastCaller: number;
  readonly numbers: Set<number>;
  /** Calls to the number that was called last. */
  repeats: number;
  lastNumber: number;
  /** Taken, and not given up within ten seconds. */
  talks: number;
  /** Calls of which the final answer was seen. */
  answers: number;
  isTold: boolean;
  lastUs: number;
  gaps: number;
  squaredGaps: number;
}

/** Hardly any call leads to a talk, as far as their answers are seen. */
export function isInVain({ calls, talks, answers, isNew }: Flood): boolean {
  return answers * 2 > calls && talks < (isNew ? TALK_SHARE_NEW : TALK_SHARE) * calls;
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

/** Many numbers by turns, not one of them. */
export function isSpread({ calls, numbers, repeats }: Flood): boolean {
  return numbers.size >= NUMBERS_MIN && repeats * 2 < calls;
}

/** Nobody who finds it busy calls again, as people do. */
export function hasNoRedials({ calls, redials }: Flood): boolean {
  return redials < REDIAL_SHARE * calls;
}

/** The callers' numbers are made up in order. */
export function isInOrder({ calls, neighbours }: Flood): boolean {
  return neighbours > NEIGHBOUR_SHARE * calls;
}

/**
 * Hotlines, votes by telephone and call centres have as many callers, whose calls are in vain where nobody is there to take them; but at their
 * own pace, from everywhere, and again where it is busy.
 */
export function isNoCrowd(flood: Flood): boolean {
  if (!isInVain(flood)) return false;
  const signs = Number(isPaced(flood)) + Number(hasNoRedials(flood)) + Number(isInOrder(flood));
  const isRefused = flood.refusals >= REFUSED_SHARE * flood.answers;
  return signs === 3 || (isRefused && (signs === 2 || hasNoRedials(flood)));
}

/** A call of that caller: `callerKey` is its name, `caller` its number as far as it is one, else -1. */
export function noteCaller(flood: Flood, callerKey: number, caller: number): void {
  const { callers, earlier, lastCaller } = flood;
  if (callers.has(callerKey) || earlier.has(callerKey)) flood.redials++;
  callers.add(callerKey);
  if (callers.size === CALLERS_MAX) [flood.callers, flood.earlier] = [new Set(), callers];
  if (caller >= 0 && lastCaller >= 0 && Math.abs(caller - lastCaller) < NEIGHBOURS_WITHIN) {
    flood.neighbours++;
  }
  flood.lastCaller = caller;
}

/** A call to that number, which is only told from others: a key will do. */
export function noteNumber(flood: Flood, called: number): void {
  if (flood.lastNumber === called) flood.repeats++;
  else if (flood.numbers.size < CALLERS_MAX) flood.numbers.add(called);
  flood.lastNumber = called;
}

/** `before`: who has called before it, as far as is known. */
export function emptyFlood(nowUs: number, isNew: boolean, before: Set<number> = new Set()): Flood {
  return {
    sinceUs: nowUs,
    isNew,
    calls: 0,
    refusals: 0,
    callers: new Set(),
    earlier: before,
    redials: 0,
    neighbours: 0,
    lastCaller: -1,
    numbers: new Set(),
    repeats: 0,
    lastNumber: -1,
    talks: 0,
    answers: 0,
    isTold: false,
    lastUs: nowUs,
    gaps: 0,
    squaredGaps: 0,
  };
}
