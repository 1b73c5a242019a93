import type { DelayQueue } from "../../base/delay-queue.ts";
import type { EventList } from "./event.ts";

/**
 * What is due in a queue, one after the other, while the events of this packet have room for what comes of it: the rest waits for the
 * next packet, so that nothing that is raised is lost.
 */
export function* dueItems<T>(
  queue: Pick<DelayQueue<T>, "takeDue">,
  events: EventList,
  nowUs: number,
): Generator<T, void> {
  while (!events.isHalfFull) {
    const due = queue.takeDue(nowUs);
    if (due === undefined) return;
    yield due;
  }
}
