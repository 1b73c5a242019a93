import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { Delivery } from "../../src/emit/delivery/delivery.ts";
import { parseOutputs } from "../../src/emit/delivery/output-spec.ts";
import { EveWriter } from "../../src/emit/eve/eve.ts";
import { bundledCaptures } from "../../test/support/bundled-captures.ts";
import { KafkaBroker } from "../../test/support/kafka-broker.ts";
import { KAFKA_VERSION, missingForKafka } from "../../test/support/kafka-tools.ts";
import { outputSettings } from "../../test/support/output-settings.ts";
import { runFiles } from "../../test/support/run-capture.ts";
import { type Figure, median } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { RtpTraffic } from "../rtp-traffic.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const ALERTS = 200_000;
const TURN_ALERTS = 200;
const STREAMS = 10_000;
/** Between two turns of the event loop, as live capture takes them (src/capture/pcap-source.ts). */
const SLICE_MS = 4;
const SLICE_PACKETS = 1_000;
const ALERTS_PER_S = 20_000;
const ROUND_MS = 700;
const ROUNDS = 15;
/** Beside packets the broker takes what the sensor leaves: in the field it is another machine. */
const BROKER_NICENESS = 15;
const DRAIN_MS = 120_000;
const MIB = 1 << 20;

/** An alert as rules raise it, and its EVE line. */
interface Sample {
  readonly alert: Alert;
  readonly line: string;
}

/** Offers alert number `n`. */
type Raise = (n: number) => void;

/** Alerts through spool and delivery thread to a real broker, and what that costs the packet path. */
export async function benchKafka(): Promise<Figure[]> {
  const missing = missingForKafka();
  if (missing !== "") return [];
  const samples = await sampleAlerts();
  const temporary = new TemporaryFolder("sipsentry-bench-");
  const dir = temporary.path;
  const figures: Figure[] = [];
  try {
    await withBroker(0, async (broker) => {
      for (const compression of ["gzip", "none"] as const) {
        figures.push(await throughput(broker, join(dir, compression), compression, samples));
      }
    });
    await withBroker(BROKER_NICENESS, async (broker) => {
      figures.push(...(await besidePackets(broker, join(dir, "beside"), samples)));
    });
    return figures;
  } finally {
    temporary.remove();
  }
}

async function withBroker(
  niceness: number,
  use: (broker: KafkaBroker) => Promise<void>,
): Promise<void> {
  const broker = await KafkaBroker.start({ niceness });
  try {
    await use(broker);
  } finally {
    await broker.close();
  }
}

/** What the shipped rules say to the bundled captures. */
async function sampleAlerts(): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const { path } of bundledCaptures()) {
    const { alerts, lines } = await runFiles([path]);
    for (const [index, alert] of alerts.entries()) {
      samples.push({ alert, line: lines[index] ?? "" });
    }
  }
  return samples;
}

async function open(
  broker: KafkaBroker,
  dir: string,
  compression: "gzip" | "none",
): Promise<Delivery> {
  const topic = dir.replace(/\W+/g, "-");
  await broker.createTopic(topic, { partitions: 3 });
  const settings = outputSettings({ kafka: { compression } });
  return new Delivery({
    spool: {
      dir,
      maxBytes: 2_048 * MIB,
      segmentBytes: 16 * MIB,
      memoryBytes: 64 * MIB,
      syncMs: 1_000,
    },
    outputs: parseOutputs([`kafka://${broker.plain}/${topic}`], settings, {}).network,
    onLine: (_level, line) => process.stderr.write(`${line}\n`),
  });
}

/** Lines that are ready, as another id each. */
function raiseLines(delivery: Delivery, samples: readonly Sample[]): Raise {
  return (n) => {
    const { alert, line } = samples[n % samples.length] as Sample;
    const severity = alert.signature.severity;
    delivery.offer({ severity, alertId: `bench-${n}`, key: alert.srcIp, line });
  };
}

/** The EVE line is made, too. */
function raiseAlerts(delivery: Delivery, samples: readonly Sample[]): Raise {
  const writer = new EveWriter({ ...defaultConfig().eve, isReplay: false, interfaceName: "eth0" });
  return (n) => {
    const { alert } = samples[n % samples.length] as Sample;
    const line = writer.alert(alert);
    const severity = alert.signature.severity;
    delivery.offer({ severity, alertId: `bench-${n}`, key: alert.srcIp, line });
  };
}

