import { readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { RecordOutputs } from "../../src/commands/record-outputs.ts";
import { outputSpecs } from "../../src/commands/start-delivery.ts";
import { defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { runFiles } from "../../test/support/run-capture.ts";
import type { Asked, Ready, Round, Setup } from "./messages.ts";

/**
 * A build's way from alerts to an output, in a process of its own: `bench/alerts.ts` starts one for each build and asks
 * them in turns. `bundle.ts` puts the sources of the build in place of these imports, so only what all builds have is
 * used: their alerts for the same captures, and the class that masks an alert, makes its line, and offers it to outputs.
 */

/** 20,000 a second in turns of the event loop of 5 ms. */
const TURN_ALERTS = 100;
const ALERT_US = 50;
const FLOW_US = 1_500_000;
const START_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000;
const DRAIN_POLL_MS = 5;
const DRAIN_MS = 120_000;

const setup: Setup = JSON.parse(process.argv[2] ?? "{}");
const { build, captures, dir, isReceived, target } = setup;
const alerts: Alert[] = [];
for (const path of captures) alerts.push(...(await runFiles([path])).alerts);
const config = defaultConfig();
const outputs = new RecordOutputs({
  eve: undefined,
  specs: outputSpecs([target], config),
  types: [],
  config: { ...config, spool: { ...config.spool, dir, maxMib: 4_096 } },
  evidence: null,
  isReplay: false,
  fromStart: false,
  interfaceName: "eth0",
  onProblem: (problem) => process.stderr.write(`${build}: ${problem}\n`),
  onLine: (_level, line) => process.stderr.write(`${build}: ${line}\n`),
});
let raised = 0;

process.on("message", async (asked: Asked) => {
  if (asked.kind === "close") {
    await outputs.close();
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  }
  process.send?.(await round(asked.alerts));
});
process.send?.({ kind: "ready", alerts: alerts.length } satisfies Ready);

/** Other alerts each time: what a build keeps of one alert is of no use for the next. */
function nextAlerts(count: number): Alert[] {
  return Array.from({ length: count }, () => {
    const n = raised++;
    const alert = alerts[n % alerts.length] as Alert;
    const { callId } = alert.voip;
    // In the order of time, as alerts come.
    const timeUs = START_US + n * ALERT_US;
    const flow =
      alert.flow === undefined ? {} : { flow: { ...alert.flow, startUs: timeUs - FLOW_US } };
    return {
      ...alert,
      ...flow,
      alertId: n.toString(16).padStart(32, "0"),
      timeUs,
      flowId: alert.flowId + n,
      srcPort: 1_024 + (n % 60_000),
      voip: { ...alert.voip, ...(callId !== undefined && { callId: `${n}-${callId}` }) },
      evidence: alert.evidence.map((item) => ({ ...item, seen: `${item.seen}; ${n}` })),
    };
  });
}

async function round(count: number): Promise<Round> {
  const all = nextAlerts(count);
  // What the bench itself has made is not swept during the measurement.
  globalThis.gc?.();
  const start = performance.now();
  let characters = 0;
  let threadNs = 0;
  for (let done = 0; done < count; done += TURN_ALERTS) {
    const some = all.slice(done, done + TURN_ALERTS);
    const before = threadCpuNs();
    for (const alert of some) characters += outputs.alert(alert).length;
    await turn();
    threadNs += threadCpuNs() - before;
  }
  const raisedMs = performance.now() - start;
  if (isReceived) await drained();
  return {
    kind: "round",
    ms: performance.now() - start,
    raisedMs,
    threadUs: threadNs / 1_000 / count,
    characters: characters / count,
  };
}

async function drained(): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while ((outputs.delivery?.left().length ?? 0) > 0) {
    if (performance.now() > end) throw new Error(`${build}: alerts have not arrived`);
    await sleep(DRAIN_POLL_MS);
  }
}

/** CPU time of this thread alone (Linux). */
function threadCpuNs(): number {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]);
}
