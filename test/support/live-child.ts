import { createHash } from "node:crypto";
import { CaptureError } from "../../src/capture/capture-error.ts";
import type { LiveBackend } from "../../src/capture/live-capture.ts";
import { openLive } from "../../src/capture/live-source.ts";

/**
 * Captures on an interface until SIGTERM, in a process of its own so that it can be put into a
 * network namespace: `live-child.ts INTERFACE BACKEND BPF WORK_US`. Notices go to standard error, the
 * result as JSON to standard output. WORK_US is how long each packet keeps it busy.
 */
const [device = "", backend = "auto", bpf = "", workUs = "0"] = process.argv.slice(2);
const source = openLive({
  interface: device,
  bpf,
  backend: backend as LiveBackend | "auto",
  onNotice: (line) => process.stderr.write(`${line}\n`),
});
process.on("SIGTERM", () => source.close());

const digests: string[] = [];
let latestUs = 0;
let isOrdered = true;
/** Longest time without a turn for timers, from the first packet on. */
let gapMs = 0;
let tickMs = performance.now();
setInterval(() => {
  if (digests.length > 0) gapMs = Math.max(gapMs, performance.now() - tickMs);
  tickMs = performance.now();
}, 5).unref();

try {
  const end = await source.run((frame) => {
    if (digests.length === 0) tickMs = performance.now();
    const untilMs = performance.now() + Number(workUs) / 1000;
    if (digests.length < 100_000) {
      const packet = frame.bytes.subarray(frame.start, frame.end);
      digests.push(createHash("md5").update(packet).digest("hex").slice(0, 8));
    }
    isOrdered &&= frame.timeUs >= latestUs && Math.abs(frame.timeUs / 1000 - Date.now()) < 60_000;
    latestUs = frame.timeUs;
    while (performance.now() < untilMs);
  });
  const { counters } = source;
  process.stdout.write(
    JSON.stringify({ ...end, counters, backend: source.backend, isOrdered, gapMs, digests }),
  );
} catch (error) {
  if (!(error instanceof CaptureError)) throw error;
  process.stdout.write(JSON.stringify({ error: error.message, exitCode: error.exitCode }));
}