async function drained(delivery: Delivery): Promise<void> {
  const left = await delivery.drain(DRAIN_MS);
  if (left.length > 0)
    throw new Error(
      `${left[0]?.left} alerts have not arrived: ${delivery.snapshot().outputs[0]?.problem}`,
    );
}

async function throughput(
  broker: KafkaBroker,
  dir: string,
  compression: "gzip" | "none",
  samples: readonly Sample[],
): Promise<Figure> {
  const delivery = await open(broker, dir, compression);
  const raise = raiseLines(delivery, samples);
  let n = 0;
  const some = async (count: number) => {
    const cpuStart = process.cpuUsage();
    const start = performance.now();
    for (const end = n + count; n < end; await turn()) {
      for (let i = 0; i < TURN_ALERTS; i++) raise(n++);
    }
    await drained(delivery);
    const { user, system } = process.cpuUsage(cpuStart);
    return { ms: performance.now() - start, cpuMs: (user + system) / 1_000 };
  };
  await some(ALERTS / 4);
  const { cpuMs, ms } = await some(ALERTS);
  await delivery.close();
  const bytes = samples.reduce((sum, { line }) => sum + line.length, 0) / samples.length;
  return {
    name: `alerts to Kafka ${KAFKA_VERSION}: spool, delivery thread, acknowledged (${compression})`,
    value: (ALERTS / ms) * 1_000,
    unit: "alerts/s",
    target: ALERTS_PER_S,
    byCpu: (ALERTS / cpuMs) * 1_000,
    note: `${ALERTS.toLocaleString("en")} of ${Math.round(bytes)} characters; the broker on the same cores`,
  };
}

interface Round {
  /** Of a packet, by the clock on the wall. */
  readonly wallNs: number;
  /** CPU time of the packet thread between slices, for each packet. */
  readonly betweenNs: number;
  readonly packetsEach: number;
}

async function besidePackets(
  broker: KafkaBroker,
  dir: string,
  samples: readonly Sample[],
): Promise<Figure[]> {
  const delivery = await open(broker, dir, "gzip");
  const { pipeline } = pipelineOf();
  const traffic = new RtpTraffic(STREAMS, "half");
  traffic.announce(pipeline);
  let n = 0;
  const round = async (raise: Raise | null): Promise<Round> => {
    const start = performance.now();
    let betweenNs = 0;
    let packets = 0;
    let raised = 0;
    let ms = 0;
    while (ms < ROUND_MS) {
      for (const end = ms + SLICE_MS; ms < end; ms = performance.now() - start) {
        traffic.run(pipeline, SLICE_PACKETS);
        packets += SLICE_PACKETS;
      }
      const before = threadCpuNs();
      const due = raise === null ? 0 : Math.floor((ms * ALERTS_PER_S) / 1_000);
      for (; raised < due; raised++) raise?.(n++);
      await turn();
      betweenNs += threadCpuNs() - before;
      ms = performance.now() - start;
    }
    return {
      wallNs: (ms * 1e6) / packets,
      betweenNs: betweenNs / packets,
      packetsEach: packets / Math.max(raised, 1),
    };
  };
  for (let i = 0; i < 4; i++) await round(null);
  const figures: Figure[] = [];
  const streams = {
    "alert lines into delivery": raiseLines(delivery, samples),
    "alerts into EVE lines and delivery": raiseAlerts(delivery, samples),
  };
  for (const [name, raise] of Object.entries(streams)) {
    const slower: number[] = [];
    const alertUs: number[] = [];
    const aloneNs: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const beside = await round(raise);
      await drained(delivery);
      await sleep(50);
      const alone = await round(null);
      const alertsNs = beside.betweenNs - alone.betweenNs;
      aloneNs.push(alone.wallNs);
      slower.push(beside.wallNs / alone.wallNs - 1);
      alertUs.push((alertsNs * beside.packetsEach) / 1_000);
    }
    figures.push({
      name: `RTP packet path beside ${ALERTS_PER_S.toLocaleString("en")} ${name} a second`,
      value: 100 * median(slower),
      unit: "% slower",
      target: 10,
      isAtMost: true,
      byCpu: (100 * median(alertUs) * ALERTS_PER_S) / 1e6,
      note: `${(1e3 / median(aloneNs)).toFixed(1)} M packets/s alone; an alert takes ${median(alertUs).toFixed(1)} µs of the packet thread: by CPU, percent of its second`,
    });
  }
  await delivery.close();
  return figures;
}

/** CPU time of this thread alone (Linux). */
function threadCpuNs(): number {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]);
}
