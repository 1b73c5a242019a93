import { chmodSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CompiledProgram } from "../../../src/commands/compiled-program.ts";
import { folderOfFile } from "../../support/temporary-folder.ts";

const root = folderOfFile();
const folder = join(root, "kept");
const path = join(root, "program.js");

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program whose code has that hash and gives that number. */
function write(hash: string, answer: number, at = path): void {
  writeFileSync(
    at,
    `(function (exports, require, module, scriptPath) { "use strict"; // ${hash}
exports.answer = () => ${answer};
exports.trace = () => new Error().stack;
exports.path = scriptPath;
exports.separator = require("node:path").sep;
})
`,
  );
}

const ONE = "1".repeat(32);
const TWO = "2".repeat(32);

function answerOf({ exports }: CompiledProgram): number {
  return (exports as { answer(): number }).answer();
}

test("what a run compiled is there for the next one", () => {
  write(ONE, 41);
  const first = new CompiledProgram(path, folder);
  expect(first.wasCompiled).toBe(false);
  expect(answerOf(first)).toBe(41);
  expect(first.exports).toMatchObject({ path, separator: "/" });
  first.keep();
  const second = new CompiledProgram(path, folder);
  expect(second.wasCompiled).toBe(true);
  expect(answerOf(second)).toBe(41);
});

test("another program of the same length is compiled anew", () => {
  write(ONE, 41);
  new CompiledProgram(path, folder).keep();
  write(TWO, 42);
  const other = new CompiledProgram(path, folder);
  expect(other.wasCompiled).toBe(false);
  expect(answerOf(other)).toBe(42);
});

test("a copy of the same build elsewhere names its own path in a stack trace", () => {
  write(ONE, 41);
  const first = new CompiledProgram(path, folder);
  (first.exports as { trace(): string }).trace();
  first.keep();
  const elsewhere = join(root, "copied.js");
  write(ONE, 41, elsewhere);
  const copy = new CompiledProgram(elsewhere, folder);
  expect((copy.exports as { trace(): string }).trace()).toContain(`${elsewhere}:3:`);
});

test("what others could have written is not run", () => {
  write(ONE, 41);
  new CompiledProgram(path, folder).keep();
  const [name = ""] = readdirSync(folder);
  chmodSync(join(folder, name), 0o620);
  expect(new CompiledProgram(path, folder).wasCompiled).toBe(false);
});

test("a file that lost a part is compiled anew, and replaced", () => {
  write(ONE, 41);
  new CompiledProgram(path, folder).keep();
  const [name = ""] = readdirSync(folder);
  const whole = readFileSync(join(folder, name));
  for (const damaged of [whole.fill(0, 40, 200), whole.subarray(0, 20), Buffer.alloc(3)]) {
    writeFileSync(join(folder, name), damaged);
    const program = new CompiledProgram(path, folder);
    expect(program.wasCompiled).toBe(false);
    expect(answerOf(program)).toBe(41);
    program.keep();
    expect(new CompiledProgram(path, folder).wasCompiled).toBe(true);
  }
});

test("of many builds four are kept, the latest ones", () => {
  for (let build = 1; build <= 6; build++) {
    write(`${build}`.repeat(32), build);
    new CompiledProgram(path, folder).keep();
    for (const name of readdirSync(folder)) {
      if (name.startsWith(`${build}`)) utimesSync(join(folder, name), build, build);
    }
  }
  expect(readdirSync(folder).map((name) => name[0])).toEqual(["3", "4", "5", "6"]);
});

test("where nothing can be kept it runs all the same", () => {
  write(ONE, 41);
  const program = new CompiledProgram(path, join(path, "below a file"));
  program.keep();
  expect(answerOf(program)).toBe(41);
  const homeless = new CompiledProgram(path, "");
  homeless.keep();
  expect(answerOf(homeless)).toBe(41);
});
