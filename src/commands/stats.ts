import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { printable } from "../emit/eve/eve-text.ts";
import { listenAddressOf, listenText } from "../emit/metrics/listen-address.ts";
import type { StatsPage } from "../emit/metrics/stats-page.ts";
import { type StatsRates, statsText } from "../emit/metrics/stats-text.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { addCommonOptions, type CommonOptions, configOf, parseWhole } from "./options.ts";
import type { Finish } from "./run.ts";
import { onStopSignal } from "./stop-signal.ts";

interface StatsOptions extends CommonOptions {
  readonly url?: string;
  readonly json: boolean;
  readonly watch?: number;
}

const ANSWER_MS = 5_000;
const ANSWER_BYTES_MAX = 8_388_608;
const LINE_MAX = 1_000;
const CLEAR_SCREEN = "\x1b[H\x1b[2J\x1b[3J";

/** `sipsentry stats`: reads what a running `live` shows at `metrics.listen`. */
export function addStats(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("stats")
    .description("Show what a running sensor has seen and how it is.")
    .option(
      "--url <url>",
      "where the sensor listens, such as http://127.0.0.1:9790; by default metrics.listen of the configuration",
      parseUrl,
    )
    .option("--json", "print the answer as JSON, a line each", false)
    .option("--watch <seconds>", "go on, with rates, until SIGINT", parseWhole(1, 86_400));
  addCommonOptions(command).action(async (options: StatsOptions) => {
    const url = options.url ?? urlOf(configOf(options, messages).metrics.listen);
    await showStats(`${url}/stats`, options);
    finish(ExitCode.OK);
  });
}

async function showStats(url: string, { json, watch }: StatsOptions): Promise<void> {
  const stop = new AbortController();
  const removeHandlers = onStopSignal(() => stop.abort());
  let last: { page: StatsPage; atMs: number } | null = null;
  try {
    for (;;) {
      const text = await read(url, stop.signal);
      const page = pageOf(text, url);
      const atMs = Date.now();
      if (json) process.stdout.write(`${text.trimEnd()}\n`);
      else print(render(page, atMs, last === null ? null : ratesOf(last, page, atMs), url), watch);
      if (watch === undefined) return;
      last = { page, atMs };
      await sleep(1e3 * watch, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    removeHandlers();
  }
}

function ratesOf(
  last: { readonly page: StatsPage; readonly atMs: number },
  page: StatsPage,
  atMs: number,
): StatsRates | null {
  const packets = page.packets.total - last.page.packets.total;
  // A sensor that was started anew counts from 0.
  if (packets < 0 || atMs <= last.atMs) return null;
  return {
    seconds: (atMs - last.atMs) / 1e3,
    packets,
    bytes: page.packets.bytes - last.page.packets.bytes,
    alerts: page.alerts.total - last.page.alerts.total,
  };
}

function render(page: StatsPage, atMs: number, rates: StatsRates | null, url: string): string {
  try {
    return statsText(page, atMs, rates);
  } catch {
    throw noSensor(url);
  }
}

/** What comes over the network does not steer the terminal. */
function print(text: string, watch: number | undefined): void {
  const isRedrawn = watch !== undefined && process.stdout.isTTY === true;
  const lines = text.trimEnd().split("\n");
  const safe = lines.map((line) => printable(line, LINE_MAX)).join("\n");
  process.stdout.write(
    `${isRedrawn ? CLEAR_SCREEN : ""}${safe}\n${isRedrawn || watch === undefined ? "" : "\n"}`,
  );
}

async function read(url: string, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    const limit = AbortSignal.timeout(ANSWER_MS);
    response = await fetch(url, { signal: AbortSignal.any([signal, limit]), redirect: "error" });
    if (!response.ok) {
      throw new CommandError(ExitCode.FAILED, [
        `${url}: answers ${response.status}; give --url of a sipsentry that runs`,
      ]);
    }
    return await textOf(response, url);
  } catch (error) {
    if (error instanceof CommandError || signal.aborted) throw error;
    throw new CommandError(ExitCode.FAILED, [`${url}: ${reasonOf(error)}`]);
  }
}

async function textOf(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw noSensor(url);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function pageOf(text: string, url: string): StatsPage {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch {
    throw noSensor(url);
  }
  const isPage =
    typeof page === "object" &&
    page !== null &&
    "sensor" in page &&
    "schema" in page &&
    String(page.schema).startsWith("summary/1.");
  if (!isPage) throw noSensor(url);
  return page as StatsPage;
}

function noSensor(url: string): CommandError {
  return new CommandError(ExitCode.FAILED, [
    `${url}: the answer is not that of a sipsentry of this version; give the right --url`,
  ]);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError")
    return `no answer within ${ANSWER_MS / 1e3} s; is the sensor overloaded?`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there; is sipsentry live running, with this metrics.listen?";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "no such host; give --url http://HOST:PORT";
    default:
      return cause instanceof Error ? cause.message : String(error);
  }
}

/** Of `metrics.listen`; what listens on all addresses also does on the loopback. */
function urlOf(listen: string): string {
  if (listen === "") {
    throw new CommandError(ExitCode.USAGE, [
      "metrics.listen is empty in this configuration, so a sensor shows nothing; give --url",
    ]);
  }
  const address = listenAddressOf(listen);
  if (address === null) {
    throw new CommandError(ExitCode.BAD_CONFIG, [
      `metrics.listen: "${listen}" is not HOST:PORT, such as 127.0.0.1:9790`,
    ]);
  }
  const host = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address.host] ?? address.host;
  return `http://${listenText({ host, port: address.port })}`;
}

function parseUrl(value: string): string {
  const text = /^https?:\/\//.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) throw new InvalidArgumentError("Expected http://HOST:PORT.");
  return text.replace(/\/(stats)?\/*$/, "");
}
