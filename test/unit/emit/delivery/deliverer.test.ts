import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Deliverer } from "../../../../src/emit/delivery/deliverer.ts";
import {
  type Bench,
  bench,
  FakeCursor,
  isOrdered,
  recordOf,
  recordsOf,
  refusal,
  reset,
} from "./fakes.ts";

const started: Deliverer[] = [];

function start(made: Bench): Bench {
  started.push(made.deliverer);
  made.deliverer.start();
  return made;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((deliverer) => deliverer.close(0)));
});

/** What never comes is told with the line that waits for it. */
async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 120_000, interval: 1 });
}

const idsOf = (made: Bench) => made.sink.received.map(({ alertId }) => alertId);
const HANG = () => new Promise<void>(() => {});

describe("Deliverer", () => {
  it("sends all records in order, in batches of the sink's size, one at a time", async () => {
    const made = start(bench(recordsOf(95)));
    await made.done();
    expect(idsOf(made)).toEqual(recordsOf(95).map(({ alertId }) => alertId));
    expect(made.sink.batches).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
    expect(made.sink.mostUnderWay).toBe(1);
    expect(made.sink.connects).toBe(1);
    expect(made.deliverer.snapshot()).toMatchObject({
      state: "working",
      acknowledged: 95,
      batches: 10,
      retries: 0,
      lag: 0,
      oldestMs: 0,
      lastProblem: "",
    });
    expect(made.lines()).toEqual([]);
  });

  it("begins behind what was acknowledged before and takes what is offered later", async () => {
    const made = bench(recordsOf(5), () => {}, {}, new FakeCursor(3));
    start(made);
    await made.done();
    made.deliverer.offer(5);
    expect(idsOf(made)).toEqual(["a4", "a5"]);
  });

  it("passes numbers that have no record any more", async () => {
    const made = start(bench([recordOf(2), recordOf(9)]));
    await made.done();
    expect(idsOf(made)).toEqual(["a2", "a9"]);
    expect(made.deliverer.acknowledged).toBe(9);
    made.deliverer.offer(20);
    await until(() => made.deliverer.acknowledged === 20);
    expect(made.sink.batches).toEqual([2]);
  });

  it("delivers 10,000 records in order per key through a receiver that accepts and resets", async () => {
    let n = 0;
    const made = bench(recordsOf(10_000), (sink) => {
      sink.batchRecords = 100;
      sink.onSend = async (batch) => {
        // Every third batch arrives by half and is never acknowledged.
        if (++n % 3 !== 0) return;
        sink.received.push(...batch.slice(0, batch.length >> 1));
        throw reset();
      };
    });
    start(made);
    await made.done();
    expect(new Set(idsOf(made)).size).toBe(10_000);
    expect(made.sink.received.length).toBeGreaterThan(10_000);
    expect(isOrdered(made.sink.received)).toBe(true);
    // What works at the second attempt is no message.
    expect(made.lines()).toEqual([]);
    expect(made.deliverer.snapshot().lastProblem).toBe("connection reset");
  });

  it("says once that a receiver takes nothing, and once that it does again", async () => {
    let isDown = true;
    const made = bench(recordsOf(30), (sink) => {
      sink.onConnect = async () => {
        if (isDown) throw reset("connection refused");
      };
    });
    start(made);
    await until(() => made.sink.connects > 5);
    expect(made.deliverer.snapshot()).toMatchObject({ state: "failing", lag: 30 });
    expect(made.deliverer.snapshot().retries).toBeGreaterThan(4);
    isDown = false;
    await made.done();
    expect(made.lines()).toEqual([
      "fake takes no alerts: connection refused; they wait in the spool",
      "fake takes alerts again",
    ]);
    expect(idsOf(made)).toHaveLength(30);
  });

  it("says that a receiver works again although nothing waits for it", async () => {
    let isDown = true;
    const made = bench([], (sink) => {
      sink.onConnect = async () => {
        if (isDown) throw reset("connection refused");
      };
    });
    start(made);
    await until(() => made.deliverer.snapshot().state === "failing");
    isDown = false;
    await until(() => made.deliverer.snapshot().state === "working");
    expect(made.lines()).toHaveLength(2);
  });

  it("does not take a connection for success: what accepts and resets is failing", async () => {
    const made = bench(recordsOf(3), (sink) => {
      sink.onSend = async () => {
        throw reset();
      };
    });
    start(made);
    await until(() => made.sink.connects > 4);
    expect(made.deliverer.snapshot().state).toBe("failing");
    expect(made.lines()).toHaveLength(1);
    expect(made.sink.closes).toBeGreaterThanOrEqual(made.sink.connects - 1);
  });

  it("bounds a send that hangs, and connects again", async () => {
    let hangs = 2;
    const made = bench(recordsOf(20), (sink) => {
      sink.onSend = async () => {
        if (hangs-- > 0) await HANG();
      };
    });
    start(made);
    await made.done();
    expect(idsOf(made)).toEqual(recordsOf(20).map(({ alertId }) => alertId));
    expect(made.sink.connects).toBe(3);
    expect(made.lines()[0]).toBe(
      "fake takes no alerts: no answer within 0.1 s; they wait in the spool",
    );
  });

  it("bounds a connect that hangs, and a close that hangs after it", async () => {
    let hangs = 1;
    const made = bench(recordsOf(20), (sink) => {
      sink.onConnect = async () => {
        if (hangs > 0) await HANG();
      };
      sink.close = async () => {
        if (hangs-- > 0) await HANG();
      };
    });
    start(made);
    await made.done();
    expect(idsOf(made)).toHaveLength(20);
  });

  it("does not count an answer that comes after the close", async () => {
    let answer = () => {};
    const made = bench(recordsOf(5), (sink) => {
      sink.onSend = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
    });
    start(made);
    await until(() => made.sink.underWay === 1);
    await made.deliverer.close(1);
    answer();
    await sleep(5);
    expect(made.deliverer.acknowledged).toBe(0);
    expect(made.cursor.sequence).toBe(0);
  });

  it("lets a batch that is on its way arrive when it is closed", async () => {
    const made = bench(recordsOf(25), (sink) => {
      sink.onSend = () => sleep(20);
    });
    start(made);
    await until(() => made.sink.underWay === 1);
    await made.deliverer.close(5_000);
    expect(idsOf(made)).toHaveLength(10);
    expect(made.cursor.sequence).toBe(10);
    expect(made.deliverer.snapshot().state).toBe("closed");
  });

  it("is closed in the middle of a long back-off at once", async () => {
    const times = { backOffFirstMs: 600_000, backOffLongestMs: 600_000 };
    const made = bench(
      recordsOf(3),
      (sink) => {
        sink.onConnect = async () => {
          throw reset();
        };
      },
      { times },
    );
    start(made);
    await until(() => made.deliverer.snapshot().state === "failing");
    await made.deliverer.close(600_000);
    expect(made.sink.connects).toBe(1);
  });

  it("survives a sink that throws what it should not", async () => {
    let n = 0;
    const made = bench(recordsOf(5), (sink) => {
      sink.onSend = async () => {
        if (n++ === 0) throw new TypeError("x is not a function");
      };
    });
    start(made);
    await made.done();
    expect(idsOf(made)).toHaveLength(5);
    expect(made.deliverer.snapshot().lastProblem).toBe("x is not a function");
  });

  it("waits when the spool cannot be read", async () => {
    let isBroken = true;
    const made = bench([], () => {}, {
      source: {
        read(_after, upTo) {
          if (isBroken) throw new Error("EIO: i/o error, read");
          return { records: [], through: upTo };
        },
      },
    });
    made.deliverer.offer(4);
    start(made);
    await until(() => made.deliverer.snapshot().state === "failing");
    expect(made.lines()[0]).toContain("cannot read the spool: EIO");
    isBroken = false;
    await until(() => made.deliverer.acknowledged === 4);
  });
});

