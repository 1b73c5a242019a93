#!/usr/bin/env node
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

/** Time for what is under way to end by itself. */
const EXIT_MS = 100;

inlineLess();
keepCompiledCode();
const { runProgram } = await import("./commands/program.ts");
process.exitCode = await runProgram(process.argv);
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

/**
 * Node.js from 22.1 on keeps compiled code between runs, which is a good part of the time that a small replay takes.
 * In the user's own cache folder: what lies there is run, so it must not be one that others write to.
 */
function keepCompiledCode(): void {
  const enable: unknown = Reflect.get(nodeModule, "enableCompileCache");
  if (typeof enable !== "function") return;
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME } = process.env;
  try {
    enable(NODE_COMPILE_CACHE ?? join(XDG_CACHE_HOME || join(homedir(), ".cache"), "sipsentry"));
  } catch {
    // A user without a home folder, as in containers: it only takes longer.
  }
}
