/**
 * Wall time in microseconds. `Date.now` tells milliseconds only, and `performance.timeOrigin` does not
 * follow when the clock is set or slewed; so the fine clock is kept inside the millisecond of the coarse one.
 */
export class WallClock {
  #offsetMs = performance.timeOrigin;

  nowUs(): number {
    const coarseMs = Date.now();
    let nowMs = performance.now() + this.#offsetMs;
    if (nowMs < coarseMs || nowMs >= coarseMs + 1) {
      const insideMs = nowMs < coarseMs ? coarseMs : coarseMs + 0.999;
      this.#offsetMs += insideMs - nowMs;
      nowMs = insideMs;
    }
    return nowMs * 1e3;
  }
}
