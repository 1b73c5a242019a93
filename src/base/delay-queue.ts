/**
 * Items that become due a fixed delay after they were put in, by packet time. As the delay is the
 * same for all, the queue is in order by itself: no wheel, no heap. Full: the item is refused; who has to
 * know looks at `size` before.
 */
export class DelayQueue<T> {
  readonly delayUs: number;
  readonly capacity: number;
  #items: (T | undefined)[];
  #dueUs: Float64Array;
  #head = 0;
  #size = 0;
  #endedUs = Number.POSITIVE_INFINITY;

  constructor(delayUs: number, capacity: number) {
    this.delayUs = delayUs;
    this.capacity = capacity;
    const initial = Math.min(capacity, 1024);
    this.#items = new Array<T | undefined>(initial).fill(undefined);
    this.#dueUs = new Float64Array(initial);
  }

  get size(): number {
    return this.#size;
  }

  /** The input ends: what waits, and what is put in from now on, is due at once. */
  end(nowUs: number): void {
    this.#endedUs = nowUs;
  }

  /** When the input ended, in microseconds; Infinity until then. */
  get endedUs(): number {
    return this.#endedUs;
  }

  get isEnded(): boolean {
    return this.#endedUs < Number.POSITIVE_INFINITY;
  }

  push(item: T, nowUs: number): void {
    if (this.#size === this.#items.length && !this.#grow()) return;
    const at = (this.#head + this.#size) % this.#items.length;
    this.#items[at] = item;
    this.#dueUs[at] = nowUs + this.delayUs;
    this.#size++;
  }

  /** True when the oldest item is due. The check for each packet: cheap. */
  isDue(nowUs: number): boolean {
    return this.#size > 0 && ((this.#dueUs[this.#head] as number) <= nowUs || this.isEnded);
  }

  /** Takes the oldest item when it is due; undefined when none is. */
  takeDue(nowUs: number): T | undefined {
    if (!this.isDue(nowUs)) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#items.length;
    this.#size--;
    return item;
  }

  #grow(): boolean {
    const length = Math.min(this.#items.length * 2, this.capacity);
    if (length === this.#items.length) return false;
    const items = new Array<T | undefined>(length).fill(undefined);
    const dueUs = new Float64Array(length);
    for (let i = 0; i < this.#size; i++) {
      const from = (this.#head + i) % this.#items.length;
      items[i] = this.#items[from];
      dueUs[i] = this.#dueUs[from] as number;
    }
    this.#items = items;
    this.#dueUs = dueUs;
    this.#head = 0;
    return true;
  }
}
