import { afterEach, describe, expect, it } from "vitest";
import { oneAtATime, onReloadSignals } from "../../../src/commands/reload-signal.ts";

let undo = (): void => {};
afterEach(() => undo());

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

describe("a reload", () => {
  it("never runs twice at once, and signals that come meanwhile are one more run", async () => {
    let running = 0;
    let runs = 0;
    let finish = (): void => {};
    const ask = oneAtATime(
      async () => {
        runs++;
        expect(++running).toBe(1);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        running--;
      },
      () => {},
    );
    for (let i = 0; i < 5; i++) ask();
    await turns();
    expect(runs).toBe(1);
    finish();
    await turns();
    expect(runs).toBe(2);
    finish();
    await turns();
    expect(runs).toBe(2);
    ask();
    await turns();
    expect(runs).toBe(3);
    finish();
  });

  it("comes at most once in the pause, however many ask, and the last of them is heard", async () => {
    let runs = 0;
    const ask = oneAtATime(
      () => {
        runs++;
      },
      () => {},
      50,
    );
    for (let i = 0; i < 300; i++) {
      ask();
      await Promise.resolve();
    }
    expect(runs).toBe(1);
    await expect.poll(() => runs).toBe(2);
    // The pause is over then, however late the second one came.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(runs).toBe(2);
    ask();
    await turns();
    expect(runs).toBe(3);
  });

  it("that throws is told, and the next one runs", async () => {
    const errors: unknown[] = [];
    let runs = 0;
    const ask = oneAtATime(
      () => {
        runs++;
        throw new Error("no");
      },
      (error) => errors.push(error),
    );
    ask();
    await turns();
    ask();
    await turns();
    expect(runs).toBe(2);
    expect(errors).toHaveLength(2);
  });
});

describe("signals", () => {
  it("SIGUSR2 reloads and SIGHUP reopens, until undone", async () => {
    const calls: string[] = [];
    const isTTY = [process.stdin.isTTY, process.stderr.isTTY];
    process.stdin.isTTY = false;
    process.stderr.isTTY = false;
    undo = onReloadSignals({
      reload: () => void calls.push("reload"),
      reopen: () => void calls.push("reopen"),
      onError: (error) => {
        throw error;
      },
    });
    [process.stdin.isTTY, process.stderr.isTTY] = isTTY as [boolean, boolean];
    process.emit("SIGUSR2");
    process.emit("SIGHUP");
    await turns();
    expect(calls).toEqual(["reload", "reopen"]);
    undo();
    process.emit("SIGUSR2");
    process.emit("SIGHUP");
    await turns();
    expect(calls).toEqual(["reload", "reopen"]);
  });

  it("SIGHUP of a terminal that is closed is no order to reopen", () => {
    const isTTY = process.stderr.isTTY;
    process.stderr.isTTY = true;
    undo = onReloadSignals({ reload: () => {}, reopen: () => {}, onError: () => {} });
    process.stderr.isTTY = isTTY;
    expect(process.listenerCount("SIGHUP")).toBe(0);
    expect(process.listenerCount("SIGUSR2")).toBe(1);
  });
});
