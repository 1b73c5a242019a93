import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyFolder } from "./spool-fixture.ts";

const CHILD = fileURLToPath(new URL("locking-child.ts", import.meta.url));
const PROCESSES = 4;
const ROUNDS = 15;

async function ask(children: readonly ChildProcess[], order: string): Promise<string[]> {
  const answers = children.map(messageOf);
  for (const child of children) child.send(order);
  return Promise.all(answers);
}

/** Its next message; rejects when it ends before. */
async function messageOf(child: ChildProcess): Promise<string> {
  const watch = new AbortController();
  const ended = once(child, "exit", { signal: watch.signal }).then(([code, signal]) => {
    throw new Error(`a process ended with ${code ?? signal}`);
  });
  try {
    const [message] = await Promise.race([once(child, "message"), ended]);
    return String(message);
  } finally {
    watch.abort();
  }
}

describe("processes that begin at once", () => {
  it("never get one folder both, also when a dead one's lock lies there", async () => {
    const dir = emptyFolder();
    const children = Array.from({ length: PROCESSES }, () =>
      fork(CHILD, [dir], { execArgv: ["--import", "tsx"] }),
    );
    onTestFinished(() => {
      for (const child of children) child.kill("SIGKILL");
    });
    await Promise.all(children.map(messageOf));
    let got = 0;
    for (let round = 0; round < ROUNDS; round++) {
      writeFileSync(join(dir, "lock.4194999.77"), "");
      const answers = await ask(children, "lock");
      const owners = answers.filter((answer) => answer === "got").length;
      expect(owners, answers.join("\n")).toBeLessThanOrEqual(1);
      const refusals = answers.filter((answer) => answer.includes("is in use by process"));
      expect(owners + refusals.length, answers.join("\n")).toBe(PROCESSES);
      got += owners;
      expect(await ask(children, "unlock")).toEqual(Array(PROCESSES).fill("unlocked"));
    }
    expect(got).toBeGreaterThan(0);
  });
});
