import { writeSync } from "node:fs";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Delivery } from "../../src/emit/delivery/delivery.ts";
import { parseOutputs } from "../../src/emit/delivery/output-spec.ts";
import { outputSettings } from "../support/output-settings.ts";
import { alerts } from "./sink-settings.ts";

/**
 * A sensor that a test kills: `sensor-child.ts SPOOL_DIR OUTPUT FIRST`. It raises alerts from number FIRST
 * on for as long as it lives, and says each number that is on disk, with how many wait for the broker.
 * FIRST 0 raises none, and ends when all have arrived.
 */
const [dir = "", output = "", firstText = ""] = process.argv.slice(2);
const first = Number(firstText);
const TURN = 40;

const delivery = new Delivery({
  spool: { dir, maxBytes: 1 << 30, segmentBytes: 1 << 20, memoryBytes: 1 << 26, syncMs: 1_000 },
  outputs: parseOutputs([output], outputSettings({ kafka: { requestTimeoutMs: 2_000 } }), {})
    .network,
  onLine: (_level, line) => process.stderr.write(`${line}\n`),
});

if (first === 0) {
  const left = await delivery.drain(150_000);
  await delivery.close();
  process.exitCode = left.length === 0 ? 0 : 1;
} else {
  for (let next = first; ; next += TURN) {
    for (const record of alerts(TURN, { first: next, fill: "x".repeat(300) })) {
      delivery.offer(record);
    }
    await turn();
    await turn();
    // At once, not through a stream: what is said after this line is true even when the process dies.
    writeSync(1, `${next + TURN - 1} ${delivery.left()[0]?.left ?? 0}\n`);
    await sleep(2);
  }
}
