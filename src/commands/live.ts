import { type Command, Option } from "commander";
import type { Frame, SourceEnd } from "../capture/frame.ts";
import { HepSource } from "../capture/hep-source.ts";
import type { LiveBackend, LiveSource } from "../capture/live-capture.ts";
import { BUFFER_MIB_MAX } from "../capture/live-capture.ts";
import { openLive } from "../capture/live-source.ts";
import { MergedDatagrams } from "../capture/merged-datagrams.ts";
import { PACKET_BYTES_MAX } from "../capture/packet-reader.ts";
import { type ListenAddress, listenAddressOf } from "../emit/metrics/listen-address.ts";
import type { CaptureUse } from "../emit/metrics/metrics-source.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import {
  addRunOptions,
  collect,
  configOf,
  parseWhole,
  type RunOptions,
  refuseConflicts,
  withSets,
} from "./options.ts";
import { Privileges } from "./privileges.ts";
import { readRulesOrFail } from "./rule-files.ts";
import { type Finish, type RunSource, run } from "./run.ts";
import { writtenPaths } from "./written-paths.ts";

interface LiveOptions extends RunOptions {
  readonly interface: readonly string[];
  readonly hep?: string;
  readonly bpf?: string;
  readonly snaplen?: number;
  readonly buffer?: number;
  readonly capture: LiveBackend | "auto";
}

/** `sipsentry live -i IFACE ...` */
export function addLive(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("live")
    .description(
      "Watch interfaces or capture agents until SIGINT or SIGTERM, and show what passes.",
    )
    .option(
      "-i, --interface <name>",
      "interface to capture on, any for all; repeatable",
      collect,
      [],
    )
    .option(
      "--hep <address>",
      "take HEP of capture agents on HOST:PORT, UDP and TCP; short for --set hep.listen=",
    )
    .option("--bpf <filter>", "capture filter, see man pcap-filter")
    .option(
      "--snaplen <bytes>",
      "longest part of a packet to capture",
      parseWhole(64, PACKET_BYTES_MAX),
    )
    .option("--buffer <MiB>", "kernel buffer of each interface", parseWhole(1, BUFFER_MIB_MAX))
    .addOption(
      new Option(
        "--capture <backend>",
        "how to capture; auto is pcap where it is built, else tcpdump",
      )
        .choices(["auto", "pcap", "tcpdump"])
        .default("auto"),
    );
  addRunOptions(command).action(async (options: LiveOptions) => {
    finish(await live(withSets(options), messages));
  });
}

async function live(options: LiveOptions, messages: Messages): Promise<ExitCode> {
  refuseConflicts(options);
  const config = configOf(options, messages);
  const rules = readRulesOrFail(config, options, messages);
  const { capture } = config;
  const agents = hepAddress(options.hep ?? config.hep.listen);
  if (agents === null && options.interface.length === 0) {
    throw new CommandError(ExitCode.USAGE, [
      "nothing to watch: name an interface with -i, or an address for capture agents with --hep",
    ]);
  }
  const privileges = new Privileges(config.operation, writtenPaths(config, options), messages);
  privileges.prepare();
  const sources: LiveSource[] = options.interface.map((name) =>
    openLive({
      interface: name,
      bpf: options.bpf ?? "",
      snaplen: options.snaplen ?? capture.snaplen,
      bufferMib: options.buffer ?? capture.bufferMib,
      promiscuous: capture.promiscuous,
      backend: options.capture,
      childUser: privileges.user,
      onNotice: (line) => messages.info(line, { interface: name }),
      onOpen: () => source.opened(),
    }),
  );
  if (agents !== null) {
    const onNotice = (line: string) => messages.info(line, { interface: hep.interface });
    const hep = new HepSource({ ...agents, onNotice, onOpen: () => source.opened() });
    sources.push(hep);
  }
  const source = new LiveGroup(sources, messages, () => privileges.drop());
  return run({
    command: "live",
    inputs: sources.map(({ interface: name }) => name),
    source,
    config,
    rules,
    options,
    messages,
  });
}

/** Null for "", which is none; throws CommandError for what is no address. */
function hepAddress(text: string): ListenAddress | null {
  if (text === "") return null;
  const address = listenAddressOf(text);
  if (address !== null) return address;
  throw new CommandError(ExitCode.USAGE, [
    `--hep ${JSON.stringify(text)}: not HOST:PORT, as 0.0.0.0:9060 or [::]:9060`,
  ]);
}

/** Several interfaces as one source. When one cannot start, none runs; when one ends, the others go on. */
class LiveGroup implements RunSource {
  readonly #sources: readonly LiveSource[];
  readonly #messages: Messages;
  readonly #onAllOpen: () => void;
  /** What `onAllOpen` threw. */
  #refusal: unknown = null;
  #open = 0;
  #running = 0;
  #closing = false;

  /** `onAllOpen` is called once, when the last interface is open; what it throws ends the run. */
  constructor(sources: readonly LiveSource[], messages: Messages, onAllOpen: () => void) {
    this.#sources = sources;
    this.#messages = messages;
    this.#onAllOpen = onAllOpen;
  }

  /** Call it for each interface that is open. */
  opened(): void {
    if (++this.#open < this.#sources.length) return;
    try {
      this.#onAllOpen();
    } catch (error) {
      this.#refusal = error;
      this.close();
    }
  }

  get drops(): number {
    let drops = 0;
    for (const { counters } of this.#sources) {
      drops += counters.ringDropped + counters.kernelDropped + counters.interfaceDropped;
    }
    return drops;
  }

  get captures(): CaptureUse[] {
    return this.#sources.map(({ interface: name, state, counters }) => ({
      name,
      state,
      ...counters,
    }));
  }

  async run(onFrame: (frame: Frame) => void): Promise<SourceEnd> {
    const runs = this.#sources.map((source) => this.#runOne(source, onFrame));
    try {
      const ends = await Promise.all(runs);
      if (this.#refusal !== null) throw this.#refusal;
      return {
        packets: ends.reduce((sum, { packets }) => sum + packets, 0),
        problems: ends.flatMap(({ problems }) => problems),
      };
    } catch (error) {
      this.close();
      await Promise.allSettled(runs);
      throw error;
    }
  }

  /** The problems of all are told at the end; one that ends before the others is told at once too. */
  async #runOne(source: LiveSource, onFrame: (frame: Frame) => void): Promise<SourceEnd> {
    this.#running++;
    const { interface: name } = source;
    const merged = new MergedDatagrams(name, (line) =>
      this.#messages.warn(`${name}: ${line}`, { interface: name }),
    );
    const end = await source.run((frame) => {
      merged.look(frame);
      onFrame(frame);
    });
    this.#running--;
    if (this.#running > 0 && !this.#closing) {
      for (const problem of end.problems) {
        this.#messages.warn(problem, { interface: source.interface });
      }
    }
    return end;
  }

  close(): void {
    this.#closing = true;
    for (const source of this.#sources) source.close();
  }
}
