import { describe, expect, test } from "vitest";
import { request, Talk } from "./talk.ts";

const COUNT = 200;
/** What one segment may let go on, with those of its own. */
const TOLD_MAX = 40;
const MESSAGES = Array.from({ length: COUNT }, (_, i) => request("OPTIONS", String(i)));

/** All but the first message have come: the next segment lets all of them go on. */
function waiting(): Talk {
  const talk = new Talk().handshake();
  let seq = talk.clientSeq;
  for (const [i, text] of MESSAGES.entries()) {
    if (i > 0) talk.segment("client", 0x18, text, seq);
    seq += text.length;
  }
  expect(talk.texts).toEqual([]);
  return talk;
}

function release(talk: Talk): void {
  talk.segment("client", 0x18, MESSAGES[0] as string);
}

describe("more messages than one late segment may let go on", () => {
  test("go on with time, in their order, a part in each step", () => {
    const talk = waiting();
    release(talk);
    let told = 0;
    while (talk.streams.isDue(talk.nowUs)) {
      expect(talk.told.length - told).toBeLessThanOrEqual(TOLD_MAX);
      expect(talk.texts).toEqual(MESSAGES.slice(0, talk.told.length));
      told = talk.told.length;
      talk.nowUs += 1_000;
      talk.streams.advance(talk.nowUs);
    }
    expect(talk.texts).toEqual(MESSAGES);
    expect(talk.streams.order.gaps).toBe(0);
    expect(talk.streams.heldBytes).toBe(0);
  });

  test("go on with the next segments, which come behind them", () => {
    const talk = waiting();
    release(talk);
    talk.clientSeq += MESSAGES.join("").length;
    const more = Array.from({ length: 20 }, (_, i) => request("INFO", String(i)));
    for (const text of more) {
      const before = talk.told.length;
      talk.nowUs += 100_000;
      talk.say("client", text);
      expect(talk.told.length - before).toBeLessThanOrEqual(TOLD_MAX);
    }
    expect(talk.told.length).toBeGreaterThan(TOLD_MAX);
    talk.nowUs += 1_000;
    for (let step = 0; step < COUNT && talk.streams.isDue(talk.nowUs); step++) {
      talk.streams.advance(talk.nowUs);
    }
    expect(talk.texts).toEqual([...MESSAGES, ...more]);
  });

  test("are told at the end at the latest", () => {
    const talk = waiting();
    release(talk);
    talk.streams.finish(talk.nowUs);
    expect(talk.texts).toEqual(MESSAGES);
  });

  test("are never fewer than came, however many come behind them", () => {
    const talk = waiting();
    release(talk);
    talk.clientSeq += MESSAGES.join("").length;
    const more = Array.from({ length: 1_500 }, (_, i) => request("INFO", String(i)));
    for (const text of more) talk.say("client", text);
    talk.streams.finish(talk.nowUs);
    expect(talk.texts).toEqual([...MESSAGES, ...more]);
  });
});
