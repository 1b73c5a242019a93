import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MODULE = fileURLToPath(new URL("../../../src/commands/young-space.ts", import.meta.url));

/** Keeps what it makes: much at once, then some 60 MiB a second as a sensor would not in a storm. Gives what V8 has for new objects after each. */
function youngSpaceMib(begin: string): { start: number; end: number } {
  const script = `
    const { getHeapSpaceStatistics } = require("node:v8");
    const mib = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size / 2 ** 20;
    const kept = [];
    const keep = (count) => { for (let i = 0; i < count; i++) kept.push({ i }); };
    ${begin}
    keep(200_000);
    const start = mib();
    const turn = () => {
      keep(1_000);
      if (kept.length < 600_000) setTimeout(turn, 1);
      else { console.log(JSON.stringify({ start, end: mib() })); process.exit(); }
    };
    turn();`;
  const node = ["--import", "tsx", "-e", script];
  return JSON.parse(execFileSync(process.execPath, node, { encoding: "utf8" }));
}

test("what V8 keeps for new objects does not grow at the start, and later to half of what V8 would take", () => {
  const own = youngSpaceMib("");
  const bounded = youngSpaceMib(`require(${JSON.stringify(MODULE)}).boundYoungSpace();`);
  expect(own.start).toBeGreaterThan(4);
  expect(own.end).toBeGreaterThan(16);
  expect(bounded.start).toBeLessThan(own.start);
  expect(bounded.end).toBeGreaterThan(bounded.start);
  expect(bounded.end).toBeLessThanOrEqual(16);
});
