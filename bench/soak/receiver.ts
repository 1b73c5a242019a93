import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook and a syslog server that count what arrives, and now and then refuse it as real ones do. */
export class Receiver {
  /** Records taken by the webhook, and by syslog. */
  webhookRecords = 0;
  syslogRecords = 0;
  /** Requests refused with 503, to be sent again. */
  refused = 0;
  /** While it is true, the webhook refuses everything: an outage. */
  isDown = false;
  readonly #server: Server;
  readonly #socket: Socket = createSocket("udp4");

  private constructor() {
    this.#server = createServer((request, response) => this.#take(request, response));
    this.#socket.on("message", () => {
      this.syslogRecords++;
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, "127.0.0.1");
    receiver.#socket.bind(0, "127.0.0.1");
    await Promise.all([once(receiver.#server, "listening"), once(receiver.#socket, "listening")]);
    return receiver;
  }

  get webhook(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`;
  }

  get syslog(): string {
    return `syslog://127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    this.#socket.close();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let lines = 0;
    request.on("data", (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) lines++;
    });
    request.on("end", () => {
      if (this.isDown) {
        this.refused++;
        response.writeHead(503).end();
        return;
      }
      // The last line may come without a line feed; an empty body has none.
      this.webhookRecords += lines;
      response.writeHead(204).end();
    });
  }
}
