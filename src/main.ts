#!/usr/bin/env node
import { runProgram } from "./commands/program.ts";

/** Time for what is under way to end by itself. */
const EXIT_MS = 100;

process.exitCode = await runProgram(process.argv);
// libpcap's native handle outlives its capture and would keep the process.
setTimeout(() => process.exit(), EXIT_MS).unref();
