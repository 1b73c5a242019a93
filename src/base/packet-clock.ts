/** A step forward beyond this is believed once the next packet confirms it: captures have gaps, and wrong packets. */
const FORWARD_US = 60_000_000;
/** Packets may come that late out of order: two interfaces, two threads of a capture program. */
const BACKWARD_US = 2_000_000;
/** A second packet confirms a step when it lies that close behind the first. */
const CONFIRM_US = 60_000_000;

/**
 * The one clock of the pipeline, from the capture times of packets. It never runs backwards. A step (the
 * sender's clock was set, a capture has a gap, one packet has a wrong time) is believed only when the
 * next packet confirms it, so that one wrong packet costs nothing: it counts as of now. After a step
 * back, time goes on from where it was; what waits keeps its wait.
 */
export class PacketClock {
  /** Time of the pipeline, microseconds. Where packets say "since 1970", so does it, less any steps back. */
  nowUs = 0.5;
  /** Steps back and single packets far off, so far. */
  steps = 0;
  /** By how much the latest of these was off, microseconds; negative: back. */
  lastStepUs = 0;
  #offsetUs = 0;
  #hasStarted = false;
  /** Capture time of a packet that was off; NaN when the one before was not. */
  #pendingUs = Number.NaN;

  /** Takes the capture time of the next packet and gives the time that it counts as. */
  at(captureUs: number): number {
    const timeUs = captureUs + this.#offsetUs;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.nowUs = timeUs;
      return timeUs;
    }
    const aheadUs = timeUs - this.nowUs;
    if (aheadUs <= FORWARD_US && aheadUs >= -BACKWARD_US) this.#settle(timeUs);
    else this.#step(captureUs, aheadUs);
    return this.nowUs;
  }

  /** Lets time pass as the clock of live capture tells it, where no packet comes. */
  advance(captureUs: number): number {
    const timeUs = captureUs + this.#offsetUs;
    if (timeUs > this.nowUs) this.nowUs = timeUs;
    this.#hasStarted = true;
    return this.nowUs;
  }

  /** The capture's time of a pipeline time, for what people read. */
  captureUs(timeUs: number): number {
    return timeUs - this.#offsetUs;
  }

  #settle(timeUs: number): void {
    if (!Number.isNaN(this.#pendingUs)) this.#count(this.#pendingUs + this.#offsetUs - this.nowUs);
    this.#pendingUs = Number.NaN;
    if (timeUs > this.nowUs) this.nowUs = timeUs;
  }

  #step(captureUs: number, aheadUs: number): void {
    const sinceUs = captureUs - this.#pendingUs;
    if (Number.isNaN(sinceUs)) {
      this.#pendingUs = captureUs;
      return;
    }
    const pendingAheadUs = this.#pendingUs + this.#offsetUs - this.nowUs;
    const isForward = aheadUs > 0 && pendingAheadUs > 0 && sinceUs >= -BACKWARD_US;
    const isBack =
      aheadUs < 0 && pendingAheadUs < 0 && sinceUs >= -BACKWARD_US && sinceUs <= CONFIRM_US;
    if (isForward) {
      // Both packets say that at least so much time has passed.
      const passedUs = Math.min(aheadUs, pendingAheadUs);
      this.nowUs += passedUs;
      const isNear = aheadUs - passedUs <= FORWARD_US;
      if (isNear) this.nowUs += aheadUs - passedUs;
      this.#pendingUs = isNear ? Number.NaN : captureUs;
    } else if (isBack) {
      this.#count(aheadUs);
      this.#offsetUs -= aheadUs;
      this.#pendingUs = Number.NaN;
    } else {
      // The one before was off, and in another way than this one.
      this.#count(pendingAheadUs);
      this.#pendingUs = captureUs;
    }
  }

  #count(stepUs: number): void {
    this.steps++;
    this.lastStepUs = stepUs;
  }
}
