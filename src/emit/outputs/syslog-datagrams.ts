import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { DeliveryError } from "../delivery/delivery-sink.ts";
import type { HostPort } from "../delivery/output-address.ts";
import { networkFault } from "./network-fault.ts";
import type { SyslogTransport } from "./syslog-transport.ts";

/** Largest UDP payload over IPv4 (RFC 5426 3.2); IPv6 takes 20 octets more without jumbograms. */
const DATAGRAM_MAX = 65_507;
/** Nothing holds a sender up (RFC 5426 4.3): a receiver's buffer is given time to be emptied. */
const BATCH_PAUSE_MS = 10;

/**
 * Syslog over UDP (RFC 5426): a message is a datagram. Nobody acknowledges it; what is known is that the
 * system sent it, and, when the host says so in time, that nobody listens.
 */
export class SyslogDatagrams implements SyslogTransport {
  readonly #place: HostPort;
  #socket: Socket | null = null;
  /** What the system reported since the last send, such as ICMP port unreachable. */
  #fault: Error | null = null;

  constructor(place: HostPort) {
    this.#place = place;
  }

  async connect(): Promise<void> {
    this.close();
    try {
      // The first address is the system's choice (RFC 6724).
      const { address, family } = await lookup(this.#place.host);
      const socket = createSocket(family === 6 ? "udp6" : "udp4");
      this.#socket = socket;
      const ready = once(socket, "connect");
      socket.connect(this.#place.port, address);
      await ready;
      // Without a listener an error event would end the process.
      socket.on("error", (error) => {
        this.#fault = error;
      });
      socket.unref();
    } catch (error) {
      this.close();
      throw temporary(error);
    }
  }

  async send(messages: readonly Buffer[]): Promise<void> {
    const socket = this.#socket;
    if (socket === null) throw temporary(new Error("not connected"));
    const tooLarge = messages.find(({ length }) => length > DATAGRAM_MAX);
    if (tooLarge !== undefined) {
      throw new DeliveryError(
        `an alert of ${tooLarge.length} bytes is more than the ${DATAGRAM_MAX} of a datagram: use syslog+tcp:// or syslog+tls://`,
        { isTemporary: false },
      );
    }
    for (const message of messages) await sendOne(socket, message);
    await pause(BATCH_PAUSE_MS);
    const fault = this.#fault;
    this.#fault = null;
    if (fault !== null) throw temporary(fault);
  }

  close(): void {
    this.#fault = null;
    this.#socket?.close();
    this.#socket = null;
  }
}

function sendOne(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, (error) => {
      if (error === null) resolve();
      else reject(sendFault(error, message.length));
    });
  });
}

function sendFault(error: Error, bytes: number): DeliveryError {
  if ((error as NodeJS.ErrnoException).code !== "EMSGSIZE") return temporary(error);
  return new DeliveryError(
    `this system sends no datagram of ${bytes} bytes: use syslog+tcp:// or syslog+tls://`,
    { isTemporary: false, cause: error },
  );
}

function temporary(error: unknown): DeliveryError {
  const message = networkFault(error, { caOption: "" });
  return new DeliveryError(message, { isTemporary: true, cause: error });
}
