import type * as Http from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { loadLater } from "../../base/load-later.ts";
import { type ListenAddress, listenAddressOf, listenText } from "./listen-address.ts";
import { isOwnName } from "./own-name.ts";
import { sensorAt } from "./port-holder.ts";
import { liveness, readiness, type SensorHealth } from "./sensor-health.ts";
import type { SensorMetrics } from "./sensor-metrics.ts";

/** A client that knocks in a loop costs the packet loop one rendering of each page in this time. */
const PAGE_MS = 1_000;
const HEADER_BYTES_MAX = 8_192;
const HEADERS_MAX = 64;
const CONNECTIONS_MAX = 32;
const REQUEST_MS = 5_000;
const IDLE_MS = 10_000;

export interface MetricsServerOptions {
  /** `metrics.listen`. */
  readonly listen: string;
  readonly metrics: SensorMetrics;
  readonly health: () => SensorHealth;
  /** The summary of the run so far, as `--json` prints it at the end. */
  readonly stats: () => object;
  readonly pageMs?: number;
}

/** The server cannot listen: one line with the place and the cure. */
export class ListenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ListenError";
  }
}

interface Page {
  readonly contentType: string;
  readonly isGood: boolean;
  readonly text: string;
}

/**
 * /metrics, /healthz, /readyz and /stats. It runs on the packet thread, as it reads the packet thread's counters, so
 * clients are held short: few connections, small headers, no bodies, time limits, pages kept for a second.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #address: ListenAddress;
  readonly #server: Server;
  readonly #pages: ReadonlyMap<string, () => Promise<Page>>;

  /** Throws ListenError when `listen` is no address. */
  constructor(options: MetricsServerOptions) {
    const { listen, metrics, health, stats, pageMs = PAGE_MS } = options;
    this.#options = options;
    const address = listenAddressOf(listen);
    if (address === null) {
      throw new ListenError(
        `metrics.listen: "${listen}" is not HOST:PORT, such as 127.0.0.1:9790; empty turns metrics off`,
      );
    }
    this.#address = address;
    const json = (isGood: boolean, body: object): Page => ({
      contentType: "application/json; charset=utf-8",
      isGood,
      text: `${JSON.stringify(body)}\n`,
    });
    this.#pages = new Map([
      [
        "/metrics",
        kept(pageMs, async () => ({
          contentType: metrics.contentType,
          isGood: true,
          text: await metrics.text(),
        })),
      ],
      ["/stats", kept(pageMs, async () => json(true, stats()))],
      ["/healthz", async () => page(json, liveness(health()))],
      ["/readyz", async () => page(json, readiness(health()))],
    ]);
    this.#server = this.#makeServer();
  }

  /** Where it listens, for messages and `sipsentry stats`: the port is the real one. */
  get url(): string {
    const bound = this.#server.address() as AddressInfo | null;
    return `http://${listenText({ ...this.#address, port: bound?.port ?? this.#address.port })}`;
  }

  /** Resolves when clients can connect. Rejects with ListenError. */
  listen(): Promise<void> {
    const { host, port } = this.#address;
    return new Promise((resolve, reject) => {
      this.#server.once("error", async (error: NodeJS.ErrnoException) => {
        const holder = error.code === "EADDRINUSE" ? await sensorAt(this.#address) : 0;
        const reason = reasonOf(error, holder);
        reject(new ListenError(`metrics.listen: ${this.#options.listen}: ${reason}`));
      });
      this.#server.listen({ host, port, backlog: CONNECTIONS_MAX }, () => {
        this.#server.removeAllListeners("error");
        // Out of file descriptors and the like: the sensor goes on, and a later client is answered.
        this.#server.on("error", () => {});
        this.#server.unref();
        resolve();
      });
    });
  }

  /** Gives up open connections. Never rejects. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #makeServer(): Server {
    const { createServer } = loadLater("node:http") as typeof Http;
    const server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: REQUEST_MS,
        requestTimeout: REQUEST_MS,
        connectionsCheckingInterval: 1_000,
        keepAliveTimeout: IDLE_MS,
      },
      (request, response) => {
        this.#answer(request, response).catch(() => response.destroy());
      },
    );
    server.maxHeadersCount = HEADERS_MAX;
    server.maxConnections = CONNECTIONS_MAX;
    server.setTimeout(IDLE_MS, (socket) => socket.destroy());
    server.on("clientError", (_, socket) => refuse(socket as Socket));
    for (const event of ["checkContinue", "checkExpectation", "upgrade", "connect"] as const) {
      server.on(event, ({ socket }: IncomingMessage) => refuse(socket));
    }
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method } = request;
    if (!isOwnName(request.headers.host, this.#address.host)) {
      response.shouldKeepAlive = false;
      send(response, 421, TEXT, "Ask for this sensor by its address, or as localhost.\n");
      return;
    }
    // Nothing here reads a body; one that comes anyway ends the connection.
    const hasBody =
      request.headers["transfer-encoding"] !== undefined ||
      (request.headers["content-length"] ?? "0") !== "0";
    if (hasBody) response.shouldKeepAlive = false;
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      send(response, 405, TEXT, "Only GET and HEAD.\n");
      return;
    }
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const makePage = this.#pages.get(path);
    if (makePage === undefined) {
      send(response, 404, TEXT, `There is ${[...this.#pages.keys()].join(", ")}.\n`);
      return;
    }
    try {
      const { isGood, contentType, text } = await makePage();
      send(response, isGood ? 200 : 503, contentType, text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      send(response, 500, TEXT, `${path} failed: ${reason}\n`);
    }
  }
}

const TEXT = "text/plain; charset=utf-8";

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  // To HEAD, node sends the header only.
  response.end(text);
}

function page(
  json: (isGood: boolean, body: object) => Page,
  { isGood, body }: { isGood: boolean; body: object },
): Page {
  return json(isGood, body);
}

/** Makes a page at most once in `ms`; all who ask meanwhile get the same one. A failure is not kept. */
function kept(ms: number, make: () => Promise<Page>): () => Promise<Page> {
  let madeMs = Number.NEGATIVE_INFINITY;
  let last: Promise<Page> | null = null;
  return () => {
    const nowMs = performance.now();
    if (last !== null && nowMs - madeMs < ms) return last;
    madeMs = nowMs;
    const made = make();
    last = made;
    made.catch(() => {
      if (last === made) last = null;
    });
    return made;
  };
}

function refuse(socket: Socket): void {
  if (socket.writable && socket.bytesWritten === 0)
    socket.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  socket.destroy();
}

/** `holder`: the process of another sensor that listens there, 0 when that is not known. */
function reasonOf({ code, message }: NodeJS.ErrnoException, holder: number): string {
  const who = holder === 0 ? "the port is in use" : `sipsentry (process ${holder}) listens there`;
  switch (code) {
    case "EADDRINUSE":
      return `${who}; give --set metrics.listen=127.0.0.1:PORT, or an empty one for none`;
    case "EACCES":
      return "no permission to listen there; take a port of 1024 or higher";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "no such host";
    default:
      return message;
  }
}
