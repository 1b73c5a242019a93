#!/usr/bin/env node
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** Time for what is under way to end by itself. */
const EXIT_MS = 100;

keepCompiledCode();
const { runProgram } = await import("./commands/program.ts");
process.exitCode = await runProgram(process.argv);
// libpcap's native handle outlives its capture and would keep the process.
setTimeout(() => process.exit(), EXIT_MS).unref();

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
