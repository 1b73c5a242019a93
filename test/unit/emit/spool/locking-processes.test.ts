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
  const answers = children.map((child) => once(child, "message"));
  for (const child of children) child.send(order);
  return (await Promise.all(answers)).map(([answer]) => String(answer));
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
    await Promise.all(children.map((child) => once(child, "message")));
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
