#!/usr/bin/env node
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { IS_BUILT } from "./base/package-root.ts";
import { CompiledProgram } from "./commands/compiled-program.ts";
import { boundYoungSpace } from "./commands/young-space.ts";

type Program = typeof import("./commands/program.ts");

/** Time for what is under way to end by itself. */
const EXIT_MS = 100;

inlineLess();
const endYoungSpace = boundYoungSpace();
const cacheFolder = ownCacheFolder();
keepCompiledPackages(cacheFolder);
if (IS_BUILT) {
  const program = new CompiledProgram(
    fileURLToPath(new URL("program.js", import.meta.url)),
    cacheFolder,
  );
  const { readAnyConfig, runProgram } = program.exports as unknown as Program;
  process.exitCode = await runProgram(process.argv);
  endYoungSpace();
  // What a replay needs is most of what any command does.
  if (process.argv[2] === "replay") program.keep(readAnyConfig);
} else {
  // By a name that the bundler does not follow: it makes a script of its own of this module.
  const path = "./commands/program.ts";
  const { runProgram }: Program = await import(path);
  process.exitCode = await runProgram(process.argv);
  endYoungSpace();
}
// libpcap's native handle outlives its capture and would keep the process.
setTimeout(() => process.exit(), EXIT_MS).unref();

/**
 * A message passes some hundred small functions, and V8 compiles each of them once by itself and again inside its
 * callers, theirs, and so on. With a quarter of the budget for that there is less to compile, and the code is a quarter
 * smaller, so that more of it stays in the processor's caches. Those of a line or two go in all the same: a packet of media
 * passes some sixty of them, and calling each costs more than what it does.
 */
function inlineLess(): void {
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=250");
  setFlagsFromString("--max-inlined-bytecode-size-small=60");
}

/** For what is compiled; "" where the user has no home. It must not be a folder that others write to. */
function ownCacheFolder(): string {
  const { XDG_CACHE_HOME = "" } = process.env;
  try {
    const folder = XDG_CACHE_HOME || join(homedir(), ".cache");
    return isAbsolute(folder) ? join(folder, "sipsentry") : "";
  } catch {
    return "";
  }
}

/** Node.js from 22.1 on keeps compiled code of the packages that lie outside of the program, too. */
function keepCompiledPackages(folder: string): void {
  const enable: unknown = Reflect.get(nodeModule, "enableCompileCache");
  if (typeof enable === "function" && folder !== "")
    enable(process.env.NODE_COMPILE_CACHE ?? folder);
}