describe("Deliverer and records that are refused for good", () => {
  it("sets aside the culprits and nothing else", async () => {
    const poison = new Set(["a17", "a18", "a400", "a1000"]);
    const made = bench(recordsOf(1000), (sink) => {
      sink.batchRecords = 256;
      sink.onSend = async (batch) => {
        if (batch.some(({ alertId }) => poison.has(alertId))) throw refusal();
      };
    });
    start(made);
    await made.done();
    expect(made.aside).toEqual([...poison]);
    expect(idsOf(made)).toEqual(
      recordsOf(1000)
        .map(({ alertId }) => alertId)
        .filter((id) => !poison.has(id)),
    );
    expect(made.deliverer.snapshot()).toMatchObject({ acknowledged: 996, deadLetters: 4 });
    expect(made.lines()).toHaveLength(4);
    expect(made.lines()[0]).toBe("fake refused alert a17, now in the dead-letter file: too large");
    // Batches grow back to their size.
    expect(Math.max(...made.sink.batches.slice(-40))).toBeGreaterThan(100);
  });

  it("slows down and says once that a receiver refuses everything", async () => {
    const made = bench(
      recordsOf(200),
      (sink) => {
        sink.onSend = async () => {
          throw refusal("invalid record");
        };
      },
      { times: { backOffFirstMs: 600_000, backOffLongestMs: 600_000 } },
    );
    start(made);
    await until(() => made.deliverer.snapshot().state === "failing");
    await sleep(10);
    expect(made.aside).toEqual(["a1", "a2", "a3"]);
    expect(made.lines()).toHaveLength(4);
    expect(made.lines()[3]).toContain("takes no alerts: invalid record");
    expect(made.deliverer.snapshot().lag).toBe(197);
  });

  it("keeps a record that the dead-letter file does not take", async () => {
    let isFull = true;
    const aside: string[] = [];
    const made = bench(
      recordsOf(3),
      (sink) => {
        sink.onSend = async (batch) => {
          if (batch.some(({ alertId }) => alertId === "a2")) throw refusal();
        };
      },
      {
        deadLetters: {
          add(_output, { alertId }) {
            if (isFull) throw new Error("ENOSPC: no space left on device");
            aside.push(alertId);
          },
        },
      },
    );
    start(made);
    await until(() => made.deliverer.snapshot().state === "failing");
    expect(made.deliverer.acknowledged).toBe(1);
    expect(made.deliverer.snapshot().lastProblem).toContain("dead-letter file: ENOSPC");
    isFull = false;
    await made.done();
    expect(aside).toEqual(["a2"]);
    expect(idsOf(made)).toEqual(["a1", "a3"]);
  });
});

describe("Deliverer's place", () => {
  it("is written now and then, not once a batch, and at the end", async () => {
    const made = bench(recordsOf(1000), () => {}, { times: { cursorMs: 600_000 } });
    start(made);
    await made.done();
    expect(made.cursor.writes).toBe(0);
    await made.deliverer.close(0);
    expect(made.cursor).toMatchObject({ sequence: 1000, writes: 1 });
  });

  it("is written again when the disk takes it again", async () => {
    const made = bench(recordsOf(10));
    let faults = 1;
    made.cursor.onWrite = () => {
      if (faults-- > 0) throw new Error("ENOSPC: no space left on device");
    };
    start(made);
    await until(() => made.deliverer.snapshot().lastProblem !== "");
    expect(made.deliverer.snapshot().lastProblem).toBe(
      "cannot keep the place in the spool: ENOSPC: no space left on device",
    );
    await until(() => made.cursor.sequence === 10);
    expect(made.deliverer.snapshot().lastProblem).toBe("");
  });
});
