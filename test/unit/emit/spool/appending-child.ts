import { writeSync } from "node:fs";
import { SpoolWriter } from "../../../../src/emit/spool/spool-writer.ts";

/** Appends until it is killed. Standard output: the sequence it began after, then what is on disk, a line each. */

const [dir = "", run = ""] = process.argv.slice(2);
const STDOUT = 1;
const SIZES = [10, 1_200, 300, 40_000, 90];

const writer = SpoolWriter.open({
  dir,
  maxBytes: 1 << 30,
  segmentBytes: 1 << 18,
  memoryBytes: 1 << 20,
  syncMs: 50,
  onProblem: (line) => writeSync(STDOUT, `${line}\n`),
});
writer.onWritten = (last) => writeSync(STDOUT, `${last}\n`);
writeSync(STDOUT, `${writer.lastSequence}\n`);

let n = 0;
function turn(): void {
  for (let i = 0; i < 40; i++) {
    n++;
    const size = SIZES[n % SIZES.length] as number;
    writer.append({
      severity: 1 + (n % 3),
      alertId: `${run}.${n}`,
      key: `host${n % 7}`,
      line: "x".repeat(size),
    });
  }
  setImmediate(turn);
}
turn();
