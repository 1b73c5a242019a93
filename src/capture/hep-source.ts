import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { CaptureError } from "./capture-error.ts";
import type { Frame, SourceEnd } from "./frame.ts";
import { HepFrames } from "./hep-frames.ts";
import { LiveCounters, type LiveSource, type LiveState } from "./live-capture.ts";

/** Agents at once, and how long one may say nothing. */
const CONNECTIONS_MAX = 256;
const IDLE_MS = 3_600_000;
const HEP3_HEADER_BYTES = 6;
const HEP3 = "HEP3";
const MESSAGE_BYTES_MAX = 65_000;
/** Ports that the system may choose for UDP until one is free for TCP as well. */
const CHOSEN_PORTS_MAX = 20;
/** Room for bursts in the kernel. */
const RECEIVE_BYTES = 8 * 1_048_576;

export interface HepOptions {
  readonly host: string;
  readonly port: number;
  readonly onNotice: (line: string) => void;
  readonly onOpen: () => void;
}

/**
 * Listens for what capture agents send (HEP, https://github.com/sipcapture/HEP), over UDP and TCP on one port.
 * Each message is handed on as the datagram that brought it; `decode/hep/` takes it apart. Over TCP there is
 * only version 3, which tells its length.
 */
export class HepSource implements LiveSource {
  readonly backend = "hep";
  readonly interface: string;
  state: LiveState = "starting";
  readonly counters = new LiveCounters();
  readonly #options: HepOptions;
  readonly #frames = new HepFrames();
  #onFrame: (frame: Frame) => void = () => {};
  #udp: UdpSocket | null = null;
  #tcp: Server | null = null;
  readonly #connections = new Set<Socket>();
  #finish: () => void = () => {};
  #isClosing = false;

  constructor(options: HepOptions) {
    this.#options = options;
    const { host, port } = options;
    this.interface = `hep:${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** Port that is listened on, which the system chooses for 0; 0 before it is open. */
  get port(): number {
    return this.#udp === null ? 0 : this.#udp.address().port;
  }

  /** Rejects with `CaptureError` when it cannot listen. */
  async run(onFrame: (frame: Frame) => void): Promise<SourceEnd> {
    if (this.#isClosing) return { packets: 0, problems: [] };
    this.#onFrame = onFrame;
    const ended = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    try {
      await this.#listen();
      this.state = "open";
      this.#options.onNotice("listening for HEP");
      this.#options.onOpen();
      await ended;
    } catch (error) {
      throw listenError(this.interface, error as NodeJS.ErrnoException);
    } finally {
      this.state = "ended";
      this.#stop();
    }
    return { packets: this.counters.received, problems: [] };
  }

  close(): void {
    this.#isClosing = true;
    this.#finish();
  }

  /** A port that the system chooses for UDP can be in use for TCP: then it is asked for another one. */
  async #listen(): Promise<void> {
    const { port } = this.#options;
    for (let left = port === 0 ? CHOSEN_PORTS_MAX : 1; this.#tcp === null; left--) {
      try {
        await this.#listenUdp();
        await this.#listenTcp(this.port);
      } catch (error) {
        if (left <= 1 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
        this.#udp?.close();
        this.#udp = null;
      }
    }
  }

  async #listenUdp(): Promise<void> {
    const { host, port } = this.#options;
    const udp = createSocket({
      type: isIPv6(host) ? "udp6" : "udp4",
      recvBufferSize: RECEIVE_BYTES,
    });
    await new Promise<void>((resolve, reject) => {
      udp.once("error", reject).bind(port, host, () => {
        udp.off("error", reject);
        resolve();
      });
    });
    this.#udp = udp;
    udp.on("error", () => {});
    udp.on("message", (bytes, from) => this.#datagram(bytes, from));
  }

  async #listenTcp(port: number): Promise<void> {
    const tcp = createServer((socket) => this.#connected(socket));
    tcp.maxConnections = CONNECTIONS_MAX;
    await new Promise<void>((resolve, reject) => {
      tcp.once("error", reject).listen(port, this.#options.host, resolve);
    });
    this.#tcp = tcp;
  }

  #stop(): void {
    this.#udp?.close();
    this.#tcp?.close();
    this.#udp = null;
    this.#tcp = null;
    for (const socket of this.#connections) socket.destroy();
  }

  #datagram(bytes: Buffer, from: RemoteInfo): void {
    this.#take(bytes, from.address, from.port);
  }

  #take(bytes: Buffer, address: string, port: number): void {
    const frame = this.#frames.of(bytes, address, port);
    if (frame === null) {
      this.counters.ringDropped++;
      return;
    }
    frame.number = ++this.counters.received;
    frame.timeUs = Date.now() * 1000;
    this.#onFrame(frame);
  }

  #connected(socket: Socket): void {
    const { remoteAddress = "", remotePort = 0 } = socket;
    let held = Buffer.alloc(0);
    this.#connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("close", () => this.#connections.delete(socket)).on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      let at = 0;
      while (held.length - at >= HEP3_HEADER_BYTES) {
        const length = held.readUInt16BE(at + 4);
        if (held.toString("latin1", at, at + 4) !== HEP3 || length < HEP3_HEADER_BYTES) {
          // Not HEP, or out of step: nothing that follows can be told apart.
          socket.destroy();
          return;
        }
        if (held.length - at < length) break;
        this.#take(held.subarray(at, at + length), remoteAddress, remotePort);
        at += length;
      }
      // A copy, so that a large block is not kept for its last bytes.
      held = Buffer.from(held.subarray(at));
      if (held.length > MESSAGE_BYTES_MAX + HEP3_HEADER_BYTES) socket.destroy();
    });
  }
}

function listenError(name: string, error: NodeJS.ErrnoException): CaptureError {
  const cures: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there; stop it or choose another port",
    EADDRNOTAVAIL: "no interface of this machine has that address",
    EACCES: "a port below 1024 needs the right to; choose a higher one",
    ENOTFOUND: "no such host name",
  };
  const cure = cures[error.code ?? ""] ?? error.message;
  const exitCode = error.code === "EACCES" ? 77 : 2;
  return new CaptureError(`cannot listen on ${name}: ${cure}`, exitCode);
}
