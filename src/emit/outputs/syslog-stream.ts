import { connect as connectTcp, isIP, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { DeliveryError } from "../delivery/delivery-sink.ts";
import type { HostPort } from "../delivery/output-address.ts";
import { networkFault } from "./network-fault.ts";
import type { SyslogTransport } from "./syslog-transport.ts";

export interface SyslogStreamOptions {
  /** PEM texts; "" leaves one out. Null is TCP without TLS. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | null;
  /**
   * True: a connection for each batch, whose orderly end shows that the receiver has read all of it.
   * False: one connection for all; what the system took counts as arrived.
   */
  readonly confirm: boolean;
  /** For connecting, and for the receiver's end of a batch. */
  readonly timeoutMs: number;
}

/** Each connection leaves a port in TIME-WAIT for a minute; at this pace they cannot run out. */
const CONNECTION_PAUSE_MS = 20;
/** A receiver may be about to end a connection that was idle for longer than this. */
const FRESH_MS = 1_000;
/** Least time between the last message and our end. */
const QUIET_MS = 5;
const NO_CA = { caOption: "syslog.tlsCa" };

/**
 * Syslog over TCP with octet counting (RFC 6587 3.4.1) or TLS (RFC 5425, which frames alike). Neither has
 * acknowledgements: what was written when a connection breaks may be lost, unnoticed. So each batch ends its
 * connection, and only a receiver that ends its side in turn, as all do who have read to the end, has it.
 */
export class SyslogStream implements SyslogTransport {
  readonly #place: HostPort;
  readonly #options: SyslogStreamOptions;
  #connection: Connection | null = null;
  #lastEndMs = 0;

  constructor(place: HostPort, options: SyslogStreamOptions) {
    this.#place = place;
    this.#options = options;
  }

  async connect(): Promise<void> {
    this.close();
    const connection = new Connection(this.#place, this.#options);
    this.#connection = connection;
    await connection.open();
  }

  async send(messages: readonly Buffer[]): Promise<void> {
    const { confirm } = this.#options;
    const connection = await this.#usable();
    await connection.write(frames(messages));
    if (!confirm) return;
    try {
      await connection.end();
    } finally {
      this.#lastEndMs = performance.now();
      connection.destroy();
      if (this.#connection === connection) this.#connection = null;
    }
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = null;
  }

  /** Receivers end connections that are idle: that is no fault, and another one cures it. */
  async #usable(): Promise<Connection> {
    const { confirm } = this.#options;
    const idleMaxMs = confirm ? FRESH_MS : Number.POSITIVE_INFINITY;
    if (this.#connection?.isUsable(idleMaxMs) !== true) {
      const waitMs = this.#lastEndMs + CONNECTION_PAUSE_MS - performance.now();
      if (this.#lastEndMs > 0 && waitMs > 0) await pause(waitMs);
      await this.connect();
    }
    if (this.#connection === null) throw temporary("given up while connecting");
    return this.#connection;
  }
}

/** RFC 6587 3.4.1, RFC 5425 4.3: MSG-LEN SP SYSLOG-MSG. */
function frames(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [Buffer.from(`${message.length} `, "latin1"), message]),
  );
}

/** One connection, whose first fault is remembered for whoever uses it next. */
class Connection {
  readonly #socket: Socket;
  readonly #readyEvent: "connect" | "secureConnect";
  readonly #timeoutMs: number;
  readonly #waiting = new Set<() => void>();
  #fault: Error | null = null;
  #isReady = false;
  #hasEnded = false;
  #usedMs = performance.now();
  /** At least one round trip. */
  #connectMs = 0;

  constructor({ host, port }: HostPort, { timeoutMs, tls }: SyslogStreamOptions) {
    this.#timeoutMs = timeoutMs;
    this.#readyEvent = tls === null ? "connect" : "secureConnect";
    // With allowHalfOpen the receiver's end does not end our side by itself.
    const place = { host, port, allowHalfOpen: true };
    this.#socket =
      tls === null ? connectTcp(place) : connectTls({ ...place, ...tlsOptions(host, tls) });
    this.#socket.setNoDelay(true);
    this.#socket.once(this.#readyEvent, () => {
      this.#isReady = true;
      this.#connectMs = performance.now() - this.#usedMs;
      this.#wake();
    });
    // Nothing is to be said to a sender; what comes must be read for the end to be seen.
    this.#socket.resume();
    this.#socket.on("error", (error) => {
      this.#fault ??= error;
    });
    this.#socket.on("end", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    this.#socket.on("close", () => this.#wake());
  }

  /** Open, and used within this time. */
  isUsable(idleMaxMs: number): boolean {
    const isOpen =
      this.#isReady && !this.#hasEnded && this.#fault === null && !this.#socket.destroyed;
    return isOpen && performance.now() - this.#usedMs <= idleMaxMs;
  }

  /** Rejects with DeliveryError. */
  async open(): Promise<void> {
    await this.#until(() => this.#isReady, "no answer to the connection request");
    this.#socket.unref();
  }

  /** Resolves when the system has taken all. */
  async write(bytes: Buffer): Promise<void> {
    let isWritten = false;
    this.#usedMs = performance.now();
    this.#socket.ref();
    this.#socket.write(bytes, (error) => {
      isWritten = error === null || error === undefined;
      this.#wake();
    });
    await this.#until(() => isWritten, "the receiver reads nothing");
    this.#socket.unref();
  }

  /**
   * Resolves when the receiver has read all and ended its side, too. An end that was sent before the messages
   * arrived says nothing; after a round trip such a one is here. One that is sent later, with messages unread,
   * is a reset (RFC 9293 3.10.7.1, RFC 1122 4.2.2.13).
   */
  async end(): Promise<void> {
    const quietMs = Math.min(QUIET_MS + 2 * this.#connectMs, this.#timeoutMs);
    // In two parts: after a thread was held up, its timers come before what arrived meanwhile, which is read in the second.
    await pause(quietMs / 2);
    await pause(quietMs / 2);
    if (this.#hasEnded) throw temporary("the receiver broke the connection off");
    this.#socket.ref();
    this.#socket.end();
    await this.#until(
      () => this.#hasEnded,
      "the receiver does not end a connection that we ended: it hangs, or, if it always does so, set syslog.confirm to false",
    );
  }

  destroy(): void {
    this.#socket.destroy();
    this.#wake();
  }

  async #until(isDone: () => boolean, whenLate: string): Promise<void> {
    let isLate = false;
    // After a thread was held up its timers come before what arrived meanwhile: that is read before the check.
    const timer = setTimeout(() => {
      setImmediate(() => {
        isLate = true;
        this.#wake();
      });
    }, this.#timeoutMs);
    try {
      for (;;) {
        if (this.#fault !== null) throw temporary(networkFault(this.#fault, NO_CA), this.#fault);
        if (isDone()) return;
        if (isLate) throw temporary(whenLate);
        if (this.#socket.destroyed) throw temporary("the receiver broke the connection off");
        await new Promise<void>((resolve) => {
          this.#waiting.add(resolve);
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function tlsOptions(host: string, tls: NonNullable<SyslogStreamOptions["tls"]>): ConnectionOptions {
  const files = Object.entries(tls).filter(([, text]) => text !== "");
  return {
    minVersion: "TLSv1.2",
    // RFC 6066 3: a server name is no address.
    ...(isIP(host) === 0 && { servername: host }),
    ...Object.fromEntries(files),
  };
}

function temporary(message: string, cause?: unknown): DeliveryError {
  return new DeliveryError(message, { isTemporary: true, cause });
}
