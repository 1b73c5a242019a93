import type { DelayQueue } from "../../base/delay-queue.ts";
import type { EventList } from "./event.ts";

/**
 * The next item that is due in a queue, while the events of this packet have room for what comes of it; undefined when there is none. The rest waits
 * for the next packet, so that nothing that is raised is lost. It is asked with each packet, when a generator or a callback would be allocated.
 */
export function nextDue<T>(
  queue: Pick<DelayQueue<T>, "takeDue">,
  events: EventList,
  nowUs: number,
): T | undefined {
  return events.isHalfFull ? undefined : queue.takeDue(nowUs);
}
