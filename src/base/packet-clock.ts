/** A step forward beyond this is believed once the next packet confirms it: captures have gaps, and wrong times. */
const FORWARD_US = 60_000_000;
/** Packets may come that late out of order: two interfaces, two threads of a capture program. */
const BACKWARD_US = 2_000_000;
/** The earliest time. */
const FIRST_US = 1_000_000;
/** A second packet confirms a step back when it lies that close behind the first. */
const CONFIRM_US = 60_000_000;

interface TimedPacket {
  /** Microseconds, of its capture. */
  readonly timeUs: number;
  /** Where it lies in its capture, as the caller numbers packets. */
  readonly place: number;
}

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
  /** Where the packet of that step lies in its capture, as the caller numbers packets. */
  lastStepPlace = 0;
  #offsetUs = 0;
  #hasStarted = false;
  /** Capture time of a packet that was back; NaN when the one before was not. */
  #pendingUs = Number.NaN;
  #pendingPlace = 0;

  /**
   * True when the packet says that much time has passed: hold it until the next one is there, and call `believe`
   * when that one `confirms` it, else `doubt`.
   */
  isFarAhead(packet: TimedPacket): boolean {
    return this.#hasStarted && packet.timeUs + this.#offsetUs - this.nowUs > FORWARD_US;
  }

  /** True when a packet speaks for the time of the one before. */
  confirms(captureUs: number, heldUs: number): boolean {
    return captureUs - heldUs >= -BACKWARD_US;
  }

  /** The time passed that a packet far ahead told of. */
  believe(captureUs: number): void {
    this.advance(captureUs);
  }

  /** A packet far ahead had a wrong time: it counts as of now. */
  doubt(captureUs: number, place = 0): void {
    this.#count(captureUs + this.#offsetUs - this.nowUs, place);
  }

  /**
   * Takes the capture time of the next packet, not far ahead; `nowUs` is the time that it counts as. Numbers that go in and out by
   * themselves would be allocated for each packet.
   */
  take(packet: TimedPacket): void {
    const captureUs = packet.timeUs;
    const timeUs = captureUs + this.#offsetUs;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      // Trackers take time 0 for "never": a capture that counts from there begins a little later.
      if (timeUs < FIRST_US) this.#offsetUs = FIRST_US;
      this.nowUs = captureUs + this.#offsetUs;
      return;
    }
    const aheadUs = timeUs - this.nowUs;
    if (aheadUs < -BACKWARD_US) {
      this.#step(captureUs, aheadUs, packet.place);
      return;
    }
    this.#countPending();
    this.#pendingUs = Number.NaN;
    if (timeUs > this.nowUs) this.nowUs = timeUs;
  }

  /** Lets time pass as the clock of live capture tells it, where no packet comes. */
  advance(captureUs: number): void {
    const timeUs = captureUs + this.#offsetUs;
    if (timeUs > this.nowUs) this.nowUs = timeUs;
    this.#hasStarted = true;
  }

  /** The capture's time of a pipeline time, for what people read. */
  captureUs(timeUs: number): number {
    return timeUs - this.#offsetUs;
  }

  #step(captureUs: number, aheadUs: number, place: number): void {
    const sinceUs = captureUs - this.#pendingUs;
    if (sinceUs >= -BACKWARD_US && sinceUs <= CONFIRM_US) {
      this.#count(aheadUs, place);
      this.#offsetUs -= aheadUs;
      this.#pendingUs = Number.NaN;
      return;
    }
    // The one before was off, and in another way than this one.
    this.#countPending();
    this.#pendingUs = captureUs;
    this.#pendingPlace = place;
  }

  #countPending(): void {
    if (Number.isNaN(this.#pendingUs)) return;
    this.#count(this.#pendingUs + this.#offsetUs - this.nowUs, this.#pendingPlace);
  }

  #count(stepUs: number, place: number): void {
    this.steps++;
    this.lastStepUs = stepUs;
    this.lastStepPlace = place;
  }
}
