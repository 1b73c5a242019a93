import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "./machine.ts";
import { inNamespace, interfaceCount, MIRROR, SENDER } from "./soak/network.ts";
import { Receiver } from "./soak/receiver.ts";
import { SoakSensor } from "./soak/sensor.ts";
import { Traffic } from "./soak/traffic.ts";
import { type Sample, type Verdict, verdictOf } from "./soak/verdict.ts";

/**
 * Runs `sipsentry live` on a wire with mixed traffic for long, with all outputs on, and says whether
 * memory stays flat and no packet is lost: see bench/soak/README.md. Needs root and tcpreplay.
 */

const RESULT = fileURLToPath(new URL("results/soak-latest.json", import.meta.url));

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    /** Packets per second. */
    rate: { type: "string", default: "2000" },
    /** Seconds between two samples. */
    every: { type: "string", default: "60" },
    user: { type: "string", default: "nobody" },
    json: { type: "string", default: RESULT },
    /** Leaves the folder with logs, evidence and spool. */
    keep: { type: "boolean", default: false },
    inside: { type: "boolean", default: false },
  },
});

if (process.getuid?.() !== 0) {
  process.stderr.write("soak: needs root, for a network namespace and tcpreplay\n");
  process.exitCode = 77;
} else if (values.inside) {
  process.exitCode = (await soak()) ? 0 : 1;
} else {
  process.exitCode = inNamespace([...process.argv.slice(1), "--inside"]);
}

async function soak(): Promise<boolean> {
  const on = machine([]);
  const folder = mkdtempSync(join(tmpdir(), "sipsentry-soak-"));
  // The user that the sensor becomes has to pass.
  chmodSync(folder, 0o755);
  const receiver = await Receiver.start();
  const traffic = new Traffic(join(folder, "captures"), Number(values.rate));
  const outputs = [receiver.webhook, receiver.syslog];
  const sensor = await SoakSensor.start({ folder, outputs, user: values.user });
  say(
    `${traffic.captures} captures in a loop, ${values.rate} packets/s, ${values.minutes} minutes; ${folder}`,
  );
  const problems: string[] = [];
  const samples: Sample[] = [];
  try {
    const sent = interfaceCount(SENDER, "tx_packets");
    traffic.start();
    await watch({ sensor, traffic, receiver, samples, problems, sentBefore: sent });
    traffic.stop();
    // What is in the kernel's buffer is read, and what waits for its time is delivered.
    await sleep(3_000);
    samples.push(await sampleOf(sensor, receiver, minutesSince(samples, 0), sent));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  traffic.stop();
  const exitCode = await sensor.stop();
  if (exitCode !== 0) problems.push(`the sensor ended with exit code ${exitCode}`);
  const last = samples.at(-1);
  if (last !== undefined && last.seen < last.sent) {
    problems.push(`${last.sent - last.seen} of ${last.sent} packets were not seen`);
  }
  const rxDropped = interfaceCount(MIRROR, "rx_dropped");
  if (rxDropped > 0) problems.push(`the kernel dropped ${rxDropped} packets at the interface`);
  const verdict = verdictOf(samples, problems);
  say(sensor.stderr.trimEnd());
  tell(verdict);
  const result = {
    machine: on,
    command: `bench/soak.ts --minutes ${values.minutes} --rate ${values.rate}`,
    verdict,
    exitCode,
    webhook: { records: receiver.webhookRecords, refused: receiver.refused },
    syslogRecords: receiver.syslogRecords,
    samples,
    said: sensor.stderr.split("\n").slice(-50),
  };
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  receiver.close();
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
  return verdict.isGood;
}

interface Watched {
  readonly sensor: SoakSensor;
  readonly traffic: Traffic;
  readonly receiver: Receiver;
  readonly samples: Sample[];
  readonly problems: string[];
  readonly sentBefore: number;
}

async function watch(parts: Watched): Promise<void> {
  const { sensor, traffic, receiver, samples, sentBefore } = parts;
  const minutes = Number(values.minutes);
  const startMs = performance.now();
  for (let count = 1; ; count++) {
    const dueMs = startMs + count * Number(values.every) * 1_000;
    await sleep(Math.max(0, dueMs - performance.now()));
    if (traffic.problem !== "") throw new Error(traffic.problem);
    if (sensor.ended !== undefined) throw new Error("the sensor ended");
    const minute = (performance.now() - startMs) / 60_000;
    const sample = await sampleOf(sensor, receiver, minute, sentBefore);
    samples.push(sample);
    say(lineOf(sample));
    if (minute >= minutes - 0.01) return;
    disturb(parts, Math.round(minute), minutes);
  }
}

/** What happens to a sensor in an hour: rules are reloaded, logs rotated, a receiver is down for a while. */
function disturb(parts: Watched, minute: number, minutes: number): void {
  const { sensor, receiver } = parts;
  if (minute % 10 === 5) ask(parts, "SIGUSR2");
  if (minute % 10 === 7) {
    sensor.moveEve();
    ask(parts, "SIGHUP");
  }
  receiver.isDown = minutes >= 20 && minute % 20 >= 10 && minute % 20 < 13;
}

/** A signal that nobody waits for would end the sensor. */
function ask({ sensor, problems }: Watched, signal: "SIGUSR2" | "SIGHUP"): void {
  const problem = `the sensor does not wait for ${signal}`;
  if (sensor.waitsFor(signal)) sensor.signal(signal);
  else if (!problems.includes(problem)) problems.push(problem);
}

async function sampleOf(
  sensor: SoakSensor,
  receiver: Receiver,
  minute: number,
  sentBefore: number,
): Promise<Sample> {
  // Before the sensor is asked: what is sent meanwhile must not look lost.
  const sent = interfaceCount(SENDER, "tx_packets") - sentBefore;
  const { packets, drops, ...sample } = await sensor.sample();
  return {
    minute,
    ...sample,
    sent,
    seen: packets,
    dropped: drops,
    delivered: receiver.webhookRecords,
  };
}

function minutesSince(samples: readonly Sample[], otherwise: number): number {
  return samples.at(-1)?.minute ?? otherwise;
}

function lineOf(sample: Sample): string {
  const { minute, rssMib, floorMib, heapMib, externalMib, sent, seen, dropped, alerts, delivered } =
    sample;
  const memory = `RSS ${rssMib.toFixed(1)} MiB (lowest ${floorMib.toFixed(1)}), heap ${heapMib.toFixed(1)}, external ${externalMib.toFixed(1)}`;
  return `${minute.toFixed(1).padStart(5)} min: ${memory}; packets ${sent} sent, ${seen} seen, ${dropped} dropped; ${alerts} alerts, ${delivered} records delivered, ${sample.evictions} evictions`;
}

function tell({ isGood, slopeMibPerHour, middleMib, problems }: Verdict): void {
  const slope = `${slopeMibPerHour >= 0 ? "+" : ""}${slopeMibPerHour.toFixed(1)} MiB/h around ${middleMib.toFixed(1)} MiB`;
  say(`memory over the second half: ${slope}`);
  for (const problem of problems) say(`problem: ${problem}`);
  say(isGood ? "good: memory is flat and no packet was lost" : "not good");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
