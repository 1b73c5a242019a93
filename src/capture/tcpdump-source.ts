import { type ChildProcess, spawn } from "node:child_process";
import { StreamBytes } from "./byte-source.ts";
import { CaptureError, filterError, openingError } from "./capture-error.ts";
import { CaptureStream } from "./capture-stream.ts";
import type { Frame, SourceEnd } from "./frame.ts";
import {
  CLOSE_GRACE_MS,
  LiveCounters,
  type LiveSettings,
  type LiveSource,
  type LiveState,
} from "./live-capture.ts";
import { CaptureCursor } from "./time-merge.ts";

const READ_BYTES = 256 * 1024;
/** tcpdump says little; what is kept of it is for one message. */
const MESSAGES_MAX = 20;
const MESSAGE_CHARACTERS_MAX = 500;
const KILL_AFTER_MS = 2000;

/**
 * Live capture by a `tcpdump` child: nothing native in this process, and only tcpdump needs the
 * right to capture. Its standard output is read as any capture on standard input.
 */
export class TcpdumpSource implements LiveSource {
  readonly backend = "tcpdump";
  readonly interface: string;
  state: LiveState = "starting";
  /**
   * Drops are known at the end only: the signal that makes tcpdump print them in between can also
   * cut the packet that it is writing.
   */
  readonly counters = new LiveCounters();
  readonly #settings: LiveSettings;
  readonly #messages: string[] = [];
  #child: ChildProcess | null = null;
  #closing = false;

  constructor(settings: LiveSettings) {
    this.#settings = settings;
    this.interface = settings.interface;
  }

  /** Rejects with `CaptureError` when the capture cannot start. */
  async run(onFrame: (frame: Frame) => void): Promise<SourceEnd> {
    if (this.#closing) return { packets: 0, problems: [] };
    const child = spawn("tcpdump", tcpdumpArguments(this.#settings), {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
    });
    this.#child = child;
    const ended = endOf(child);
    this.#readMessages(child);
    const stream = new CaptureStream(new StreamBytes(child.stdout), {
      name: this.#settings.interface,
      cure: "tcpdump stopped early",
      blockBytes: READ_BYTES,
    });
    // A child on a silent link would not notice that we ended at once.
    const onExit = () => this.#kill("SIGKILL");
    process.on("exit", onExit);
    try {
      const isCapture = await stream.open();
      if (isCapture) await this.#handOver(stream, onFrame);
      const error = await ended;
      if (!isCapture && !this.#closing) throw this.#openingError(error);
      return { packets: this.counters.received, problems: this.#problems(stream, child) };
    } finally {
      this.state = "ended";
      process.off("exit", onExit);
      await stream.close();
      this.#kill("SIGKILL");
    }
  }

  /** tcpdump is asked to end; it writes out what it has. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    setTimeout(() => this.#kill("SIGINT"), CLOSE_GRACE_MS);
    setTimeout(() => this.#kill("SIGKILL"), KILL_AFTER_MS).unref();
  }

  async #handOver(stream: CaptureStream, onFrame: (frame: Frame) => void): Promise<void> {
    const cursor = new CaptureCursor(stream, 0);
    const { frame } = cursor;
    while (await cursor.advance()) {
      do {
        frame.number = ++this.counters.received;
        onFrame(frame);
      } while (stream.next(frame));
    }
  }

  #readMessages(child: ChildProcess): void {
    let rest = "";
    child.stderr?.setEncoding("latin1").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-MESSAGE_CHARACTERS_MAX);
      for (const line of lines) this.#readMessage(line.slice(0, MESSAGE_CHARACTERS_MAX));
    });
  }

  #readMessage(line: string): void {
    const kernelDropped = /(\d+) packets? dropped by kernel/.exec(line)?.[1];
    const interfaceDropped = /(\d+) packets? dropped by interface/.exec(line)?.[1];
    if (kernelDropped !== undefined) this.counters.kernelDropped = Number(kernelDropped);
    if (interfaceDropped !== undefined) this.counters.interfaceDropped = Number(interfaceDropped);
    if (/\d+ packets? (captured|received|dropped)/.test(line)) return;
    if (line.includes("listening on")) {
      if (this.state === "starting") {
        this.state = "open";
        this.#settings.onOpen();
      }
      this.#settings.onNotice(`listening on ${this.#settings.interface} (tcpdump)`);
      return;
    }
    this.#messages.push(line.replace(/^tcpdump: /, ""));
    if (this.#messages.length > MESSAGES_MAX) this.#messages.shift();
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#child !== null && this.#child.exitCode === null) this.#child.kill(signal);
  }

  #openingError(error: NodeJS.ErrnoException | null): CaptureError {
    if (error?.code === "ENOENT") {
      return new CaptureError("tcpdump is not installed (apt-get install tcpdump)", 1);
    }
    const message = error?.message ?? this.#messages.join(" ");
    const filterMessage = /filter expression: (.*)|(unknown host .*|.*in filter.*)/.exec(message);
    const { bpf } = this.#settings;
    if (bpf !== "" && filterMessage !== null) {
      return filterError(bpf, filterMessage[1] ?? filterMessage[2] ?? message);
    }
    return openingError(this.#settings.interface, message, "tcpdump");
  }

  #problems(stream: CaptureStream, child: ChildProcess): string[] {
    if (this.#closing) return [];
    const said = this.#messages.at(-1) ?? `exit code ${child.exitCode ?? child.signalCode}`;
    const what = /went down|disappeared|is down/.test(said)
      ? "the interface is gone"
      : "tcpdump ended";
    return [
      ...stream.problems,
      `${this.#settings.interface}: ${what} (${said}); everything before was read`,
    ];
  }
}

function tcpdumpArguments(settings: LiveSettings): string[] {
  const { interface: device, bpf, snaplen, bufferMib, promiscuous, childUser } = settings;
  const options = ["-i", device, "-U", "--immediate-mode", "-w", "-", "-s", String(snaplen)];
  options.push("-B", String(bufferMib * 1024));
  if (!promiscuous) options.push("-p");
  // The same user as ours: only that one can be told to end.
  if (childUser !== "") options.push("-Z", childUser);
  // Nothing of a filter may be taken for an option.
  if (bpf !== "") options.push("--", bpf);
  return options;
}

/** Resolves when the child is gone and has said all; with the reason if it never started. */
function endOf(child: ChildProcess): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error));
    child.on("close", () => resolve(null));
  });
}
