import { expect, test } from "vitest";
import { EventList } from "../../../../src/track/facts/event.ts";
import { EventKind } from "../../../../src/track/facts/event-kind.ts";

test("a packet raises at most 256 facts; what is beyond is counted, and the next packet has room again", () => {
  const events = new EventList();
  const raised = () => events.raise(EventKind.SIP_REQUEST, 1, 0);
  for (let i = 0; i < 256; i++) expect(raised()).not.toBeNull();
  expect(raised()).toBeNull();
  expect(events.dropped).toBe(1);
  expect(events.counts[EventKind.SIP_REQUEST]).toBe(257);
  events.clear();
  expect(raised()).not.toBeNull();
  expect(events.dropped).toBe(1);
});
