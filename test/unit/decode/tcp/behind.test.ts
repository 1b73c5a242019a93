import { describe, expect, it, test } from "vitest";
import { hep3 } from "../../../support/hep.ts";
import { webSocketSession } from "../../../support/websocket.ts";
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

/** Lets time go on, a millisecond a step; returns the most messages that a step has brought. */
function untilDone(talk: Talk): number {
  let most = 0;
  for (let step = 0; step < 10_000 && talk.streams.isDue(talk.nowUs); step++) {
    const before = talk.told.length;
    talk.nowUs += 1_000;
    talk.streams.advance(talk.nowUs);
    most = Math.max(most, talk.told.length - before);
  }
  return most;
}

const MANY = Array.from({ length: 400 }, (_, i) => request("OPTIONS", String(i)));
const ENDS = "a b";

/** All of them in one segment, as a network card merges what comes; and what is told of them. */
const IN_ONE_SEGMENT: Record<string, () => { talk: Talk; texts: readonly string[] }> = {
  "of TCP": () => {
    const talk = new Talk().handshake();
    return { talk: talk.say("client", MANY.join("")), texts: MANY };
  },
  "of a WebSocket": () => {
    const session = webSocketSession(false);
    const talk = new Talk().handshake();
    talk.say("client", session.question).say("server", session.answer);
    const frames = MANY.map((text) => session.encode(Buffer.from(text), true, ENDS));
    return { talk: talk.say("client", Buffer.concat(frames)), texts: MANY };
  },
  "of a server's WebSocket, packed": () => {
    const session = webSocketSession(true);
    const talk = new Talk().handshake();
    talk.say("client", session.question);
    const frames = MANY.map((text) => session.encode(Buffer.from(text), false, ENDS));
    return { talk: talk.say("server", Buffer.concat([session.answer, ...frames])), texts: MANY };
  },
  "of HEP": () => {
    const talk = new Talk().handshake();
    const ends = {
      src: Buffer.of(192, 0, 2, 7),
      dst: Buffer.of(192, 0, 2, 8),
      srcPort: 5060,
      dstPort: 5060,
    };
    const messages = MANY.slice(0, 250).map((text, i) =>
      hep3({ ...ends, timeUs: i, payload: Buffer.from(text) }),
    );
    const texts = messages.map((bytes) => bytes.toString("latin1"));
    return { talk: talk.say("client", Buffer.concat(messages)), texts };
  },
};

describe.each(Object.entries(IN_ONE_SEGMENT))(
  "hundreds of messages in one segment %s",
  (_, say) => {
    it("go on with time, in their order, a part in each step", () => {
      const { talk, texts } = say();
      expect(talk.told.length).toBeGreaterThan(0);
      expect(talk.told.length).toBeLessThanOrEqual(TOLD_MAX);
      expect(untilDone(talk)).toBeLessThanOrEqual(TOLD_MAX);
      expect(talk.texts).toEqual(texts);
      // A packed WebSocket keeps what was said, as later messages refer to it.
      expect(talk.streams.heldBytes).toBeLessThanOrEqual(32_768);
    });

    it("are told at the end", () => {
      const { talk, texts } = say();
      talk.streams.finish(talk.nowUs);
      expect(talk.texts).toEqual(texts);
      expect(talk.streams.heldBytes).toBe(0);
    });
  },
);

describe("what comes behind hundreds of messages", () => {
  const last = request("BYE");
  const answer = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  const behind = (): Talk => new Talk().handshake().say("client", MANY.join(""));

  it("is shown behind them, also the other end's, with the number of its packet", () => {
    const talk = behind().say("server", answer).say("client", last).say("server", answer);
    untilDone(talk);
    expect(talk.texts).toEqual([...MANY, answer, last, answer]);
    expect(talk.told.slice(-4).map(({ number }) => number)).toEqual([4, 5, 6, 7]);
    const ports = talk.frames.slice(-4).map((frame) => frame.readUInt16BE(34));
    expect(ports).toEqual([40_000, 5060, 40_000, 5060]);
  });

  it("is another connection on the same ends, which loses nothing of the first", () => {
    const talk = behind().segment("client", 0x11, "");
    talk.clientSeq = 900_000;
    talk.segment("client", 0x02, "", talk.clientSeq++, 0).say("client", last);
    untilDone(talk);
    expect([...talk.texts].sort()).toEqual([...MANY, last].sort());
    talk.streams.finish(talk.nowUs);
    expect(talk.told).toHaveLength(MANY.length + 1);
    expect(talk.streams.heldBytes).toBe(0);
  });

  it("is a gap, which comes behind them, too", () => {
    const talk = behind().say("client", last.slice(0, 40));
    talk.clientSeq += 5_000;
    talk.say("client", MANY[0] as string);
    for (let i = 0; i < 4; i++) {
      talk.nowUs += 3_000_001;
      talk.streams.advance(talk.nowUs);
      untilDone(talk);
    }
    expect(talk.texts.slice(0, MANY.length)).toEqual(MANY);
    expect(talk.texts.at(-1)).toBe(MANY[0]);
    expect(talk.streams.order.gaps).toBe(1);
  });

  it("is more than is kept: then it goes on at once, as far as there has to be room", () => {
    const talk = behind();
    for (let i = 0; i < 12; i++) talk.say("client", MANY.join(""));
    expect(talk.streams.heldBytes).toBeLessThan(1_000_000);
    untilDone(talk);
    expect(talk.texts).toEqual(Array.from({ length: 13 }, () => MANY).flat());
  });

  it("lets nobody go who has come before, where all hold too much together", () => {
    const talk = new Talk({ bytesMax: 300_000 });
    for (let i = 0; i < 6; i++) {
      talk.clientPort = 40_000 + i;
      talk.handshake().say("client", MANY.join(""));
    }
    untilDone(talk);
    expect(talk.told).toHaveLength(6 * MANY.length);
    expect(talk.streams.evictions).toBe(0);
  });
});

it("what a receiver has acknowledged and was not seen: what follows is its sender's", () => {
  const talk = new Talk().handshake();
  talk.say("client", request("OPTIONS"));
  talk.clientSeq += 100;
  talk.say("client", `\r\n${request("INFO")}`);
  talk.nowUs += 60_000;
  talk.segment("server", 0x10, "");
  expect(talk.texts).toHaveLength(2);
  expect(talk.frames.map((frame) => frame.readUInt16BE(34))).toEqual([40_000, 40_000]);
});
