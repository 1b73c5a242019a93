import type { CaptureStream } from "./capture-stream.ts";
import { Frame } from "./frame.ts";

/** A capture that is being read, with its next packet in `frame`. */
export class CaptureCursor {
  readonly stream: CaptureStream;
  readonly frame = new Frame();
  /** Place among the arguments; decides between packets of the same time. */
  readonly order: number;

  constructor(stream: CaptureStream, order: number) {
    this.stream = stream;
    this.order = order;
  }

  /** The next packet, after as many reads as it takes; false at the end. */
  async advance(): Promise<boolean> {
    do {
      if (this.stream.next(this.frame)) return true;
    } while (await this.stream.more());
    return false;
  }
}

/** Cursors by the time of their next packet, the earliest first: a binary heap. */
export class CursorHeap {
  readonly #heap: CaptureCursor[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get earliest(): CaptureCursor | undefined {
    return this.#heap[0];
  }

  /** The one that comes next when the earliest is put aside. */
  get second(): CaptureCursor | undefined {
    const left = this.#heap[1];
    const right = this.#heap[2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  push(cursor: CaptureCursor): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(cursor);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as CaptureCursor;
      if (isBefore(above, cursor)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = cursor;
  }

  /** To be called when the packet of the earliest cursor has changed. */
  sink(): void {
    const cursor = this.#heap[0];
    if (cursor !== undefined) this.#sinkFromTop(cursor);
  }

  removeEarliest(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sinkFromTop(last);
  }

  *[Symbol.iterator](): IterableIterator<CaptureCursor> {
    yield* this.#heap;
  }

  #sinkFromTop(cursor: CaptureCursor): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, left)) child++;
      const below = heap[child] as CaptureCursor;
      if (isBefore(cursor, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = cursor;
  }
}

/** No two cursors have the same order, so this is never true both ways. */
function isBefore(a: CaptureCursor, b: CaptureCursor): boolean {
  const difference = a.frame.timeUs - b.frame.timeUs;
  return difference < 0 || (difference === 0 && a.order < b.order);
}
