#!/usr/bin/env node
import { runProgram } from "./commands/program.ts";

process.exitCode = await runProgram(process.argv);
for (const stream of [process.stdout, process.stderr]) await written(stream);
// The pcap module leaves its poll handle in the event loop, which would keep the process alive.
process.exit();

/** Resolves when all that was written is out, or nobody reads it any more. */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.write("", () => resolve());
  });
}
